"""Decided comments that come before a moderator again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from moderation.store import (
    Appeal,
    Conflict,
    Decider,
    Filters,
    ItemState,
    Mark,
    NotFound,
    Outcome,
    Status,
    Store,
)
from tests.moderation.store.samples import ALLOWED, FLAGGED, REJECTED, Clock, comment
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


async def test_an_appeal_waits_for_another_moderator(store: Store, clock: Clock) -> None:
    await resolved(store, "c-1", "m-1")
    item = await store.appeal("c-1", "لم أقصد أحدا")
    assert (item.state, item.marks) == (
        ItemState.WAITING,
        (Mark.APPEAL, Mark.NEW_COMMENTER),
    )
    assert (item.appeal, item.barred) == ("لم أقصد أحدا", "m-1")
    record = await store.get("c-1")
    assert record.status is Status.REFUSED
    assert record.appeal == Appeal("لم أقصد أحدا", clock.now)
    assert names((await store.queue.list(Filters(mark=Mark.APPEAL))).items) == ["c-1"]

    assert await store.queue.claim("m-1", 5) == ()
    for refused in (store.queue.take(item.id, "m-1"), store.reopen("c-1", "m-1")):
        with pytest.raises(Conflict, match="somebody else judges it") as caught:
            await refused
        assert caught.value.reason == "barred"
    (many,) = await store.queue.resolve_many([item.id], "m-1", APPROVE)
    assert isinstance(many, Conflict)
    assert names(await store.queue.claim("m-2", 5)) == ["c-1"]


async def test_an_appeal_that_is_approved_publishes(store: Store) -> None:
    await resolved(store, "c-1")
    item = await store.appeal("c-1", "لم أقصد")
    await store.queue.take(item.id, "m-2")
    await store.queue.resolve(item.id, "m-2", APPROVE)
    record = await store.get("c-1")
    assert record.status is Status.PUBLISHED
    assert record.appeal is not None
    assert record.appeal.outcome is Outcome.APPROVE
    undone = await store.queue.undo(item.id, "m-2")
    assert undone.state is ItemState.CLAIMED
    last = (await store.audit.of("c-1"))[-1]
    assert last.details == {"status": "refused", "clause": "person_insult"}
    record = await store.get("c-1")
    assert record.status is Status.REFUSED
    assert record.decision is not None
    assert record.decision.moderator == "m-1"
    assert record.appeal is not None
    assert record.appeal.outcome is None


async def test_an_appeal_that_is_rejected_upholds_the_refusal(store: Store) -> None:
    await store.submit(comment("c-1"), REJECTED)
    item = await store.appeal("c-1", "لم أقصد")
    assert item.barred is None
    await store.queue.take(item.id, "m-1")
    await store.queue.resolve(item.id, "m-1", REJECT)
    record = await store.get("c-1")
    assert record.status is Status.REFUSED
    assert record.decision is not None
    assert (record.decision.by, record.decision.clause) == (Decider.MODERATOR, "person_insult")
    assert record.appeal is not None
    assert record.appeal.outcome is Outcome.REJECT
    assert await kinds(store, "c-1") == [
        ("submitted", ""),
        ("appealed", ""),
        ("claimed", "m-1"),
        ("rejected", "m-1"),
    ]


async def test_only_a_refused_comment_is_appealed_for_and_once(store: Store) -> None:
    with pytest.raises(NotFound, match="c-404"):
        await store.appeal("c-404", "لماذا")
    for name, judged in (("published", ALLOWED), ("waiting", FLAGGED)):
        await store.submit(comment(name), judged)
        with pytest.raises(Conflict) as caught:
            await store.appeal(name, "لماذا")
        assert caught.value.reason == "not_refused"
    await store.submit(comment("c-1"), REJECTED)
    item = await store.appeal("c-1", "لماذا")
    before = await store.audit.head()
    assert await store.appeal("c-1", "لماذا") == item
    assert await store.audit.head() == before
    with pytest.raises(Conflict) as caught:
        await store.appeal("c-1", "سبب آخر")
    assert caught.value.reason == "appealed"
    await store.submit(comment("c-1", "نص آخر"), REJECTED)
    assert (await store.get("c-1")).appeal is None
    assert (await store.appeal("c-1", "سبب آخر")).revision == 2
    for text in ("", " ", "x" * 2001):
        with pytest.raises(ValueError, match="the appeal"):
            await store.appeal("c-1", text)


async def test_appeals_of_many_at_once_make_one_item(store: Store) -> None:
    await store.submit(comment("c-1"), REJECTED)
    items = await asyncio.gather(*(store.appeal("c-1", "لماذا") for _ in range(20)))
    assert len({item.id for item in items}) == 1
    assert (await store.queue.counts()).waiting == 1


async def test_the_only_moderator_of_a_site_reaches_an_appeal_as_a_senior(store: Store) -> None:
    await resolved(store, "c-1")
    item = await store.appeal("c-1", "لم أقصد")
    await store.queue.take(item.id, "m-1", override=True)
    await store.queue.resolve(item.id, "m-1", APPROVE)
    assert (await store.get("c-1")).status is Status.PUBLISHED
    claimed = (await store.audit.of("c-1"))[-2]
    assert (claimed.kind, claimed.details) == ("claimed", {"override": True})


async def test_an_appeal_takes_the_place_of_a_reopened_item(store: Store) -> None:
    await store.submit(comment("c-1"), REJECTED)
    reopened = await store.reopen("c-1", "m-1")
    appealed = await store.appeal("c-1", "لماذا")
    with pytest.raises(Conflict, match="an appeal"):
        await store.queue.resolve(reopened.id, "m-1", REJECT)
    assert [item.id for item in (await store.queue.list()).items] == [appealed.id]


# Reopening


@pytest.mark.parametrize(
    ("verdict", "status"), [(ALLOWED, Status.PUBLISHED), (REJECTED, Status.REFUSED)]
)
async def test_a_machines_decision_is_reopened_and_put_back(
    store: Store, clock: Clock, verdict: object, status: Status
) -> None:
    before = await store.submit(comment("c-1"), verdict)  # type: ignore[arg-type]
    item = await store.reopen("c-1", "m-1")
    assert item.lease is not None
    assert item.lease.moderator == "m-1"
    assert (await store.get("c-1")).status is status
    released = await store.queue.release(item.id, "m-1")
    assert released.state is ItemState.SUPERSEDED
    assert await store.queue.release(item.id, "m-1") == released
    assert await store.get("c-1") == before

    again = await store.reopen("c-1", "m-2")
    clock.forward(minutes=5)
    assert await store.queue.sweep() == 1
    assert await store.get("c-1") == before
    assert (await store.queue.get(again.id)).state is ItemState.SUPERSEDED
    assert await kinds(store, "c-1") == [
        ("submitted", ""),
        ("reopened", "m-1"),
        ("released", "m-1"),
        ("reopened", "m-2"),
        ("expired", "m-2"),
    ]


async def test_a_reopened_comment_is_decided_anew_and_undo_restores(store: Store) -> None:
    first = await resolved(store, "c-1", "m-1", REJECT)
    before = await store.get("c-1")
    item = await store.reopen("c-1", "m-2")
    assert item.id != first
    await store.queue.resolve(item.id, "m-2", APPROVE)
    assert (await store.get("c-1")).status is Status.PUBLISHED
    undone = await store.queue.undo(item.id, "m-2")
    assert undone.state is ItemState.CLAIMED
    assert (await store.get("c-1")).decision == before.decision
    await store.queue.release(item.id, "m-2")
    assert await store.get("c-1") == before
    await store.queue.undo(first, "m-1")
    assert (await store.get("c-1")).status is Status.WAITING


async def test_a_reopened_comment_that_is_escalated_stays_as_it_was(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    item = await store.reopen("c-1", "m-1")
    await store.queue.resolve(item.id, "m-1", ESCALATE)
    assert (await store.get("c-1")).status is Status.PUBLISHED
    assert (await store.audit.of("c-1"))[-1].details == {"status": "published"}
    await store.queue.undo(item.id, "m-1")
    await store.queue.release(item.id, "m-1")
    assert (await store.get("c-1")).item is None
    assert (await store.queue.list()).items == ()


async def test_the_trail_tells_where_an_escalated_comment_stands(store: Store) -> None:
    waits = await flagged(store, "c-1")
    await store.queue.take(waits, "m-1")
    await store.queue.resolve(waits, "m-1", ESCALATE, note="للمحرر")
    entry = (await store.audit.of("c-1"))[-1]
    assert (entry.kind, dict(entry.details)) == (
        "escalated",
        {"note": "للمحرر", "status": "waiting"},
    )

    await resolved(store, "c-2", "m-1", REJECT)
    appealed = await store.appeal("c-2", "لم أقصد")
    await store.queue.take(appealed.id, "m-2")
    await store.queue.resolve(appealed.id, "m-2", ESCALATE)
    entry = (await store.audit.of("c-2"))[-1]
    assert (await store.get("c-2")).status is Status.REFUSED
    assert entry.kind == "escalated"
    assert entry.details == {"status": "refused", "clause": REJECT.clause}
    assert (await store.audit.verify()).sound


async def test_reopening_takes_what_waits_and_respects_who_holds(store: Store) -> None:
    item = await flagged(store, "c-1")
    assert (await store.reopen("c-1", "m-1")).id == item
    assert (await store.reopen("c-1", "m-1", lease=timedelta(hours=1))).id == item
    with pytest.raises(Conflict, match="m-1 holds it"):
        await store.reopen("c-1", "m-2")
    await store.queue.release(item, "m-1")
    assert (await store.queue.get(item)).state is ItemState.WAITING
    with pytest.raises(NotFound):
        await store.reopen("c-404", "m-1")


async def test_an_edit_closes_a_reopened_item(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    item = await store.reopen("c-1", "m-1")
    await store.submit(comment("c-1", "نص آخر"), ALLOWED)
    with pytest.raises(Conflict) as caught:
        await store.queue.resolve(item.id, "m-1", REJECT)
    assert caught.value.reason == "superseded"
    assert (await store.get("c-1")).status is Status.PUBLISHED


async def test_moderators_who_reopen_at_once_get_one_item(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    answers = await asyncio.gather(
        *(store.reopen("c-1", f"m-{number}") for number in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Conflict) for answer in answers) == 1
