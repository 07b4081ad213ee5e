"""The queue against a model of it: any course of events, the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
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
from tests.moderation.store.model import LEASE, OPEN, WINDOW, Model, alike
from tests.moderation.store.samples import Clock, comment, verdict

SEVERITY = {0.1: 1, 0.5: 3, 0.9: 5}

# Few of each, so that events meet.
moderators = st.sampled_from(("m-1", "m-1", "m-2"))
comments = st.integers(0, 2)
items = st.integers(0, 4)
outcomes = st.sampled_from(Outcome)
texts = st.sampled_from(("أ", "ب", "أ!"))
events = st.one_of(
    st.tuples(st.just("submit"), comments, texts, st.sampled_from(tuple(SEVERITY))),
    st.tuples(st.just("claim"), moderators, st.integers(1, 3), st.sampled_from(OPEN[::2])),
    st.tuples(st.just("take"), items, moderators),
    st.tuples(st.just("renew"), moderators),
    st.tuples(st.just("release"), items, moderators),
    st.tuples(st.just("resolve"), items, moderators, outcomes),
    st.tuples(st.just("resolve group"), items, moderators, outcomes),
    st.tuples(st.just("resolve many"), st.lists(items, max_size=3), moderators, outcomes),
    st.tuples(st.just("undo"), items, moderators, st.booleans()),
    st.tuples(st.just("appeal"), comments),
    st.tuples(st.just("reopen"), comments, moderators),
    st.tuples(st.just("wait"), st.sampled_from((1, 30, 31, 60))),
)
Event = tuple[str, *tuple[object, ...]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(course=st.lists(events, min_size=25, max_size=60))
def test_any_course_of_events_goes_as_the_model_says(store_url: str, course: list[Event]) -> None:
    asyncio.run(_follow(store_url, course))


async def _follow(url: str, course: list[Event]) -> None:
    clock = Clock()
    model = Model(clock)
    async with await Store.open(
        url, namespace=uuid4().hex, clock=clock, undo_window=WINDOW
    ) as store:
        for event in course:
            await _happen(store, model, event)
            await _compare_queues(store, model)
        await _compare_records(store, model)


async def _happen(store: Store, model: Model, event: Event) -> None:
    match event:
        case ("wait", int(seconds)):
            model.clock.forward(seconds=seconds)
        case ("submit", int(place), str(text), float(score)):
            judged = verdict(Action.FLAG, score=score)
            record = await store.submit(comment(f"c-{place}", text), judged)
            assert record.repeated != model.submit(f"c-{place}", text, SEVERITY[score])
        case ("claim", str(moderator), int(count), str(state)):
            filters = Filters(state=ItemState(state))
            taken = await store.queue.claim(moderator, count, lease=LEASE, filters=filters)
            assert [item.id for item in taken] == model.claim(moderator, count, state)
        case ("renew", str(moderator)):
            assert await store.queue.renew(moderator, lease=LEASE) == model.renew(moderator)
        case ("resolve many", list(places), str(moderator), Outcome() as outcome):
            await _resolve_many(store, model, places, moderator, outcome)
        case ("appeal" | "reopen", int(place), *_) if f"c-{place}" not in model.threads:
            with pytest.raises(NotFound):
                await store.get(f"c-{place}")
        case ("appeal", int(place)):
            call = store.appeal(f"c-{place}", "لماذا")
            assert await _accepted(call) == model.appeal(f"c-{place}")
        case ("reopen", int(place), str(moderator)):
            call = store.reopen(f"c-{place}", moderator, lease=LEASE)
            assert await _accepted(call) == model.reopen(f"c-{place}", moderator)
        case (_, int(place), *_) if str(place + 1) not in model.entries:
            with pytest.raises(NotFound):
                await store.queue.get(str(place + 1))
        case _:
            await _happen_to_item(store, model, event)


async def _happen_to_item(store: Store, model: Model, event: Event) -> None:
    queue = store.queue
    match event:
        case ("take", int(place), str(moderator)):
            entry = model.entries[str(place + 1)]
            call = queue.take(entry.id, moderator, lease=LEASE)
            assert await _accepted(call) == model.take(entry, moderator)
        case ("release", int(place), str(moderator)):
            entry = model.entries[str(place + 1)]
            call = queue.release(entry.id, moderator)
            assert await _accepted(call) == model.release(entry, moderator)
        case ("resolve", int(place), str(moderator), Outcome() as outcome):
            entry = model.entries[str(place + 1)]
            call = queue.resolve(entry.id, moderator, _resolution(outcome))
            assert await _accepted(call) == model.resolve(entry, moderator, outcome)
        case ("resolve group", int(place), str(moderator), Outcome() as outcome):
            entry = model.entries[str(place + 1)]
            before = model.transitions
            accepted, others = model.resolve_group(entry, moderator, outcome)
            if not accepted:
                with pytest.raises(Conflict):
                    await queue.resolve_group(entry.id, moderator, _resolution(outcome))
                return
            done = await queue.resolve_group(entry.id, moderator, _resolution(outcome))
            assert done[0].id == entry.id
            if model.transitions > before + len(others):
                assert [item.id for item in done[1:]] == others
        case ("undo", int(place), str(moderator), bool(senior)):
            entry = model.entries[str(place + 1)]
            call = queue.undo(entry.id, moderator, lease=LEASE, late=senior, anybody=senior)
            assert await _accepted(call) == model.undo(entry, moderator, senior=senior)
        case _:
            raise AssertionError(event)


async def _resolve_many(
    store: Store, model: Model, places: list[int], moderator: str, outcome: Outcome
) -> None:
    names = [str(place + 1) for place in places if str(place + 1) in model.entries]
    if not names:
        return
    answers = await store.queue.resolve_many(names, moderator, _resolution(outcome))
    assert [not isinstance(answer, Conflict) for answer in answers] == [
        model.resolve_many(model.entries[name], moderator, outcome) for name in names
    ]


def _resolution(outcome: Outcome) -> Resolution:
    return Resolution(outcome, "profanity" if outcome is Outcome.REJECT else None)


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
    groups = [alike(entry.text) for entry in entries]
    assert [
        (item.id, item.state, item.lease.moderator if item.lease else "") for item in listed
    ] == [
        (entry.id, entry.state, entry.holder)
        for entry in sorted(entries, key=lambda entry: entry.order)
    ]
    sizes = {item.id: item.group_size for item in listed}
    assert sizes == {
        entry.id: groups.count(group) for entry, group in zip(entries, groups, strict=True)
    }


async def _compare_records(store: Store, model: Model) -> None:
    for state in OPEN:
        page = await store.queue.list(Filters(state=ItemState(state)))
        assert [item.id for item in page.items] == model.ordered(state)
    facets = await store.queue.facets()
    assert facets.states == {ItemState(state): len(model.ordered(state)) for state in OPEN}
    assert facets.clauses.get("person_insult", 0) == sum(facets.states.values())
    for name, thread in model.threads.items():
        record = await store.get(name)
        status, moderator = thread.standing
        assert (record.status, record.item) == (Status(status), thread.item)
        assert (record.decision.moderator if record.decision else None) == (moderator or None)
    history = await store.authors.history("قارئ")
    standings = [thread.standing[0] for thread in model.threads.values()]
    counted = (history.published, history.refused, history.waiting)
    assert counted == tuple(map(standings.count, ("published", "refused", "waiting")))
    found = await store.audit.verify()
    assert found.sound
    assert found.checked == model.transitions
