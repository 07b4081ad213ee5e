"""The watch list: what is looked at by a moderator even where the machine would publish it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from moderation.store.encoding import to_json, to_moment, to_text
from moderation.store.library import Library
from moderation.store.limits import LONGEST_ID, check_moderator, check_text

MOST_LISTED = 10_000


class ReviewKind(StrEnum):
    """What a name on the watch list is the name of."""

    ARTICLES = "articles"
    SECTIONS = "sections"
    AUTHORS = "authors"


@dataclass(frozen=True, slots=True)
class Listed:
    """A name on the watch list: an article's id, a section or an author; who put it there."""

    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewLists:
    """Everything on the watch list, by name."""

    articles: tuple[Listed, ...]
    sections: tuple[Listed, ...]
    authors: tuple[Listed, ...]


class Review:
    """The watch list of one namespace. All raise StoreUnavailable.

    It speaks of comments that are submitted from then on. What the machine rejects stays rejected.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    async def add(self, kind: ReviewKind | str, name: str, *, by: str) -> bool:
        """Whether the name is new on its list. Raises ValueError for a name that cannot be one."""
        return await self._change("review_add", kind, name, by)

    async def remove(self, kind: ReviewKind | str, name: str, *, by: str) -> bool:
        """Whether the name was on its list. Raises ValueError for a name that cannot be one."""
        return await self._change("review_remove", kind, name, by)

    async def all(self) -> ReviewLists:
        """The three lists."""
        articles, sections, authors = await self._library.call("review_all")
        return ReviewLists(_listed(articles), _listed(sections), _listed(authors))

    async def _change(self, function: str, kind: ReviewKind | str, name: str, by: str) -> bool:
        check_moderator(by)
        check_text("the name", name, LONGEST_ID)
        kind = ReviewKind(kind)
        detail = to_json({"kind": kind, "name": name})
        reply = await self._library.transition(function, kind, name, by, detail, MOST_LISTED)
        if reply == b"full":
            raise ValueError(f"the list of {kind} is full: {MOST_LISTED} names fit; remove some")
        return bool(reply == b"changed")


def _listed(entries: Sequence[tuple[bytes, bytes]]) -> tuple[Listed, ...]:
    """Entries of a name and `milliseconds moderator`."""
    found = []
    for name, told in entries:
        at, _, by = told.partition(b" ")
        found.append(Listed(to_text(name), to_text(by), to_moment(at)))
    return tuple(sorted(found, key=lambda listed: listed.name))
