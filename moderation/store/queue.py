"""The flag queue: listing, claiming under a lease, resolving, undoing.

Items come in order of severity and then of age. Two moderators never hold one item. A lease that
runs out returns its item by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from moderation.store.encoding import to_json, to_moment, to_text
from moderation.store.errors import Conflict, NotFound
from moderation.store.filters import (
    EVERYTHING,
    ArticleFacet,
    Counts,
    Facets,
    Filters,
    HolderFacet,
    Page,
)
from moderation.store.item import OPEN, Item, ItemState, Mark, Resolution
from moderation.store.library import Library
from moderation.store.limits import (
    DEFAULT_LEASE,
    DEFAULT_UNDO_WINDOW,
    LONGEST_NOTE,
    check_count,
    check_moderator,
    check_resolving,
    check_text,
    milliseconds,
)
from moderation.store.reading import read_answer, read_each, read_item


class Queue:
    """The open and resolved items of one namespace. All raise StoreUnavailable."""

    def __init__(self, library: Library, undo_window: timedelta = DEFAULT_UNDO_WINDOW) -> None:
        self._library = library
        self._undo_window = undo_window

    async def list(
        self, filters: Filters = EVERYTHING, *, limit: int = 50, cursor: str | None = None
    ) -> Page:
        """A page of open items. Raises ValueError for a cursor that no page gave."""
        check_count(limit)
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 17):
            raise ValueError(f"`{cursor}` is no cursor of this queue; begin without one")
        following, items = await self._library.transition(
            "queue_list", cursor or "", limit, filters.wire()
        )
        return Page(tuple(read_item(item) for item in items), following.decode() or None)

    async def get(self, item: str) -> Item:
        """One item in any state. Raises NotFound."""
        return read_answer(item, await self._library.transition("queue_get", item))

    async def counts(self) -> Counts:
        """How much is open now."""
        states, clauses, oldest = await self._library.transition("queue_counts")
        waiting, claimed, escalated = states
        return Counts(
            waiting=waiting,
            claimed=claimed,
            escalated=escalated,
            by_clause=_tally(clauses),
            oldest_waiting=to_moment(oldest) if oldest else None,
        )

    async def facets(self) -> Facets:
        """How much is open now, by everything that the queue can be narrowed by."""
        reply = await self._library.transition("queue_facets")
        states, clauses, articles, titles, sections, dialects, marks, holders = reply
        title = {to_text(name): to_text(told) for name, told in _pairs(titles)}
        counted = sorted(_tally(articles).items(), key=lambda pair: (-pair[1], pair[0]))
        return Facets(
            states=dict(zip(OPEN, states, strict=True)),
            clauses=_tally(clauses),
            articles=tuple(
                ArticleFacet(name, title.get(name, ""), count) for name, count in counted
            ),
            sections=_tally(sections),
            dialects=_tally(dialects),
            marks={Mark(name): count for name, count in _tally(marks).items()},
            holders=tuple(
                HolderFacet(to_text(moderator), count, to_moment(until))
                for moderator, count, until in holders
            ),
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

        Appeals against the moderator's own decisions are left to others.
        """
        check_moderator(moderator)
        check_count(count)
        if filters.state is ItemState.CLAIMED or filters.holder is not None:
            raise ValueError("claimed items cannot be claimed; leave state and holder out")
        items = await self._library.transition(
            "queue_claim", moderator, count, milliseconds(lease, "a lease"), filters.wire()
        )
        return tuple(read_item(item) for item in items)

    async def take(
        self,
        item: str,
        moderator: str,
        *,
        lease: timedelta = DEFAULT_LEASE,
        override: bool = False,
    ) -> Item:
        """Claims one waiting or escalated item; one that the moderator holds is held longer.

        `override` lets a senior take an appeal against their own decision, where nobody else can.
        Raises NotFound, and Conflict (`held`, `barred`, `resolved`, `superseded`).
        """
        check_moderator(moderator)
        reply = await self._library.transition(
            "queue_take", item, moderator, milliseconds(lease, "a lease"), "1" if override else ""
        )
        return read_answer(item, reply)

    async def renew(self, moderator: str, *, lease: timedelta = DEFAULT_LEASE) -> int:
        """Lets every lease of a moderator last at least so long from now; the number of them.

        No decision is changed by it, so that the audit trail does not tell it.
        """
        check_moderator(moderator)
        duration = milliseconds(lease, "a lease")
        return int(await self._library.transition("queue_renew", moderator, duration))

    async def release(self, item: str, moderator: str) -> Item:
        """Gives a held item back; one that nobody holds stays as it is.

        An item that was reopened from a decided comment is closed, and the decision stands. Raises
        NotFound, and Conflict where somebody else holds it or it is resolved.
        """
        check_moderator(moderator)
        return read_answer(item, await self._library.transition("queue_release", item, moderator))

    async def note(self, item: str, moderator: str, text: str) -> Item:
        """Writes a note beside an item in any state; the same note again changes nothing.

        Raises NotFound, Conflict (`full`), and ValueError for an empty or a too long text.
        """
        check_moderator(moderator)
        check_text("the note", text, LONGEST_NOTE)
        reply = await self._library.transition(
            "queue_note", item, moderator, to_json([moderator, text]), to_json({"note": text})
        )
        return read_answer(item, reply)

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
        told = _resolving(moderator, resolution, note, request)
        return read_answer(item, await self._library.transition("queue_resolve", item, *told))

    async def resolve_group(
        self,
        item: str,
        moderator: str,
        resolution: Resolution,
        *,
        note: str = "",
        request: str = "",
    ) -> tuple[Item, ...]:
        """Resolves an item that `moderator` holds and the near-identical ones with it, all or none.

        Left alone are those that somebody else holds, those barred for the moderator, and
        escalated ones unless the held item is one itself. At most 200 are resolved; `group_size`
        of the answers says how many of the group are still open. The held one comes first. Sent
        again, it gets the same answer. Raises NotFound, and Conflict without a live lease.
        """
        told = _resolving(moderator, resolution, note, request)
        reply = await self._library.transition("queue_resolve_group", item, *told)
        if reply[0] == b"items":
            return tuple(read_item(each) for each in reply[1])
        return (read_answer(item, reply),)

    async def resolve_many(
        self,
        items: Sequence[str],
        moderator: str,
        resolution: Resolution,
        *,
        note: str = "",
        request: str = "",
    ) -> tuple[Item | Conflict, ...]:
        """Resolves up to 200 items, each if it can be; what nobody holds need not be claimed.

        The answers are in the order of `items`: the resolved item, or what stands against it
        (`absent` where there is none). Sent again with the request id, they are the same.
        """
        check_count(len(items))
        told = _resolving(moderator, resolution, note, request)
        replies = await self._library.transition("queue_resolve_many", *told, *items)
        return read_each(items, replies)

    async def undo(
        self,
        item: str,
        moderator: str,
        *,
        lease: timedelta = DEFAULT_LEASE,
        late: bool = False,
        anybody: bool = False,
    ) -> Item:
        """Takes the last resolution back and puts the item in the moderator's hands again.

        What the comment's record said before the resolution, it says again. Possible for the
        moderator's own resolutions, or `anybody`'s, and within the window that the queue was made
        with, or however `late`. Raises NotFound and Conflict.
        """
        (answer,) = await self._undo((item,), moderator, lease, late=late, anybody=anybody)
        if isinstance(answer, Conflict):
            if answer.reason == "absent":
                raise NotFound(f"there is no queue item `{item}`")
            raise answer
        return answer

    async def undo_many(
        self,
        items: Sequence[str],
        moderator: str,
        *,
        lease: timedelta = DEFAULT_LEASE,
        late: bool = False,
        anybody: bool = False,
    ) -> tuple[Item | Conflict, ...]:
        """`undo` of up to 200 items, each if it can be: its answer, or what stands against it."""
        check_count(len(items))
        return await self._undo(items, moderator, lease, late=late, anybody=anybody)

    async def _undo(
        self, items: Sequence[str], moderator: str, lease: timedelta, *, late: bool, anybody: bool
    ) -> tuple[Item | Conflict, ...]:
        check_moderator(moderator)
        window = milliseconds(self._undo_window, "the window to undo", least=0)
        replies = await self._library.transition(
            "queue_undo",
            moderator,
            "" if late else window,
            milliseconds(lease, "a lease"),
            "1" if anybody else "",
            *items,
        )
        return read_each(items, replies)

    async def sweep(self) -> int:
        """Returns items whose lease ran out, some hundreds at most; the number of them.

        Every other call of the queue does this too: call it so that the trail tells it in time.
        """
        return int(await self._library.transition("queue_sweep"))


def _resolving(
    moderator: str, resolution: Resolution, note: str, request: str
) -> tuple[str | bytes, ...]:
    check_moderator(moderator)
    check_resolving(note, request)
    told = {"clause": resolution.clause, "note": note, "request": request}
    return (
        moderator,
        resolution.outcome,
        resolution.clause or "",
        note,
        request,
        to_json({name: value for name, value in told.items() if value}),
    )


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)


def _tally(flat: Sequence[bytes]) -> dict[str, int]:
    return {to_text(name): int(count) for name, count in sorted(_pairs(flat))}
