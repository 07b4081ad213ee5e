"""The period that a page of numbers speaks of, from the page's address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, Self, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

Preset = Literal["day", "week", "month", "own"]

PRESETS: Final[tuple[Preset, ...]] = get_args(Preset)
LONGEST: Final = timedelta(days=800)
_LENGTHS: Final = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}


class Period(BaseModel):
    """The last day, week or month; or own dates (UTC), the last one included.

    Dates without `period` are own ones.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    period: Preset = "day"
    since: date | None = None
    until: date | None = None

    @field_validator("since", "until", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.period == "own" and (self.since is None or self.until is None):
            raise ValueError("a period of one's own has both dates, since and until")
        if self.since is not None and self.until is not None:
            if self.until < self.since:
                raise ValueError("until is not before since")
            if self.until - self.since >= LONGEST:
                raise ValueError(f"a period has at most {LONGEST.days} days")
            if not 2000 <= self.since.year <= self.until.year <= 9000:
                raise ValueError("since and until are dates of this age")
        return self

    def ends(self, now: datetime) -> tuple[datetime, datetime]:
        """When it begins and ends."""
        if self.period != "own" or self.since is None or self.until is None:
            return now - _LENGTHS[self.period], now
        since, until = (datetime.combine(day, time(), UTC) for day in (self.since, self.until))
        return since, until + timedelta(days=1)

    def goes_on(self, now: datetime) -> bool:
        """Whether numbers of the period may still change by what happens."""
        return self.ends(now)[1] >= now

    @property
    def query(self) -> str:
        """The same as part of an address."""
        told = {"period": self.period, "since": self.since, "until": self.until}
        wanted = told if self.period == "own" else {"period": self.period}
        return urlencode({name: str(value) for name, value in wanted.items()})
