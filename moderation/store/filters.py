"""Which items of the queue, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from moderation.store.encoding import to_json, to_milliseconds
from moderation.store.item import OPEN, Item, ItemState, Mark

MOST_EXCLUDED = 1_000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items. What is None does not narrow.

    `severity` is the least, 1..5. `queued_before` and `queued_after` exclude their own moment.
    `holder` is the moderator whose lease holds the item. `group` is an item's `group`. `excluded`
    are ids of items to leave out, 1,000 at most.
    """

    state: ItemState | None = None
    clause: str | None = None
    article: str | None = None
    section: str | None = None
    severity: int | None = None
    queued_before: datetime | None = None
    queued_after: datetime | None = None
    holder: str | None = None
    author: str | None = None
    dialect: str | None = None
    mark: Mark | None = None
    group: str | None = None
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in OPEN:
            raise ValueError(f"the queue lists {', '.join(OPEN)} items, not `{self.state}` ones")
        if len(self.excluded) > MOST_EXCLUDED:
            raise ValueError(f"{len(self.excluded)} items are excluded; {MOST_EXCLUDED} can be")

    def wire(self) -> bytes:
        """The filters as the functions read them."""
        before, after = self.queued_before, self.queued_after
        values = {
            "state": self.state,
            "clause": self.clause,
            "article": self.article,
            "section": self.section,
            "severity": self.severity,
            "before": None if before is None else to_milliseconds(before),
            "after": None if after is None else to_milliseconds(after),
            "holder": self.holder,
            "author": self.author,
            "dialect": self.dialect,
            "mark": self.mark,
            "group": self.group,
            "excluded": dict.fromkeys(self.excluded, True) or None,
        }
        return to_json({name: value for name, value in values.items() if value is not None})


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """Items in order, and the cursor that continues after them; None at the end.

    A page may hold fewer items than asked for and still have a next one.
    """

    items: tuple[Item, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items are open, by state and by clause (an item counts for each of its clauses)."""

    waiting: int
    claimed: int
    escalated: int
    by_clause: Mapping[str, int]
    oldest_waiting: datetime | None


@dataclass(frozen=True, slots=True)
class ArticleFacet:
    """An article with open items. `title` is the one told with the first of them."""

    id: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class HolderFacet:
    """A moderator who holds items; the oldest lease ends at `until`."""

    moderator: str
    count: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Facets:
    """How many items are open, by everything that a queue can be narrowed by.

    An item counts for each of its clauses and marks. Names without an open item are left out;
    articles come with the most first, holders with the lease that ends first.
    """

    states: Mapping[ItemState, int]
    clauses: Mapping[str, int]
    articles: tuple[ArticleFacet, ...]
    sections: Mapping[str, int]
    dialects: Mapping[str, int]
    marks: Mapping[Mark, int]
    holders: tuple[HolderFacet, ...]
