"""Which model every service of a site should judge by, and the history of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moderation.store.encoding import to_json, to_moment, to_text
from moderation.store.errors import Conflict
from moderation.store.library import Library, reaching
from moderation.store.limits import LONGEST_NAME, check_moderator, check_text

LONGEST_WHY = 1000


@dataclass(frozen=True, slots=True)
class Promotion:
    """A model that took the place of another, its `parent`; by whom, why and when."""

    version: str
    parent: str
    by: str
    why: str
    at: datetime


class Promotions:
    """The promotions of one namespace. All raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._root = f"{library.root}:champion"

    async def current(self) -> str | None:
        """The version of the model promoted last; None where none ever was. One look-up."""
        async with reaching():
            found: Any = await self._library.client.hget(self._root, "version")
        return to_text(found) if found else None

    async def history(self, limit: int = 20) -> tuple[Promotion, ...]:
        """The newest first."""
        async with reaching():
            entries: Any = await self._library.client.xrevrange(
                f"{self._root}:history", count=limit
            )
        return tuple(_promotion(fields) for _, fields in entries)

    async def promote(
        self, version: str, *, base: str | None, parent: str, by: str, why: str
    ) -> None:
        """Makes a version the one to judge by; one that is so already stays, with its entry.

        `base` is what was promoted last, as the caller knows it, and `parent` what judged until
        now. Raises Conflict where another than `base` was promoted meanwhile, and ValueError for a
        name or a reason that is empty or too long.
        """
        check_moderator(by)
        check_text("the version", version, LONGEST_NAME)
        check_text("the reason", why, LONGEST_WHY)
        detail = {"version": version, "parent": parent, "why": why}
        outcome, *rest = await self._library.transition(
            "champion_promote", base or "", version, parent, by, why, to_json(detail)
        )
        if outcome == b"conflict":
            raise Conflict(
                "changed",
                f"model {to_text(rest[0]) or 'none'} was promoted meanwhile, not "
                f"{base or 'none'}: look at the page again",
            )


def _promotion(fields: Mapping[bytes, bytes]) -> Promotion:
    said = {to_text(name): to_text(value) for name, value in fields.items()}
    return Promotion(
        said["version"], said["parent"], said["by"], said["why"], to_moment(int(said["at"]))
    )
