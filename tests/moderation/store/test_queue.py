"""The flag queue, as moderators use it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from moderation.store import (
    Conflict,
    Decider,
    Filters,
    Item,
    ItemState,
    NotFound,
    Outcome,
    Resolution,
    Status,
    Store,
)
from moderation.verdict import Action
from tests.moderation.store.samples import ALLOWED, ARTICLE, FLAGGED, Clock, comment, verdict

pytestmark = pytest.mark.anyio

APPROVE = Resolution(Outcome.APPROVE)
REJECT = Resolution(Outcome.REJECT, "person_insult")
ESCALATE = Resolution(Outcome.ESCALATE)


async def flag(store: Store, number: int, score: float = 0.7) -> str:
    record = await store.submit(comment(f"c-{number}"), verdict(Action.FLAG, score=score))
    assert record.item is not None
    return record.item


async def held(store: Store, moderator: str = "m-1") -> str:
    await flag(store, 1)
    (item,) = await store.queue.claim(moderator)
    return item.id


def names(items: tuple[Item, ...]) -> list[str]:
    return [item.comment.id for item in items]


# Order, filters, pages


async def test_graver_comes_first_and_then_older(store: Store, clock: Clock) -> None:
    for number, score in enumerate((0.5, 0.95, 0.55, 0.91)):
        clock.forward(seconds=1)
        await flag(store, number, score=score)
    assert names((await store.queue.list()).items) == ["c-1", "c-3", "c-0", "c-2"]
    assert names(await store.queue.claim("m-1", 3)) == ["c-1", "c-3", "c-0"]


async def test_filters_narrow(store: Store, clock: Clock) -> None:
    sport = replace(ARTICLE, id="a-2", section="رياضة")
    await store.submit(comment("c-1"), verdict(Action.FLAG, "profanity", "sanctities"))
    clock.forward(hours=1)
    noon = clock.now
    await store.submit(comment("c-2", article=sport), verdict(Action.FLAG, "profanity", score=0.9))
    clock.forward(hours=1)
    await store.submit(comment("c-3", article=sport), verdict(Action.FLAG, "sanctities"))
    await store.queue.claim("m-1", filters=Filters(article="a-2", clause="sanctities"))

    expected = {
        Filters(clause="profanity"): {"c-1", "c-2"},
        Filters(clause="sanctities"): {"c-1", "c-3"},
        Filters(article="a-2"): {"c-2", "c-3"},
        Filters(section="أمن"): {"c-1"},
        Filters(section="رياضة", clause="profanity"): {"c-2"},
        Filters(severity=5): {"c-2"},
        Filters(queued_before=noon): {"c-1"},
        Filters(queued_after=noon): {"c-3"},
        Filters(state=ItemState.WAITING): {"c-1", "c-2"},
        Filters(state=ItemState.CLAIMED): {"c-3"},
        Filters(holder="m-1"): {"c-3"},
        Filters(holder="m-2"): set(),
        Filters(state=ItemState.ESCALATED): set(),
    }
    for filters, wanted in expected.items():
        assert set(names((await store.queue.list(filters)).items)) == wanted, filters


async def test_pages_hold_every_item_once(store: Store) -> None:
    for number in range(25):
        await flag(store, number, score=number % 5 / 5)
    await store.queue.claim("m-1", 5)
    whole = names((await store.queue.list()).items)
    assert len(whole) == 25
    pages, cursor = [], None
    while True:
        page = await store.queue.list(limit=4, cursor=cursor)
        pages.append(names(page.items))
        cursor = page.cursor
        if cursor is None:
            break
    assert [len(page) for page in pages] == [4, 4, 4, 4, 4, 4, 1]
    assert [name for page in pages for name in page] == whole


async def test_a_page_stays_right_while_items_come_and_go(store: Store) -> None:
    for number in range(6):
        await flag(store, number, score=0.5)
    first = await store.queue.list(limit=3)
    (gone,) = await store.queue.claim("m-1")
    await store.queue.resolve(gone.id, "m-1", APPROVE)
    await flag(store, 7, score=0.99)
    await flag(store, 8, score=0.1)
    second = await store.queue.list(limit=10, cursor=first.cursor)
    assert names(second.items) == ["c-3", "c-4", "c-5", "c-8"]
    assert second.cursor is None


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "٣", "9" * 30])
async def test_a_cursor_of_somewhere_else_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        await store.queue.list(cursor=cursor)


async def test_counts_tell_what_is_open(store: Store, clock: Clock) -> None:
    first = clock.now
    await store.submit(comment("c-1"), verdict(Action.FLAG, "profanity", "sanctities"))
    clock.forward(hours=1)
    await store.submit(comment("c-2"), verdict(Action.FLAG, "profanity", score=1.0))
    await store.submit(comment("c-3"), ALLOWED)
    counts = await store.queue.counts()
    assert (counts.waiting, counts.claimed, counts.escalated) == (2, 0, 0)
    assert counts.by_clause == {"profanity": 2, "sanctities": 1}
    assert counts.oldest_waiting == first
    (grave,) = await store.queue.claim("m-1")
    await store.queue.resolve(grave.id, "m-1", ESCALATE)
    await store.queue.claim("m-1")
    counts = await store.queue.counts()
    assert (counts.waiting, counts.claimed, counts.escalated) == (0, 1, 1)
    assert counts.oldest_waiting is None


# Claims and leases


async def test_a_claimed_item_is_nobody_elses(store: Store, clock: Clock) -> None:
    item = await held(store)
    assert await store.queue.claim("m-2") == ()
    lease = (await store.queue.get(item)).lease
    assert lease is not None
    assert (lease.moderator, lease.until - lease.since) == ("m-1", timedelta(minutes=5))
    with pytest.raises(Conflict, match="m-1 holds it") as caught:
        await store.queue.resolve(item, "m-2", APPROVE)
    assert caught.value.reason == "held"
    with pytest.raises(Conflict):
        await store.queue.release(item, "m-2")


async def test_many_moderators_at_once_never_hold_one_item(store: Store, store_url: str) -> None:
    for number in range(120):
        await flag(store, number)
    taken: list[str] = []

    async def moderate(name: str) -> None:
        while items := await store.queue.claim(name, 3):
            for item in items:
                taken.append(item.id)
                await store.queue.resolve(item.id, name, APPROVE)

    await asyncio.gather(*(moderate(f"m-{number}") for number in range(12)))
    assert len(taken) == len(set(taken)) == 120
    assert (await store.queue.counts()).waiting == 0
    kinds = [entry.kind for entry in await store.audit.read(limit=1000)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "submitted": 120,
        "claimed": 120,
        "approved": 120,
    }
    assert (await store.audit.verify()).sound


async def test_a_lease_that_runs_out_returns_its_item(store: Store, clock: Clock) -> None:
    item = await held(store)
    clock.forward(minutes=5)
    (other,) = await store.queue.claim("m-2")
    assert other.id == item
    with pytest.raises(Conflict, match="m-2 holds it"):
        await store.queue.resolve(item, "m-1", APPROVE)
    assert [entry.kind for entry in await store.audit.of("c-1")] == [
        "submitted",
        "claimed",
        "expired",
        "claimed",
    ]


async def test_a_late_moderator_is_told_so(store: Store, clock: Clock) -> None:
    item = await held(store)
    clock.forward(minutes=5)
    with pytest.raises(Conflict, match="ran out") as caught:
        await store.queue.resolve(item, "m-1", APPROVE)
    assert caught.value.reason == "expired"
    assert (await store.get("c-1")).status is Status.WAITING


async def test_a_sweep_returns_what_is_overdue(store: Store, clock: Clock) -> None:
    await held(store)
    assert await store.queue.sweep() == 0
    clock.forward(minutes=5)
    assert await store.queue.sweep() == 1
    assert await store.queue.sweep() == 0
    assert (await store.queue.counts()).waiting == 1


async def test_a_released_item_keeps_its_place(store: Store) -> None:
    for number in range(3):
        await flag(store, number)
    (first,) = await store.queue.claim("m-1")
    released = await store.queue.release(first.id, "m-1")
    assert (released.state, released.lease) == (ItemState.WAITING, None)
    assert await store.queue.release(first.id, "m-1") == released
    assert names(await store.queue.claim("m-2")) == ["c-0"]


# Resolutions


async def test_an_approval_publishes(store: Store, clock: Clock) -> None:
    item = await held(store)
    clock.forward(seconds=10)
    resolved = await store.queue.resolve(item, "m-1", APPROVE, note="نقد لا إساءة")
    assert resolved.state is ItemState.RESOLVED
    record = await store.get("c-1")
    assert record.status is Status.PUBLISHED
    assert record.decision is not None
    assert record.decision.by is Decider.MODERATOR
    assert (record.decision.moderator, record.decision.note) == ("m-1", "نقد لا إساءة")
    assert record.decision.at == clock.now
    assert (await store.queue.list()).items == ()


async def test_a_rejection_refuses_with_its_clause(store: Store) -> None:
    item = await held(store)
    await store.queue.resolve(item, "m-1", REJECT)
    record = await store.get("c-1")
    assert record.status is Status.REFUSED
    assert record.decision is not None
    assert record.decision.clause == "person_insult"


async def test_an_escalated_item_waits_for_those_who_ask_for_it(store: Store, clock: Clock) -> None:
    item = await held(store)
    escalated = await store.queue.resolve(item, "m-1", ESCALATE, note="للمحرر")
    assert (escalated.state, escalated.lease) == (ItemState.ESCALATED, None)
    assert (await store.get("c-1")).status is Status.WAITING
    assert await store.queue.claim("m-2") == ()
    senior = Filters(state=ItemState.ESCALATED)
    assert [taken.id for taken in await store.queue.claim("m-3", filters=senior)] == [item]
    clock.forward(minutes=5)
    assert (await store.queue.get(item)).state is ItemState.ESCALATED
    await store.queue.claim("m-3", filters=senior)
    await store.queue.resolve(item, "m-3", APPROVE)
    assert (await store.get("c-1")).status is Status.PUBLISHED


async def test_only_what_is_claimed_can_be_resolved(store: Store) -> None:
    item = await flag(store, 1)
    with pytest.raises(Conflict, match="claim it first") as caught:
        await store.queue.resolve(item, "m-1", APPROVE)
    assert caught.value.reason == "waiting"


async def test_the_same_request_again_gets_the_same_answer(store: Store) -> None:
    item = await held(store)
    first = await store.queue.resolve(item, "m-1", APPROVE, request="r-1")
    before = await store.audit.head()
    assert await store.queue.resolve(item, "m-1", APPROVE, request="r-1") == first
    assert await store.audit.head() == before


async def test_a_request_id_stands_for_one_resolution(store: Store) -> None:
    item = await held(store)
    await store.queue.resolve(item, "m-1", APPROVE, request="r-1")
    with pytest.raises(Conflict) as caught:
        await store.queue.resolve(item, "m-1", REJECT, request="r-1")
    assert caught.value.reason == "other"
    with pytest.raises(Conflict, match="m-1 resolved it already") as caught:
        await store.queue.resolve(item, "m-2", APPROVE, request="r-2")
    assert caught.value.reason == "resolved"


async def test_a_rejection_names_a_clause_and_nothing_else_does() -> None:
    with pytest.raises(ValueError, match="needs the clause"):
        Resolution(Outcome.REJECT)
    with pytest.raises(ValueError, match="takes no clause"):
        Resolution(Outcome.APPROVE, "profanity")


async def test_an_unknown_item_is_not_found(store: Store) -> None:
    for call in (
        store.queue.get("404"),
        store.queue.release("404", "m-1"),
        store.queue.resolve("404", "m-1", APPROVE),
        store.queue.undo("404", "m-1"),
    ):
        with pytest.raises(NotFound, match="404"):
            await call


async def test_a_moderator_and_a_count_are_checked(store: Store) -> None:
    with pytest.raises(ValueError, match="moderator's id"):
        await store.queue.claim("")
    with pytest.raises(ValueError, match="1 to 200"):
        await store.queue.claim("m-1", 0)
    with pytest.raises(ValueError, match="cannot be claimed"):
        await store.queue.claim("m-1", filters=Filters(state=ItemState.CLAIMED))
    with pytest.raises(ValueError, match="at most 2000"):
        await store.queue.resolve("1", "m-1", APPROVE, note="x" * 2001)


# Undo


async def test_an_undo_puts_the_item_back_in_the_moderators_hands(
    store: Store, clock: Clock
) -> None:
    item = await held(store)
    await store.queue.resolve(item, "m-1", REJECT, request="r-1")
    clock.forward(seconds=30)
    undone = await store.queue.undo(item, "m-1")
    assert undone.state is ItemState.CLAIMED
    assert undone.lease is not None
    assert undone.lease.moderator == "m-1"
    record = await store.get("c-1")
    assert (record.status, record.decision) == (Status.WAITING, None)
    assert await store.queue.undo(item, "m-1") == undone
    with pytest.raises(Conflict) as caught:
        await store.queue.resolve(item, "m-1", REJECT, request="r-1")
    assert caught.value.reason == "undone"
    await store.queue.resolve(item, "m-1", APPROVE, request="r-2")
    assert (await store.get("c-1")).status is Status.PUBLISHED


async def test_an_undone_escalation_returns_among_the_waiting(store: Store, clock: Clock) -> None:
    item = await held(store)
    await store.queue.resolve(item, "m-1", ESCALATE)
    await store.queue.undo(item, "m-1")
    clock.forward(minutes=5)
    assert (await store.queue.get(item)).state is ItemState.WAITING


async def test_an_undo_has_a_window_and_an_owner(store: Store, clock: Clock) -> None:
    item = await held(store)
    with pytest.raises(Conflict) as caught:
        await store.queue.undo(item, "m-1")
    assert caught.value.reason == "nothing"
    await store.queue.resolve(item, "m-1", APPROVE)
    with pytest.raises(Conflict) as caught:
        await store.queue.undo(item, "m-2")
    assert caught.value.reason == "foreign"
    clock.forward(seconds=31)
    with pytest.raises(Conflict, match="passed") as caught:
        await store.queue.undo(item, "m-1")
    assert caught.value.reason == "late"


async def test_an_escalation_that_somebody_took_up_cannot_be_undone(store: Store) -> None:
    item = await held(store)
    await store.queue.resolve(item, "m-1", ESCALATE)
    await store.queue.claim("m-2", filters=Filters(state=ItemState.ESCALATED))
    with pytest.raises(Conflict, match="m-2 holds it"):
        await store.queue.undo(item, "m-1")


async def test_items_of_equal_verdicts_are_equal(store: Store) -> None:
    record = await store.submit(comment(), FLAGGED)
    assert record.item is not None
    assert (await store.queue.list()).items == (await store.queue.get(record.item),)
