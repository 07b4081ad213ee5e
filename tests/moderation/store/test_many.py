"""Many items decided at once, and taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from moderation.store import Conflict, Filters, Item, ItemState, NotFound, Status, Store
from tests.moderation.store.samples import Clock
from tests.moderation.store.scenes import (
    APPROVE,
    ESCALATE,
    REJECT,
    flagged,
    kinds,
    names,
    resolved,
)

pytestmark = pytest.mark.anyio


async def group(store: Store, number: int) -> str:
    """So many near-identical comments; the first one's item, held by m-1."""
    for at in range(number):
        await flagged(store, f"c-{at}", "يا كلب" + "!" * at)
    await store.queue.take("1", "m-1")
    return "1"


async def test_a_group_is_resolved_in_one_step(store: Store) -> None:
    item = await group(store, 4)
    await flagged(store, "other", "يا حمار")
    done = await store.queue.resolve_group(item, "m-1", REJECT, note="حملة", request="r-1")
    assert names(done) == ["c-0", "c-1", "c-2", "c-3"]
    assert {each.state for each in done} == {ItemState.RESOLVED}
    assert done[0].group_size == 0
    for at in range(4):
        record = await store.get(f"c-{at}")
        assert record.status is Status.REFUSED
        assert record.decision is not None
        assert (record.decision.moderator, record.decision.note) == ("m-1", "حملة")
        assert (await kinds(store, f"c-{at}"))[-1] == ("rejected", "m-1")
    assert (await store.get("other")).status is Status.WAITING


async def test_the_same_group_request_again_changes_nothing(store: Store) -> None:
    item = await group(store, 3)
    first = await store.queue.resolve_group(item, "m-1", APPROVE, request="r-1")
    late = await flagged(store, "late", "يا كلب")
    before = await store.audit.head()
    again = await store.queue.resolve_group(item, "m-1", APPROVE, request="r-1")
    assert [each.id for each in again] == [each.id for each in first]
    assert await store.audit.head() == before
    assert (await store.queue.get(late)).state is ItemState.WAITING
    with pytest.raises(Conflict) as caught:
        await store.queue.resolve_group(item, "m-1", REJECT, request="r-1")
    assert caught.value.reason == "other"


async def test_a_group_leaves_alone_what_is_not_the_moderators(store: Store) -> None:
    item = await group(store, 5)
    await store.queue.take("2", "m-2")
    await store.queue.take("3", "m-2")
    await store.queue.resolve("3", "m-2", ESCALATE)
    refused = await resolved(store, "refused")
    appealed = await store.appeal("refused", "لم أقصد")
    assert appealed.barred == "m-1"
    done = await store.queue.resolve_group(item, "m-1", APPROVE)
    assert [each.id for each in done] == ["1", "4", "5"]
    assert done[0].group_size == 3
    assert (await store.queue.get("2")).state is ItemState.CLAIMED
    assert (await store.queue.get("3")).state is ItemState.ESCALATED
    assert (await store.queue.get(appealed.id)).state is ItemState.WAITING
    assert (await store.queue.get(refused)).state is ItemState.RESOLVED


async def test_who_judges_an_escalated_item_decides_the_whole_group(store: Store) -> None:
    item = await group(store, 2)
    await store.queue.resolve(item, "m-1", ESCALATE)
    await store.queue.claim("senior", filters=Filters(state=ItemState.ESCALATED))
    done = await store.queue.resolve_group(item, "senior", REJECT)
    assert names(done) == ["c-0", "c-1"]


async def test_a_group_needs_a_held_item(store: Store) -> None:
    item = await group(store, 2)
    with pytest.raises(Conflict, match="m-1 holds it"):
        await store.queue.resolve_group(item, "m-2", APPROVE)
    with pytest.raises(Conflict, match="claim it first"):
        await store.queue.resolve_group("2", "m-1", APPROVE)
    with pytest.raises(NotFound):
        await store.queue.resolve_group("404", "m-1", APPROVE)
    assert (await store.queue.counts()).waiting == 1


async def test_a_group_is_bounded_and_tells_what_is_left(store: Store) -> None:
    item = await group(store, 230)
    done = await store.queue.resolve_group(item, "m-1", APPROVE)
    assert (len(done), done[0].group_size) == (200, 30)
    assert (await store.audit.verify()).sound


async def test_two_moderators_never_decide_one_item_of_a_group(store: Store) -> None:
    await group(store, 40)
    await store.queue.take("20", "m-2")
    answers = await asyncio.gather(
        store.queue.resolve_group("1", "m-1", APPROVE),
        store.queue.resolve_group("20", "m-2", REJECT),
    )
    ids = [item.id for answer in answers for item in answer]
    assert len(ids) == len(set(ids)) == 40
    told = [
        entry.kind for entry in await store.audit.read() if entry.kind in {"approved", "rejected"}
    ]
    assert len(told) == 40


async def test_many_are_resolved_each_if_it_can_be(store: Store) -> None:
    for number in range(4):
        await flagged(store, f"c-{number}", f"نص {'أبجد'[number]}")
    await store.queue.take("1", "m-1")
    await store.queue.take("2", "m-2")
    done = await store.queue.resolve_many(["1", "2", "3", "404"], "m-1", REJECT, request="r-1")
    assert [each.reason if isinstance(each, Conflict) else each.state for each in done] == [
        ItemState.RESOLVED,
        "held",
        ItemState.RESOLVED,
        "absent",
    ]
    before = await store.audit.head()
    again = await store.queue.resolve_many(["1", "2", "3", "404"], "m-1", REJECT, request="r-1")
    assert [str(each) for each in again] == [str(each) for each in done]
    assert await store.audit.head() == before
    assert (await store.get("c-3")).status is Status.WAITING
    with pytest.raises(ValueError, match="1 to 200"):
        await store.queue.resolve_many([], "m-1", REJECT)


async def test_many_are_undone(store: Store, clock: Clock) -> None:
    item = await group(store, 3)
    done = await store.queue.resolve_group(item, "m-1", REJECT)
    undone = await store.queue.undo_many([each.id for each in done] + ["404"], "m-1")
    items = [each for each in undone if isinstance(each, Item)]
    assert [each.state for each in items] == [ItemState.CLAIMED] * 3
    assert isinstance(undone[3], Conflict)
    for at in range(3):
        assert (await store.get(f"c-{at}")).status is Status.WAITING
    clock.forward(minutes=5)
    assert (await store.queue.counts()).waiting == 3


async def test_a_senior_undoes_anybodys_decision_at_any_time(store: Store, clock: Clock) -> None:
    item = await resolved(store, "c-1")
    clock.forward(days=10)
    for refused in (
        store.queue.undo(item, "m-1"),
        store.queue.undo(item, "senior", late=True),
        store.queue.undo(item, "senior", anybody=True),
    ):
        with pytest.raises(Conflict):
            await refused
    undone = await store.queue.undo(item, "senior", late=True, anybody=True)
    assert undone.lease is not None
    assert undone.lease.moderator == "senior"
    assert (await store.get("c-1")).status is Status.WAITING
    last = (await store.audit.of("c-1"))[-1]
    assert (last.kind, last.actor) == ("undone", "senior")
    assert last.details == {"of": "m-1", "status": "waiting"}
    clock.forward(minutes=5)
    assert (await store.queue.get(item)).state is ItemState.WAITING


async def test_a_decision_that_something_newer_followed_is_not_undone(store: Store) -> None:
    item = await resolved(store, "c-1")
    await store.appeal("c-1", "لم أقصد")
    with pytest.raises(Conflict) as caught:
        await store.queue.undo(item, "m-1", lease=timedelta(minutes=1))
    assert caught.value.reason == "superseded"
