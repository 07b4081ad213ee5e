"""Statistics: whatever happens, they are what counting records and items by hand gives."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.store import Conflict, Item, NotFound, Outcome, Resolution, Status, Store
from moderation.store.counting import end_of, step_of
from moderation.store.projection import Progress
from moderation.store.record import Decider
from moderation.store.statistics import (
    Agreement,
    AppealNumbers,
    ModeratorNumbers,
    RuleNumbers,
    Statistics,
    Waits,
)
from moderation.verdict import Action
from tests.moderation.store.samples import ALLOWED, FLAGGED, REJECTED, Clock, comment, verdict
from tests.moderation.store.scenes import APPROVE, ESCALATE, REJECT, flagged, resolved

DAY = timedelta(days=1)
RULE = "insults/dog"


async def counted(store: Store, clock: Clock, back: timedelta = DAY) -> Statistics:
    """The statistics up to now, counted."""
    await store.statistics.catch_up()
    return await store.statistics.between(clock.now - back, clock.now + timedelta(seconds=1))


@pytest.mark.anyio
class TestCounting:
    async def test_submissions_by_action_and_what_became_of_them(
        self, store: Store, clock: Clock
    ) -> None:
        await store.review.add("sections", "أمن", by="m-1")
        for name, judged in (("a", ALLOWED), ("f", FLAGGED), ("r", REJECTED), ("r2", REJECTED)):
            await store.submit(comment(name), judged, dialect="gulf")
        await store.submit(comment("r", "نص آخر"), verdict(Action.REJECT, "profanity", model=None))
        found = await counted(store, clock)
        assert found.judged == {Action.ALLOW: 1, Action.FLAG: 1, Action.REJECT: 3}
        # Under the watch list, what is allowed waits.
        assert found.became == {Status.PUBLISHED: 0, Status.WAITING: 2, Status.REFUSED: 3}
        assert (found.comments, found.revised, found.degraded) == (5, 1, 1)
        assert found.dialects == {"gulf": 4}
        assert found.clauses["profanity"].reject == 3
        assert found.clauses["profanity"].refused_by_machine == 3
        assert found.clauses["person_insult"].flag == 1
        assert found.rules == {RULE: RuleNumbers(hits=4, alone=4)}
        assert found.labels == {"profanity": RuleNumbers(shadow=5)}

    async def test_a_decision_upholds_or_overturns_each_rule(
        self, store: Store, clock: Clock
    ) -> None:
        other = Resolution(Outcome.REJECT, "profanity")
        for number, resolution in enumerate((APPROVE, REJECT, REJECT, other, ESCALATE)):
            await resolved(store, f"c-{number}", f"m-{number % 2}", resolution)
        found = await counted(store, clock)
        assert found.rules[RULE].agreement == Agreement(upheld=2, overturned=1, otherwise=1)
        assert found.clauses["person_insult"].agreement == Agreement(2, 1, 1)
        assert found.clauses["person_insult"].refused_by_moderators == 2
        assert found.clauses["profanity"].refused_by_moderators == 1
        assert found.decided == {Outcome.APPROVE: 1, Outcome.REJECT: 3, Outcome.ESCALATE: 1}
        assert found.moderators == {
            "m-0": ModeratorNumbers(approve=1, reject=1, escalate=1),
            "m-1": ModeratorNumbers(reject=2),
        }

    async def test_what_was_undone_is_taken_out_where_it_was_counted(
        self, store: Store, clock: Clock
    ) -> None:
        item = await resolved(store, "c-1")
        assert (await counted(store, clock)).rules[RULE].upheld == 1
        clock.forward(hours=3)
        await store.queue.undo(item, "m-2", late=True, anybody=True)
        await store.queue.resolve(item, "m-2", APPROVE)
        found = await counted(store, clock)
        assert found.decided[Outcome.REJECT] == 0
        assert found.undone == 1
        assert found.moderators == {"m-2": ModeratorNumbers(approve=1, undone=1)}
        assert found.rules[RULE].agreement == Agreement(overturned=1)
        assert [point.decided[Outcome.REJECT] for point in found.points] == [0] * len(found.points)
        assert found.points[-1].decided[Outcome.APPROVE] == 1

    async def test_time_to_decision(self, store: Store, clock: Clock) -> None:
        for number in range(10):
            await flagged(store, f"c-{number}")
        for number in range(10):
            clock.forward(minutes=1)
            (item,) = await store.queue.claim("m-1")
            await store.queue.resolve(item.id, "m-1", APPROVE)
            assert item.comment.id == f"c-{number}"
        found = await counted(store, clock)
        assert found.waits.number == 10
        for share, minutes in ((0.5, 5), (0.9, 9), (1.0, 10)):
            told = found.waits.quantile(share)
            assert told is not None
            assert 0.8 <= told / timedelta(minutes=minutes) <= 1.2

    async def test_appeals_and_what_came_of_them(self, store: Store, clock: Clock) -> None:
        await store.submit(comment("by-machine"), REJECTED)
        await resolved(store, "by-moderator", "m-1", REJECT)
        for name, resolution in (("by-machine", APPROVE), ("by-moderator", REJECT)):
            item = await store.appeal(name, "لماذا")
            clock.forward(hours=1)
            await store.queue.take(item.id, "m-2")
            await store.queue.resolve(item.id, "m-2", resolution)
        found = await counted(store, clock)
        assert found.appeals == AppealNumbers(made=2, approve=1, reject=1)
        told = {(each.way, each.by, each.status): (each.kept, each.changed) for each in found.again}
        assert told == {
            ("appeal", Decider.MACHINE, Status.REFUSED): (0, 1),
            ("appeal", Decider.MODERATOR, Status.REFUSED): (1, 0),
        }
        assert (found.waits.number, found.appeal_waits.number) == (1, 2)

    async def test_what_the_machine_let_pass_and_a_moderator_refused(
        self, store: Store, clock: Clock
    ) -> None:
        await store.submit(comment("c-1"), ALLOWED)
        item = await store.reopen("c-1", "m-1")
        await store.queue.resolve(item.id, "m-1", REJECT)
        found = await counted(store, clock)
        assert found.clauses["person_insult"].missed == 1
        (again,) = found.again
        assert (again.way, again.by, again.changed) == ("review", Decider.MACHINE, 1)
        # It did not wait in the queue.
        assert found.waits.number == 0

    async def test_by_rule_counts_days(self, store: Store, clock: Clock) -> None:
        await store.submit(comment("old"), FLAGGED)
        clock.forward(days=2)
        await store.submit(comment("new"), FLAGGED)
        await store.statistics.catch_up()
        assert (await store.statistics.by_rule(1))[RULE].hits == 1
        assert (await store.statistics.by_rule(3))[RULE].hits == 2
        assert await store.statistics.by_rule(0) == {}

    async def test_how_old_the_queue_is(self, store: Store, clock: Clock) -> None:
        assert (await store.statistics.waiting()).oldest is None
        begun = clock.now
        for number in range(3):
            # The gravest come first in the queue, and are not the oldest.
            await flagged(store, f"c-{number}", score=0.1 + 0.4 * number)
            clock.forward(minutes=1)
        # Who holds it does not end its wait.
        await store.queue.take("1", "m-1")
        found = await store.statistics.waiting()
        assert found.oldest == begun
        assert found.median == begun + timedelta(minutes=1)


@pytest.mark.anyio
class TestPeriods:
    async def test_hours_at_the_ends_and_days_between(self, store: Store, clock: Clock) -> None:
        begun = clock.now + timedelta(hours=6)
        for number in range(12):
            await store.submit(comment(f"c-{number}"), ALLOWED)
            clock.forward(hours=6)
        await store.statistics.catch_up()
        found = await store.statistics.between(begun, begun + timedelta(hours=48))
        assert found.comments == 8
        assert sum(point.judged[Action.ALLOW] for point in found.points) == 8
        assert len(found.points) == 48
        long = await store.statistics.between(begun, begun + timedelta(days=20))
        assert (len(long.points), long.step) == (21, DAY)
        assert long.comments == 11

    async def test_an_end_that_is_old_is_rounded_to_its_day(
        self, store: Store, clock: Clock
    ) -> None:
        begun = clock.now
        await store.submit(comment(), ALLOWED)
        clock.forward(days=100)
        await store.submit(comment("new"), ALLOWED)
        await store.statistics.catch_up()
        found = await store.statistics.between(
            begun + timedelta(hours=5), begun + timedelta(hours=7)
        )
        assert (found.since, found.until, found.comments) == (begun, begun + DAY, 1)

    async def test_after_their_time_counts_are_dropped(self, store: Store, clock: Clock) -> None:
        begun = clock.now
        item = await resolved(store, "c-1")
        await store.statistics.catch_up()
        clock.forward(days=801)
        await store.submit(comment("new"), ALLOWED)
        # What is gone stays gone, also where something of it is taken back.
        await store.queue.undo(item, "m-1", late=True)
        await store.statistics.catch_up()
        found = await store.statistics.between(begun, begun + DAY)
        assert (found.comments, found.decisions, found.rules) == (0, 0, {})
        keys = [key async for key in store._library.client.scan_iter("*:statistics:*:*")]
        mine = [key for key in keys if key.decode().startswith(store._library.root)]
        assert len(mine) == 2

    @pytest.mark.parametrize(
        ("since", "until"),
        [
            (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
            (datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC)),  # noqa: DTZ001
        ],
    )
    async def test_what_is_no_period(self, store: Store, since: datetime, until: datetime) -> None:
        with pytest.raises(ValueError, match="period"):
            await store.statistics.between(since, until)


@pytest.mark.anyio
class TestProjection:
    async def test_nothing_is_cut_before_it_was_counted(
        self, store: Store, clock: Clock, tmp_path: Path
    ) -> None:
        begun = clock.now
        await resolved(store, "c-1")
        clock.forward(days=60)
        await store.retention.archive(tmp_path, timedelta(days=30))
        found = await store.statistics.between(begun, begun + DAY)
        assert (found.comments, found.rules[RULE].agreement.upheld) == (1, 1)

    async def test_a_recount_keeps_days_of_which_entries_were_archived(
        self, store: Store, clock: Clock, tmp_path: Path
    ) -> None:
        begun = clock.now
        item = await resolved(store, "c-1")
        clock.forward(days=40)
        await resolved(store, "c-2")
        clock.forward(hours=30)
        await resolved(store, "c-3")
        clock.forward(days=1)
        await resolved(store, "c-4")
        clock.forward(days=5)
        before = await counted(store, clock, timedelta(days=50))
        await store.retention.archive(tmp_path, timedelta(days=7))
        await store.statistics.begin_again()
        assert await counted(store, clock, timedelta(days=50)) == before
        assert before.decisions == 4
        with pytest.raises(NotFound):
            await store.queue.get(item)
        assert (await store.statistics.between(begun, begun + DAY)).decisions == 1

    async def test_several_services_count_each_entry_once(
        self, store: Store, clock: Clock, store_url: str
    ) -> None:
        for number in range(250):
            await store.submit(comment(f"c-{number}"), FLAGGED)
        namespace = store._library.root.strip("{}")
        async with await Store.open(store_url, namespace=namespace, clock=clock) as other:
            done = await asyncio.gather(
                *(each.statistics.catch_up() for each in (store, other, store, other))
            )
        assert sum(done) == 250
        assert (await counted(store, clock)).comments == 250
        assert await store.statistics.progress() == Progress(250, 250)


def test_waiting_times_are_told_to_a_fifth() -> None:
    for seconds in (0, 0.4, 1, 1.1, 59, 3600, 86_400, 900_000):
        step = step_of(round(seconds * 1000))
        assert seconds <= end_of(step) <= max(1, 1.2 * seconds)
    assert Waits().quantile(0.5) is None


# Few of each, so that events meet.
comments = st.integers(0, 2)
items = st.integers(1, 6)
moderators = st.sampled_from(("m-1", "m-2"))
resolutions = st.sampled_from((APPROVE, REJECT, Resolution(Outcome.REJECT, "profanity"), ESCALATE))
events = st.one_of(
    st.tuples(
        st.just("submit"),
        comments,
        st.sampled_from("أب"),
        st.sampled_from((ALLOWED, FLAGGED, FLAGGED, REJECTED)),
    ),
    st.tuples(st.just("resolve"), items, moderators, resolutions),
    st.tuples(st.just("resolve"), items, moderators, resolutions),
    st.tuples(st.just("undo"), items, moderators),
    st.tuples(st.just("appeal"), comments),
    st.tuples(st.just("reopen"), comments, moderators),
    st.tuples(st.just("wait"), st.sampled_from((1, 600, 4000))),
    st.tuples(st.just("count")),
)
Event = tuple[str, *tuple[object, ...]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(course=st.lists(events, min_size=15, max_size=50))
def test_any_course_of_events_counts_as_records_and_items_say(
    store_url: str, course: list[Event]
) -> None:
    asyncio.run(_follow(store_url, course))


async def _follow(url: str, course: list[Event]) -> None:
    clock = Clock()
    async with await Store.open(url, namespace=uuid4().hex, clock=clock) as store:
        for event in course:
            with suppress(Conflict, NotFound):
                await _happen(store, clock, event)
        found = await counted(store, clock)
        await _compare(store, found)
        await store.statistics.begin_again()
        assert await counted(store, clock) == found


async def _happen(store: Store, clock: Clock, event: Event) -> None:
    match event:
        case ("submit", int(place), str(text), judged):
            await store.submit(comment(f"c-{place}", text), judged)  # type: ignore[arg-type]
        case ("resolve", int(item), str(moderator), Resolution() as resolution):
            await store.queue.take(str(item), moderator)
            await store.queue.resolve(str(item), moderator, resolution)
        case ("undo", int(item), str(moderator)):
            await store.queue.undo(str(item), moderator, late=True, anybody=True)
        case ("appeal", int(place)):
            await store.appeal(f"c-{place}", "لماذا")
        case ("reopen", int(place), str(moderator)):
            await store.reopen(f"c-{place}", moderator)
        case ("wait", int(seconds)):
            clock.forward(seconds=seconds)
        case ("count",):
            await store.statistics.catch_up()


async def _compare(store: Store, found: Statistics) -> None:
    revisions = [each for place in range(3) for each in await store.revisions(f"c-{place}")]
    assert found.comments == len(revisions)
    assert found.judged == {
        action: sum(each.verdict.action is action for each in revisions) for action in Action
    }
    assert found.rules.get(RULE, RuleNumbers()).hits == sum(
        bool(each.verdict.reasons) for each in revisions
    )
    entries = await store.audit.read()
    reopened = {entry.item for entry in entries if entry.kind == "reopened"}
    made = [item for item in [await _item(store, number) for number in range(1, 60)] if item]
    standing = [
        (item, item.resolved)
        for item in made
        if item.resolved
        and not item.resolved.undone
        and item.resolved.resolution.outcome is not Outcome.ESCALATE
    ]
    assert found.decisions == len(standing)
    for moderator in ("m-1", "m-2"):
        mine = [each for _, each in standing if each.moderator == moderator]
        assert found.moderators.get(moderator, ModeratorNumbers()).decided == len(mine)
    judged = Counter(
        _judgement(item, each.resolution)
        for item, each in standing
        if item.verdict.action is not Action.ALLOW
    )
    agreement = found.rules.get(RULE, RuleNumbers()).agreement
    assert (agreement.upheld, agreement.overturned, agreement.otherwise) == (
        judged["upheld"],
        judged["overturned"],
        judged["otherwise"],
    )
    waited = Counter(
        step_of((each.at - item.queued) // timedelta(milliseconds=1))
        for item, each in standing
        if item.appeal is None and item.id not in reopened
    )
    assert Counter(found.waits.steps) == waited
    assert found.appeals.made == sum(item.appeal is not None for item in made)
    assert sum(point.judged[Action.FLAG] for point in found.points) == found.judged[Action.FLAG]


def _judgement(item: Item, resolution: Resolution) -> str:
    if resolution.outcome is Outcome.APPROVE:
        return "overturned"
    return "upheld" if resolution.clause in item.clauses else "otherwise"


async def _item(store: Store, number: int) -> Item | None:
    try:
        return await store.queue.get(str(number))
    except NotFound:
        return None
