"""The flag queue: listing, claiming under a lease, resolving, undoing.

Items come in order of severity and then of age. Two moderators never hold one item. A lease that
runs out returns its item by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moderation.store.encoding import (
    decode_content,
    from_json,
    to_json,
    to_milliseconds,
    to_moment,
    to_text,
)
from moderation.store.errors import Conflict, NotFound
from moderation.store.item import OPEN, Item, ItemState, Lease, Outcome, Resolution, Resolved
from moderation.store.library import Library

MOST_AT_ONCE = 200
LONGEST_NOTE = 2000
LONGEST_NAME = 200
DEFAULT_LEASE = timedelta(minutes=5)
DEFAULT_UNDO_WINDOW = timedelta(seconds=30)

_CONFLICTS = {
    "waiting": "nobody holds it: claim it first (a lease may have run out)",
    "escalated": "it is escalated and nobody holds it: claim it from the escalated ones first",
    "held": "{holder} holds it until {until}",
    "expired": "your lease ran out and the item went back: claim it again",
    "resolved": "{moderator} resolved it already ({outcome})",
    "superseded": "the comment was edited: a newer revision took its place",
    "other": "this request id was used for another resolution: take a fresh one",
    "undone": "this resolution was undone: resolve again with a fresh request id",
    "nothing": "there is no resolution to undo",
    "foreign": "{moderator} resolved it, and only they can undo it",
    "late": "the time to undo has passed",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items. What is None does not narrow.

    `severity` is the least, 1..5. `queued_before` and `queued_after` exclude their own moment.
    `holder` is the moderator whose lease holds the item.
    """

    state: ItemState | None = None
    clause: str | None = None
    article: str | None = None
    section: str | None = None
    severity: int | None = None
    queued_before: datetime | None = None
    queued_after: datetime | None = None
    holder: str | None = None

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in OPEN:
            raise ValueError(f"the queue lists {', '.join(OPEN)} items, not `{self.state}` ones")

    def _wire(self) -> bytes:
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


class Queue:
    """The open and resolved items of one namespace. All raise StoreUnavailable."""

    def __init__(self, library: Library, undo_window: timedelta = DEFAULT_UNDO_WINDOW) -> None:
        self._library = library
        self._undo_window = undo_window

    async def list(
        self, filters: Filters = EVERYTHING, *, limit: int = 50, cursor: str | None = None
    ) -> Page:
        """A page of open items. Raises ValueError for a cursor that no page gave."""
        _check_count(limit)
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 17):
            raise ValueError(f"`{cursor}` is no cursor of this queue; begin without one")
        following, items = await self._library.transition(
            "queue_list", cursor or "", limit, filters._wire()
        )
        return Page(tuple(read_item(item) for item in items), following.decode() or None)

    async def get(self, item: str) -> Item:
        """One item in any state. Raises NotFound."""
        return _answer(item, await self._library.transition("queue_get", item))

    async def counts(self) -> Counts:
        """How much is open now."""
        states, clauses, oldest = await self._library.transition("queue_counts")
        pairs = zip(clauses[::2], clauses[1::2], strict=True)
        waiting, claimed, escalated = states
        return Counts(
            waiting=waiting,
            claimed=claimed,
            escalated=escalated,
            by_clause={to_text(clause): number for clause, number in sorted(pairs) if number},
            oldest_waiting=to_moment(oldest) if oldest else None,
        )

    async def claim(
        self,
        moderator: str,
        count: int = 1,
        *,
        lease: timedelta = DEFAULT_LEASE,
        filters: Filters = EVERYTHING,
    ) -> tuple[Item, ...]:
        """The next items that nobody holds, now held by `moderator`; waiting ones unless
        `filters.state` asks for escalated ones. May be fewer than `count`, and empty.
        """
        _check_moderator(moderator)
        _check_count(count)
        if filters.state is ItemState.CLAIMED or filters.holder is not None:
            raise ValueError("claimed items cannot be claimed; leave state and holder out")
        items = await self._library.transition(
            "queue_claim", moderator, count, _milliseconds(lease, "a lease"), filters._wire()
        )
        return tuple(read_item(item) for item in items)

    async def release(self, item: str, moderator: str) -> Item:
        """Gives a held item back; one that nobody holds stays as it is.

        Raises NotFound, and Conflict where somebody else holds it or it is resolved.
        """
        _check_moderator(moderator)
        return _answer(item, await self._library.transition("queue_release", item, moderator))

    async def resolve(
        self,
        item: str,
        moderator: str,
        resolution: Resolution,
        *,
        note: str = "",
        request: str = "",
    ) -> Item:
        """Approves, rejects or escalates an item that `moderator` holds.

        The same request (moderator, resolution and request id) may be sent again and gets the
        same answer. Raises NotFound, and Conflict without a live lease.
        """
        _check_moderator(moderator)
        if len(note) > LONGEST_NOTE:
            raise ValueError(f"the note has {len(note)} characters; at most {LONGEST_NOTE} fit")
        if len(request) > LONGEST_NAME:
            raise ValueError(f"a request id has at most {LONGEST_NAME} characters")
        told = {"clause": resolution.clause, "note": note, "request": request}
        reply = await self._library.transition(
            "queue_resolve",
            item,
            moderator,
            resolution.outcome,
            resolution.clause or "",
            note,
            request,
            to_json({name: value for name, value in told.items() if value}),
        )
        return _answer(item, reply)

    async def undo(self, item: str, moderator: str, *, lease: timedelta = DEFAULT_LEASE) -> Item:
        """Takes the moderator's own last resolution back and puts the item in their hands again.

        Possible within the window that the queue was made with. Raises NotFound and Conflict.
        """
        _check_moderator(moderator)
        reply = await self._library.transition(
            "queue_undo",
            item,
            moderator,
            _milliseconds(self._undo_window, "the window to undo", least=0),
            _milliseconds(lease, "a lease"),
        )
        return _answer(item, reply)

    async def sweep(self) -> int:
        """Returns items whose lease ran out, some hundreds at most; the number of them.

        Every other call of the queue does this too: call it so that the trail tells it in time.
        """
        return int(await self._library.transition("queue_sweep"))


def read_item(reply: Sequence[Any]) -> Item:
    """An item as the functions give it: id, fields, content."""
    identifier, flat, content = reply
    fields = _fields(flat)
    comment, verdict = decode_content(content)
    lease = None
    if "holder" in fields:
        lease = Lease(
            moderator=to_text(fields["holder"]),
            since=to_moment(fields["claimed"]),
            until=to_moment(fields["until"]),
        )
    return Item(
        id=identifier.decode(),
        state=ItemState(fields["state"].decode()),
        comment=comment,
        revision=int(fields["revision"]),
        verdict=verdict,
        severity=int(fields["severity"]),
        clauses=tuple(from_json(fields["clauses"])),
        queued=to_moment(fields["queued"]),
        lease=lease,
        resolved=_resolved(fields),
    )


def _resolved(fields: Mapping[str, bytes]) -> Resolved | None:
    if "last_outcome" not in fields:
        return None
    outcome = Outcome(fields["last_outcome"].decode())
    return Resolved(
        resolution=Resolution(outcome, to_text(fields["last_clause"]) or None),
        moderator=to_text(fields["last_moderator"]),
        at=to_moment(fields["last_at"]),
        note=to_text(fields["last_note"]),
        request=to_text(fields["last_request"]),
        undone="last_undone" in fields,
    )


def _fields(flat: Sequence[bytes]) -> dict[str, bytes]:
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def _answer(item: str, reply: Sequence[Any]) -> Item:
    kind = reply[0]
    if kind == b"absent":
        raise NotFound(f"there is no queue item `{item}`")
    if kind == b"conflict":
        reason = reply[1].decode()
        fields = {name: to_text(value) for name, value in _fields(reply[2]).items()}
        until = to_moment(int(fields["until"])).isoformat() if "until" in fields else ""
        told = _CONFLICTS[reason].format(
            holder=fields.get("holder", "nobody"),
            until=until,
            moderator=fields.get("last_moderator", "nobody"),
            outcome=fields.get("last_outcome", ""),
        )
        raise Conflict(reason, f"item `{item}` cannot be changed: {told}")
    return read_item(reply[1])


def _check_moderator(moderator: str) -> None:
    if not 0 < len(moderator) <= LONGEST_NAME:
        raise ValueError(f"a moderator's id has 1 to {LONGEST_NAME} characters")


def _check_count(count: int) -> None:
    if not 0 < count <= MOST_AT_ONCE:
        raise ValueError(f"{count} items were asked for; 1 to {MOST_AT_ONCE} can be")


def _milliseconds(duration: timedelta, name: str, least: int = 1) -> int:
    milliseconds = duration // timedelta(milliseconds=1)
    if milliseconds < least:
        raise ValueError(f"{name} lasts longer than {duration}")
    return milliseconds
