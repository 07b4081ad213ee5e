"""The queue against a model of it: any course of events, the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.store import (
    Conflict,
    Filters,
    ItemState,
    NotFound,
    Outcome,
    Resolution,
    Status,
    Store,
)
from moderation.verdict import Action
from tests.moderation.store.samples import Clock, comment, verdict

LEASE = timedelta(seconds=60)
WINDOW = timedelta(seconds=30)
OPEN = ("waiting", "claimed", "escalated")


@dataclass
class Entry:
    """What the model knows of one item."""

    id: str
    comment: str
    order: tuple[int, int]
    state: str = "waiting"
    home: str = "waiting"
    holder: str = ""
    until: datetime | None = None
    resolved: tuple[str, Outcome, datetime, str] | None = None


@dataclass
class Model:
    """The queue as one would write it with nothing but lists."""

    clock: Clock
    entries: dict[str, Entry] = field(default_factory=dict)
    current: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    transitions: int = 0

    def expire(self) -> None:
        for entry in self.entries.values():
            if entry.until is not None and entry.until <= self.clock.now:
                entry.state, entry.holder, entry.until = entry.home, "", None
                self.transitions += 1

    def ordered(self, state: str) -> list[str]:
        found = [entry for entry in self.entries.values() if entry.state == state]
        return [entry.id for entry in sorted(found, key=lambda entry: entry.order)]

    def claim(self, moderator: str, count: int, state: str) -> list[str]:
        self.expire()
        taken = self.ordered(state)[:count]
        for item in taken:
            self.hold(self.entries[item], moderator)
        return taken

    def hold(self, entry: Entry, moderator: str) -> None:
        entry.state, entry.holder, entry.until = "claimed", moderator, self.clock.now + LEASE
        self.transitions += 1

    def release(self, entry: Entry, moderator: str) -> bool:
        self.expire()
        if entry.state == entry.home:
            return True
        if entry.state != "claimed" or entry.holder != moderator:
            return False
        entry.state, entry.holder, entry.until = entry.home, "", None
        self.transitions += 1
        return True

    def resolve(self, entry: Entry, moderator: str, outcome: Outcome) -> bool:
        self.expire()
        last = entry.resolved
        settled = entry.state in {"resolved", "escalated"}
        if settled and last is not None and last[:2] == (moderator, outcome):
            return True
        if entry.state != "claimed" or entry.holder != moderator:
            return False
        entry.resolved = (moderator, outcome, self.clock.now, entry.home)
        entry.holder, entry.until = "", None
        if outcome is Outcome.ESCALATE:
            entry.state = entry.home = "escalated"
        else:
            entry.state = "resolved"
            done = {Outcome.APPROVE: "published", Outcome.REJECT: "refused"}
            self.status[entry.comment] = done[outcome]
        self.transitions += 1
        return True

    def undo(self, entry: Entry, moderator: str, undone: set[str]) -> bool:
        self.expire()
        if entry.id in undone and entry.state == "claimed" and entry.holder == moderator:
            return True
        last = entry.resolved
        possible = (
            last is not None
            and entry.id not in undone
            and last[0] == moderator
            and entry.state in {"resolved", "escalated"}
            and self.clock.now - last[2] <= WINDOW
        )
        if not possible or last is None:
            return False
        entry.home = last[3]
        self.hold(entry, moderator)
        self.status[entry.comment] = "waiting"
        undone.add(entry.id)
        return True


# Few of each, so that events meet.
moderators = st.sampled_from(("m-1", "m-1", "m-2"))
places = st.integers(0, 2)
events = st.one_of(
    st.tuples(
        st.just("submit"), places, st.sampled_from(("أ", "ب")), st.sampled_from((0.1, 0.5, 0.9))
    ),
    st.tuples(st.just("claim"), moderators, st.integers(1, 3), st.sampled_from(OPEN[::2])),
    st.tuples(st.just("release"), places, moderators),
    st.tuples(st.just("resolve"), places, moderators, st.sampled_from(Outcome)),
    st.tuples(st.just("undo"), places, moderators),
    st.tuples(st.just("wait"), st.sampled_from((1, 30, 31, 60))),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(course=st.lists(events, min_size=25, max_size=60))
def test_any_course_of_events_goes_as_the_model_says(
    store_url: str, course: list[tuple[str, *tuple[object, ...]]]
) -> None:
    asyncio.run(_follow(store_url, course))


async def _follow(url: str, course: list[tuple[str, *tuple[object, ...]]]) -> None:
    clock = Clock()
    model, undone = Model(clock), set[str]()
    async with await Store.open(
        url, namespace=uuid4().hex, clock=clock, undo_window=WINDOW
    ) as store:
        for event in course:
            await _happen(store, model, undone, event)
            await _compare_queues(store, model)
        await _compare_records(store, model)


async def _happen(
    store: Store, model: Model, undone: set[str], event: tuple[str, *tuple[object, ...]]
) -> None:
    match event:
        case ("wait", int(seconds)):
            model.clock.forward(seconds=seconds)
        case ("submit", int(place), str(text), float(score)):
            await _submit(store, model, f"c-{place}", text, score)
        case ("claim", str(moderator), int(count), str(state)):
            filters = Filters(state=ItemState(state))
            taken = await store.queue.claim(moderator, count, lease=LEASE, filters=filters)
            assert [item.id for item in taken] == model.claim(moderator, count, state)
        case (_, int(place), *_) if str(place + 1) not in model.entries:
            with pytest.raises(NotFound):
                await store.queue.get(str(place + 1))
        case ("release", int(place), str(moderator)):
            entry = model.entries[str(place + 1)]
            expected = model.release(entry, moderator)
            assert await _accepted(store.queue.release(entry.id, moderator)) == expected
        case ("resolve", int(place), str(moderator), Outcome() as outcome):
            entry = model.entries[str(place + 1)]
            resolution = Resolution(outcome, "profanity" if outcome is Outcome.REJECT else None)
            expected = model.resolve(entry, moderator, outcome)
            if expected:
                undone.discard(entry.id)
            assert await _accepted(store.queue.resolve(entry.id, moderator, resolution)) == expected
        case ("undo", int(place), str(moderator)):
            entry = model.entries[str(place + 1)]
            expected = model.undo(entry, moderator, undone)
            call = store.queue.undo(entry.id, moderator, lease=LEASE)
            assert await _accepted(call) == expected
        case _:
            raise AssertionError(event)


async def _submit(store: Store, model: Model, name: str, text: str, score: float) -> None:
    record = await store.submit(comment(name, text), verdict(Action.FLAG, score=score))
    known_text, known_item = model.current.get(name, (None, None))
    assert record.repeated == (known_text == text)
    if record.repeated:
        assert record.item == known_item
        return
    if known_item is not None:
        old = model.entries[known_item]
        old.state, old.holder, old.until = "superseded", "", None
    assert record.item is not None
    severity = {0.1: 1, 0.5: 3, 0.9: 5}[score]
    model.entries[record.item] = Entry(record.item, name, (-severity, int(record.item)))
    model.current[name] = (text, record.item)
    model.status[name] = "waiting"
    model.transitions += 1


async def _accepted(call: Awaitable[object]) -> bool:
    try:
        await call
    except Conflict:
        return False
    return True


async def _compare_queues(store: Store, model: Model) -> None:
    model.expire()
    listed = (await store.queue.list()).items
    entries = [entry for entry in model.entries.values() if entry.state in OPEN]
    assert [
        (item.id, item.state, item.lease.moderator if item.lease else "") for item in listed
    ] == [
        (entry.id, entry.state, entry.holder)
        for entry in sorted(entries, key=lambda entry: entry.order)
    ]


async def _compare_records(store: Store, model: Model) -> None:
    for state in OPEN:
        page = await store.queue.list(Filters(state=ItemState(state)))
        assert [item.id for item in page.items] == model.ordered(state)
    for name, status in model.status.items():
        assert (await store.get(name)).status is Status(status)
    found = await store.audit.verify()
    assert found.sound
    assert found.checked == model.transitions
