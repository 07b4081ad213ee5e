"""A rule that acts only where it matches often: so many times within so long."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Scope = Literal["author", "article", "site"]

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WRITTEN: Final = re.compile(r"([1-9]\d{0,5})([smhd])")
_LONGEST: Final = timedelta(days=7)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise ValueError("write a number and its unit, one of s, m, h, d: `10m`")
    duration = timedelta(seconds=int(written[1]) * _SECONDS[written[2]])
    if duration > _LONGEST:
        raise ValueError("at most 7d")
    return duration


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,5}[smhd]$", "examples": ["10m"]}),
]
"""A time as people write it: `30s`, `10m`, `2h`, `7d`."""


class Throttle(BaseModel):
    """The rule acts from the match on that is the `matches`th `within` the time before it.

    They are counted for one commenter (`author`), for one `article`, or for the whole `site`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Scope
    matches: Annotated[int, Field(ge=2, le=1000)]
    within: Duration
