"""What moderators work on: the queue and the records, with golden items among them.

The console's pages about comments ask here and not the store, so that a golden item is no exception
on any of them. Everything is as the queue and the store tell it otherwise.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

from api.console.golden import Golden, GoldenItem
from api.console.guise import guise_of
from api.console.placed import Moment, Placed, Step
from api.console.places import Transition
from api.service import Service
from moderation.store import Conflict, Entry, Item, NotFound, Record, Revision, Search, Store
from moderation.store.authors import RECENT, AuthorHistory, Past
from moderation.store.filters import ArticleFacet, Facets, Filters, HolderFacet, Page
from moderation.store.item import ItemState, Lease, Mark, Resolution
from moderation.store.limits import MOST_AT_ONCE
from moderation.store.record import Status
from moderation.store.search import RecordPage
from moderation.text import fold

EVERY: Final = 20
"""One in so many items that a moderator takes is a golden one, while there are some left."""
_SEVERITY_STEP: Final = 2**48
_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one moderator. Methods raise StoreUnavailable, and what the store's raise."""

    service: Service
    moderator: str

    @property
    def store(self) -> Store:
        """The store of the readers' comments."""
        return self.service.store

    @property
    def golden(self) -> Golden:
        """The golden items."""
        return self.service.golden

    async def get(self, number: str) -> Item:
        """One item, whoever holds it."""
        placed = await self.golden.places.at(number)
        item = placed.item() if placed else await self.store.queue.get(number)
        return (await self._grouped([item]))[0]

    async def alike(self, number: str) -> Sequence[Item]:
        """What is near-identical to an item: open, and escalated only where the item is."""
        item = await self.get(number)
        if not item.group:
            return ()
        found = (await self.page(Filters(group=item.group), limit=MOST_AT_ONCE)).items
        escalated = item.state is ItemState.ESCALATED
        return [
            each
            for each in found
            if each.id != number and (escalated or each.state is not ItemState.ESCALATED)
        ]

    async def held(self, most: int) -> Sequence[Item]:
        """What this moderator holds, in the order of the queue."""
        return (await self.page(Filters(holder=self.moderator), limit=most)).items

    async def page(self, filters: Filters, *, limit: int, cursor: str | None = None) -> Page:
        """A page of open items."""
        found = await self.store.queue.list(filters, limit=limit, cursor=cursor)
        after = int(cursor) if cursor else -1
        until = int(found.cursor) if found.cursor else None
        added = [
            item
            for item in (placed.item() for placed in await self._open())
            if _accepts(filters, item)
            and after < _rank(item)
            and (until is None or _rank(item) <= until)
        ]
        items = await self._grouped([*found.items, *added])
        return Page(tuple(sorted(items, key=_rank)), found.cursor)

    async def facets(self) -> Facets:
        """How much is open."""
        facets = await self.store.queue.facets()
        for placed in await self._open():
            facets = _with(facets, placed.item())
        return facets

    async def claim(self, count: int, filters: Filters) -> list[Item]:
        """The next items, now in this moderator's hands."""
        now = await self.golden.places.now()
        taken = [
            placed.take(self.moderator, now, self._lease)
            for placed in await self._open()
            if placed.state is ItemState.WAITING and _accepts(_of_waiting(filters), placed.item())
        ][:count]
        items = [placed.item() for placed in taken if await self.golden.places.keep(placed)]
        wanted = count - len(items)
        # One fewer is taken, so that the desk is as full as with the queue's own alone.
        mixing = await self._is_to_mix_in(wanted, filters)
        items += await self._claimed(wanted - mixing, filters)
        if mixing and items and random.random() < (len(items) + 1) / wanted:  # noqa: S311
            items += await self._mixed_in(items, filters)
        if len(items) == count - 1:
            items += await self._claimed(1, filters)
        return sorted(await self._grouped(items), key=_rank)

    async def renew(self) -> None:
        """Holds on to what this moderator holds."""
        await self.store.queue.renew(self.moderator, lease=self._lease)
        now = await self.golden.places.now()
        for placed in await self._open():
            if placed.lease and placed.lease.moderator == self.moderator:
                # What changed meanwhile was decided on, or renewed by another page.
                await self.golden.places.keep(placed.renew(now, self._lease))

    async def take(self, number: str) -> Item:
        """Holds one item."""
        placed = await self.golden.places.at(number)
        if placed is None:
            return await self.store.queue.take(number, self.moderator, lease=self._lease)
        return await self._changed(
            placed, lambda each, now: each.take(self.moderator, now, self._lease)
        )

    async def release(self, number: str) -> None:
        """Skips an item."""
        placed = await self.golden.places.at(number)
        if placed is None:
            await self.store.queue.release(number, self.moderator)
        else:
            await self._changed(placed, lambda each, now: each.release(self.moderator, now))

    async def note(self, number: str, text: str) -> Item:
        """Writes something beside an item."""
        placed = await self.golden.places.at(number)
        if placed is None:
            return await self.store.queue.note(number, self.moderator, text)
        noted = await self.golden.places.change(
            placed, lambda each, now: each.note(self.moderator, text, now)
        )
        if len(noted.notes) > len(placed.notes):
            await self.golden.note(noted.golden, noted.notes[-1])
        return noted.item()

    async def resolve(
        self,
        number: str,
        resolution: Resolution,
        *,
        note: str = "",
        request: str = "",
        together: bool = False,
    ) -> Sequence[Item]:
        """Decides on an item that this moderator holds, alone or with its group."""
        placed = await self.golden.places.at(number)
        queue, moderator = self.store.queue, self.moderator
        if placed is not None:
            done: Sequence[Item] = [
                await self._decided(placed, resolution, note=note, request=request)
            ]
        elif together:
            done = await queue.resolve_group(
                number, moderator, resolution, note=note, request=request
            )
        else:
            done = [await queue.resolve(number, moderator, resolution, note=note, request=request)]
        if not together:
            return done
        return [*done, *await self._decided_with(done[0], resolution, note=note, request=request)]

    async def resolve_many(
        self, numbers: Sequence[str], resolution: Resolution, *, request: str
    ) -> list[Item | Conflict]:
        """Decides on many, each if it can be, in their order."""
        return await self._each(
            numbers,
            lambda queued: self.store.queue.resolve_many(
                queued, self.moderator, resolution, request=request
            ),
            lambda placed: self._decided(
                placed, resolution, note="", request=request, unclaimed=True
            ),
        )

    async def undo(self, number: str, *, late: bool, anybody: bool) -> Item:
        """Takes a decision back; the item is this moderator's again."""
        placed = await self.golden.places.at(number)
        if placed is None:
            return await self.store.queue.undo(
                number, self.moderator, lease=self._lease, late=late, anybody=anybody
            )
        return await self._undone(placed, late=late, anybody=anybody)

    async def undo_many(self, numbers: Sequence[str]) -> list[Item | Conflict]:
        """`undo` of many, each if it can be, in their order."""
        return await self._each(
            numbers,
            lambda queued: self.store.queue.undo_many(queued, self.moderator, lease=self._lease),
            lambda placed: self._undone(placed, late=False, anybody=False),
        )

    async def known_answer(self, number: str) -> GoldenItem | None:
        """The golden item under a number, for whoever has decided on it."""
        placed = await self.golden.places.at(number)
        if placed is None:
            return None
        return next((each for each in await self.golden.all() if each.id == placed.golden), None)

    async def record(self, comment: str) -> Record:
        """The record of a comment."""
        try:
            return await self.store.get(comment)
        except NotFound:
            placed = await self._of_comment(comment)
            if placed is None:
                raise
            return placed.record()

    async def revisions(self, comment: str) -> Sequence[Revision]:
        """Every revision of a comment, the first first."""
        if found := await self.store.revisions(comment):
            return found
        placed = await self._of_comment(comment)
        return (placed.record().revision,) if placed else ()

    async def story(self, comment: str) -> Sequence[Entry]:
        """What happened to a comment, the oldest first."""
        if found := await self.store.audit.of(comment):
            return found
        placed = await self._of_comment(comment)
        return placed.entries() if placed else ()

    async def reopen(self, comment: str) -> Item:
        """Lays a comment on this moderator's desk, whatever became of it."""
        try:
            return await self.store.reopen(comment, self.moderator, lease=self._lease)
        except NotFound:
            placed = await self._of_comment(comment)
            if placed is None:
                raise
        return await self._changed(placed, self._reopened)

    async def author(self, author: str) -> AuthorHistory:
        """What became of an author's comments."""
        found = await self.store.authors.history(author)
        for placed in await self._seen():
            if placed.comment.author == author:
                found = _with_one(found, placed.record())
        return found

    async def reviewed(self) -> set[str]:
        """The authors whose every comment is looked at."""
        listed = {each.name for each in (await self.store.review.all()).authors}
        return listed | {
            each.comment.author
            for each in await self._seen()
            if each.comment.author and Mark.ALWAYS_REVIEW in each.marks
        }

    async def search(self, search: Search, *, limit: int, cursor: str | None = None) -> RecordPage:
        """Records, the newest first."""
        found = await self.store.search(search, limit=limit, cursor=cursor)
        added = [
            record
            for record in (placed.record() for placed in await self._seen())
            if _wants(search, record) and _on_page(record, found, begun=cursor is None)
        ]
        records = sorted((*found.records, *added), key=lambda each: each.submitted, reverse=True)
        return RecordPage(tuple(records), found.cursor)

    @property
    def _lease(self) -> timedelta:
        return self.service.settings.lease

    async def _seen(self) -> list[Placed]:
        """What this moderator can come across: nothing twice that they decided on before."""
        placed = await self.golden.places.all()
        if not placed:
            return []
        answered = await self.golden.answered_by(self.moderator)
        return [
            each
            for each in placed
            if each.golden not in answered
            or (each.resolved is not None and each.resolved.moderator == self.moderator)
        ]

    async def _open(self) -> list[Placed]:
        return sorted(
            (each for each in await self._seen() if each.is_open), key=lambda at: _rank(at.item())
        )

    async def _of_comment(self, comment: str) -> Placed | None:
        found = (each for each in await self._seen() if each.comment.id == comment)
        return next(found, None)

    async def _each(
        self,
        numbers: Sequence[str],
        of_queue: Callable[[Sequence[str]], Awaitable[Sequence[Item | Conflict]]],
        of_golden: Callable[[Placed], Awaitable[Item]],
    ) -> list[Item | Conflict]:
        """What becomes of each of many, in their order: those of the queue at once."""
        golden = {number: await self.golden.places.at(number) for number in numbers}
        queued = [number for number in numbers if golden[number] is None]
        answers: dict[str, Item | Conflict] = {}
        if queued:
            answers = dict(zip(queued, await of_queue(queued), strict=True))
        for number, placed in golden.items():
            if placed is not None:
                try:
                    answers[number] = await of_golden(placed)
                except Conflict as conflict:
                    answers[number] = conflict
        return [answers[number] for number in numbers]

    async def _changed(self, placed: Placed, transition: Transition) -> Item:
        return (await self.golden.places.change(placed, transition)).item()

    def _reopened(self, placed: Placed, now: Moment) -> Placed:
        if not placed.is_open:
            placed = replace(
                placed,
                state=ItemState.WAITING,
                steps=(*placed.steps, Step("reopened", now, self.moderator)),
            )
        return placed.take(self.moderator, now, self._lease)

    async def _decided(
        self,
        placed: Placed,
        resolution: Resolution,
        *,
        note: str,
        request: str,
        unclaimed: bool = False,
    ) -> Item:
        def decide(each: Placed, now: Moment) -> Placed:
            return each.resolve(
                self.moderator, resolution, now, note=note, request=request, unclaimed=unclaimed
            )

        item = await self._changed(placed, decide)
        await self.golden.answer(self.moderator, placed.golden, resolution)
        return item

    async def _decided_with(
        self, item: Item, resolution: Resolution, *, note: str, request: str
    ) -> list[Item]:
        """Decides on what goes with a decided item in its group: readers' comments with a golden
        item, and golden items.
        """
        others = [
            each
            for each in await self._open()
            if each.item().group == item.group and each.number != item.id
        ]
        done: list[Item] = []
        if await self.golden.places.at(item.id) is not None:
            waiting = await self._queued_in(item.group)
            if numbers := [each.id for each in waiting if self._may_have(each.lease)]:
                answers = await self.store.queue.resolve_many(
                    numbers, self.moderator, resolution, note=note, request=request
                )
                done += [each for each in answers if isinstance(each, Item)]
        for placed in others:
            if self._may_have(placed.lease):
                done.append(
                    await self._decided(
                        placed, resolution, note=note, request=request, unclaimed=True
                    )
                )
        return done

    def _may_have(self, lease: Lease | None) -> bool:
        return lease is None or lease.moderator == self.moderator

    async def _queued_in(self, group: str) -> Sequence[Item]:
        """Items of the queue that are near-identical; escalated ones are for seniors."""
        found = await self.store.queue.list(Filters(group=group), limit=MOST_AT_ONCE)
        return [each for each in found.items if each.state is not ItemState.ESCALATED]

    async def _grouped(self, items: Sequence[Item]) -> Sequence[Item]:
        """Items with the sizes of their groups, golden ones counted."""
        placed = [each.item() for each in await self._open()]
        if not placed:
            return items
        known = {each.id for each in placed}
        found = []
        for item in items:
            size = item.group_size
            if item.id in known:
                size = 1 + len(await self._queued_in(item.group))
            alike = sum(each.group == item.group and each.id != item.id for each in placed)
            found.append(replace(item, group_size=size + alike) if item.group else item)
        return found

    async def _undone(self, placed: Placed, *, late: bool, anybody: bool) -> Item:
        window = None if late else self.service.settings.undo_window
        item = await self._changed(
            placed,
            lambda each, now: each.undo(
                self.moderator, now, self._lease, window=window, anybody=anybody
            ),
        )
        if placed.resolved is not None:
            await self.golden.take_back(placed.resolved.moderator, placed.golden)
        return item

    async def _claimed(self, count: int, filters: Filters) -> Sequence[Item]:
        if count < 1:
            return ()
        return await self.store.queue.claim(
            self.moderator, count, lease=self._lease, filters=filters
        )

    async def _is_to_mix_in(self, wanted: int, filters: Filters) -> bool:
        """Whether one of so many items may be golden; a single one has no neighbours."""
        if wanted < 2 or filters.state is ItemState.ESCALATED:
            return False
        if not await self.golden.fresh(self.moderator):
            return False
        await self.golden.places.sow()
        return random.random() < wanted / EVERY  # noqa: S311 - a surprise, not a secret

    async def _mixed_in(self, items: Sequence[Item], filters: Filters) -> list[Item]:
        """One golden item, where it looks like what was asked for."""
        chosen = random.choice(await self.golden.fresh(self.moderator))  # noqa: S311
        item = await self.lay(chosen, items, filters)
        return [item] if item else []

    async def lay(
        self, golden: GoldenItem, among: Sequence[Item] = (), filters: Filters | None = None
    ) -> Item | None:
        """Lays a golden item on the desk; None where it would stand out among others."""
        guise = await guise_of(golden.text, golden.title, self.store, self.service.equipment.engine)
        if guise is None:
            return None
        numbers = [int(each.id) for each in among] or [0]
        number, queued = await self.golden.places.number_among(numbers)
        told = {"action": str(guise.verdict.action)}
        if guise.verdict.reasons:
            told["clause"] = guise.verdict.reasons[0].clause
        placed = Placed(
            number=number,
            golden=golden.id,
            comment=guise.comment,
            verdict=guise.verdict,
            state=ItemState.WAITING,
            steps=(Step("submitted", queued, detail=told),),
            marks=guise.marks,
            dialect=guise.dialect,
        )
        if filters is not None and not _accepts(_of_waiting(filters), placed.item()):
            return None
        taken = placed.take(self.moderator, await self.golden.places.now(), self._lease)
        return taken.item() if await self.golden.places.keep(taken) else None


def _rank(item: Item) -> int:
    """The place of an item in the queue, as the store counts it."""
    return (5 - item.severity) * _SEVERITY_STEP + int(item.id)


def _of_waiting(filters: Filters) -> Filters:
    return replace(filters, state=filters.state or ItemState.WAITING)


def _accepts(filters: Filters, item: Item) -> bool:
    """Whether filters ask for an item, as the store answers."""
    article, lease = item.comment.article, item.lease
    asked = (
        (filters.state, item.state),
        (filters.article, article.id if article else None),
        (filters.section, article.section if article else None),
        (filters.author, item.comment.author),
        (filters.dialect, item.dialect),
        (filters.group, item.group),
        (filters.holder, lease.moderator if lease else None),
    )
    return (
        all(wanted is None or wanted == told for wanted, told in asked)
        and (filters.clause is None or filters.clause in item.clauses)
        and (filters.mark is None or filters.mark in item.marks)
        and (filters.severity is None or item.severity >= filters.severity)
        and (filters.queued_before is None or item.queued < filters.queued_before)
        and (filters.queued_after is None or item.queued > filters.queued_after)
        and item.id not in filters.excluded
    )


def _wants(search: Search, record: Record) -> bool:
    """Whether a search asks for a record, as the store answers."""
    comment, verdict, decision = record.revision.comment, record.revision.verdict, record.decision
    article = comment.article
    rules = {each.source.name for each in verdict.reasons if each.source.kind == "rule"}
    clauses = {each.clause for each in verdict.reasons} | {decision.clause if decision else None}
    asked = (
        (search.author, comment.author),
        (search.article, article.id if article else None),
        (search.moderator, decision.moderator if decision else None),
        (search.status, record.status),
        (search.by, decision.by if decision else None),
    )
    return (
        all(wanted is None or wanted == told for wanted, told in asked)
        and (search.text is None or fold(search.text) in fold(comment.text))
        and (search.rule is None or search.rule in rules)
        and (search.clause is None or search.clause in clauses)
        and (search.since is None or record.submitted >= search.since)
        and (search.until is None or record.submitted < search.until)
    )


def _on_page(record: Record, page: RecordPage, *, begun: bool) -> bool:
    """Whether a record falls among those of a page by its time."""
    times = [each.submitted for each in page.records]
    if not times:
        return begun and page.cursor is None
    return (begun or record.submitted <= times[0]) and (
        page.cursor is None or record.submitted >= times[-1]
    )


def _with(facets: Facets, item: Item) -> Facets:
    """What is open, with one item more."""
    article = item.comment.article
    section = (article.section,) if article and article.section else ()
    return Facets(
        states=_counted(facets.states, (item.state,)),
        clauses=_counted(facets.clauses, item.clauses),
        articles=_articles(facets.articles, item),
        sections=_counted(facets.sections, section),
        dialects=_counted(facets.dialects, (item.dialect,) if item.dialect else ()),
        marks=_counted(facets.marks, item.marks),
        holders=_holders(facets.holders, item),
    )


def _counted(counts: Mapping[_Name, int], names: Iterable[_Name]) -> dict[_Name, int]:
    found = Counter(counts)
    found.update(names)
    # Those that the store names keep their order; with others all are by name.
    return {name: found[name] for name in (counts if len(counts) == len(found) else sorted(found))}


def _articles(facets: Sequence[ArticleFacet], item: Item) -> tuple[ArticleFacet, ...]:
    article = item.comment.article
    if article is None or not article.id:
        return tuple(facets)
    known = {each.id: each for each in facets}
    one = known.get(article.id, ArticleFacet(article.id, article.title, 0))
    known[article.id] = replace(one, count=one.count + 1)
    return tuple(sorted(known.values(), key=lambda each: (-each.count, each.id)))


def _holders(facets: Sequence[HolderFacet], item: Item) -> tuple[HolderFacet, ...]:
    if item.lease is None:
        return tuple(facets)
    known = {each.moderator: each for each in facets}
    lease = item.lease
    one = known.get(lease.moderator, HolderFacet(lease.moderator, 0, lease.until))
    known[lease.moderator] = HolderFacet(
        lease.moderator, one.count + 1, min(one.until, lease.until)
    )
    return tuple(sorted(known.values(), key=lambda each: each.until))


def _with_one(found: AuthorHistory, record: Record) -> AuthorHistory:
    """An author's history with one comment more."""
    clause = record.decision.clause if record.decision else None
    past = Past(record.id, record.status, clause, record.submitted)
    recent = sorted((*found.recent, past), key=lambda each: each.at, reverse=True)
    return AuthorHistory(
        submitted=found.submitted + 1,
        published=found.published + (record.status is Status.PUBLISHED),
        refused=found.refused + (record.status is Status.REFUSED),
        waiting=found.waiting + (record.status is Status.WAITING),
        recent=tuple(recent[:RECENT]),
    )
