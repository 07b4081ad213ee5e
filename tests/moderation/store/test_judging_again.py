"""The machine's decision replaced by another of its own."""

from __future__ import annotations

import pytest

from moderation.store import (
    Conflict,
    Decider,
    ItemState,
    Mark,
    NotFound,
    Outcome,
    ReviewKind,
    Status,
    Store,
)
from moderation.verdict import Action, Verdict
from tests.moderation.store.samples import ALLOWED, FLAGGED, REJECTED, Clock, comment, verdict
from tests.moderation.store.scenes import APPROVE, ESCALATE, flagged, kinds, resolved

pytestmark = pytest.mark.anyio


async def again(store: Store, judged: Verdict, name: str = "c-1") -> Status:
    record = await store.judge_again(name, judged, actor="admin", why="قاعدة خاطئة")
    assert record.revision.verdict == judged
    return record.status


async def test_what_a_rule_refused_is_published(store: Store, clock: Clock) -> None:
    await store.submit(comment(), REJECTED)
    clock.forward(hours=1)
    assert await again(store, ALLOWED) is Status.PUBLISHED
    record = await store.get("c-1")
    assert record.decision is not None
    assert (record.decision.by, record.decision.at) == (Decider.MACHINE, clock.now)
    assert record.decision.clause is None
    last = (await store.audit.of("c-1"))[-1]
    assert (last.kind, last.actor) == ("rejudged", "admin")
    assert (last.details["action"], last.details["why"]) == ("allow", "قاعدة خاطئة")
    assert [revision.verdict for revision in await store.revisions("c-1")] == [ALLOWED]
    assert (await store.audit.verify()).sound


async def test_what_waits_leaves_the_queue(store: Store) -> None:
    item = await flagged(store, "c-1")
    assert await again(store, ALLOWED) is Status.PUBLISHED
    assert (await store.queue.list()).items == ()
    closed = await store.queue.get(item)
    assert (closed.state, closed.verdict.action) == (ItemState.SUPERSEDED, Action.FLAG)
    assert (await store.get("c-1")).item is None


async def test_what_was_published_may_wait(store: Store) -> None:
    await store.submit(comment(), ALLOWED)
    assert await again(store, verdict(Action.FLAG, "profanity", score=0.95)) is Status.WAITING
    (item,) = (await store.queue.list()).items
    assert (item.clauses, item.severity, item.revision) == (("profanity",), 5, 1)
    assert await again(store, REJECTED) is Status.REFUSED
    assert await again(store, FLAGGED) is Status.WAITING
    assert (await store.queue.counts()).waiting == 1
    assert (await store.audit.verify()).sound


async def test_the_same_verdict_again_changes_nothing(store: Store) -> None:
    await store.submit(comment(), REJECTED)
    await again(store, ALLOWED)
    before = await store.audit.head()
    await again(store, ALLOWED)
    assert await store.audit.head() == before


async def test_a_moderators_decision_stands(store: Store) -> None:
    await resolved(store, "decided")
    escalated = await flagged(store, "escalated")
    await store.queue.take(escalated, "m-1")
    await store.queue.resolve(escalated, "m-1", ESCALATE)
    held = await flagged(store, "held")
    await store.queue.take(held, "m-1")
    for name, reason in (
        ("decided", "decided_by_moderator"),
        ("escalated", "decided_by_moderator"),
        ("held", "held"),
    ):
        before = await store.get(name)
        with pytest.raises(Conflict) as caught:
            await again(store, ALLOWED, name)
        assert caught.value.reason == reason
        assert await store.get(name) == before
    with pytest.raises(NotFound):
        await again(store, ALLOWED, "c-404")
    with pytest.raises(ValueError, match="the reason"):
        await store.judge_again("held", ALLOWED, actor="admin", why="")


async def test_a_lease_that_ran_out_stands_in_nobodys_way(store: Store, clock: Clock) -> None:
    await flagged(store, "c-1")
    await store.queue.claim("m-1")
    clock.forward(minutes=5)
    assert await again(store, ALLOWED) is Status.PUBLISHED
    assert await kinds(store, "c-1") == [
        ("submitted", ""),
        ("claimed", "m-1"),
        ("expired", "m-1"),
        ("rejudged", "admin"),
    ]


async def test_an_appeal_ends_where_the_comment_is_published(store: Store) -> None:
    await store.submit(comment(), REJECTED)
    await store.appeal("c-1", "لماذا")
    assert await again(store, verdict(Action.REJECT, "sanctities")) is Status.REFUSED
    (item,) = (await store.queue.list()).items
    assert (item.marks[0], item.appeal, item.clauses) == (Mark.APPEAL, "لماذا", ("sanctities",))
    assert await again(store, FLAGGED) is Status.WAITING
    (item,) = (await store.queue.list()).items
    assert item.appeal == "لماذا"
    assert await again(store, ALLOWED) is Status.PUBLISHED
    assert (await store.queue.list()).items == ()
    appeal = (await store.get("c-1")).appeal
    assert appeal is not None
    assert appeal.outcome is Outcome.APPROVE


async def test_the_watch_list_counts_as_before(store: Store) -> None:
    await store.submit(comment(), REJECTED)
    await store.review.add(ReviewKind.AUTHORS, "قارئ", by="admin")
    assert await again(store, ALLOWED) is Status.WAITING
    (item,) = (await store.queue.list()).items
    assert item.marks[-1] is Mark.ALWAYS_REVIEW


async def test_a_changed_judgement_is_found(store: Store) -> None:
    await store.submit(comment(), REJECTED)
    await again(store, ALLOWED)
    client, root = store._library.client, store._library.root
    for name, number in (("1.1", 2), ("1", 1)):
        await client.set(f"{root}:content:{name}:c-1", b"{}")
        broken = (await store.audit.verify()).broken
        assert broken is not None
        assert broken.number == number


async def test_an_edit_after_another_judgement_starts_afresh(store: Store) -> None:
    await store.submit(comment(), REJECTED)
    await again(store, ALLOWED)
    edited = await store.submit(comment(text="نص آخر"), FLAGGED)
    assert (edited.revision.number, edited.status) == (2, Status.WAITING)
    assert edited.item is not None
    await store.queue.take(edited.item, "m-1")
    await store.queue.resolve(edited.item, "m-1", APPROVE)
    verdicts = [revision.verdict for revision in await store.revisions("c-1")]
    assert verdicts == [ALLOWED, FLAGGED]
    assert (await store.audit.verify()).sound
