"""Undoing what a rule or a version decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.rulebook.reverting import Plan
from api.service import Service
from moderation.store import NotFound, Outcome, Resolution, Status
from moderation.verdict import Action
from tests.api.asking import CIVIL, OBSCENE, Asking
from tests.api.test_rulebook import now, publish

pytestmark = pytest.mark.anyio

ANIMAL = "terms/animal"


def changes(plan: Plan) -> dict[str, tuple[Action, Action]]:
    return {
        change.record.id: (change.record.revision.verdict.action, change.verdict.action)
        for change in plan.changes
    }


async def status(service: Service, comment: str) -> Status:
    return (await service.store.get(comment)).status


async def test_a_plan_shows_what_would_change_and_changes_nothing(
    service: Service, form: Asking
) -> None:
    await form.submit("يا كلب", "insult")
    await form.submit("يا كلب يا قحبة", "both")
    await form.submit(OBSCENE, "obscene")
    await form.submit(CIVIL, "civil")
    plan = await service.rulebook.revert_plan(rule=ANIMAL)
    assert changes(plan) == {
        "insult": (Action.FLAG, Action.ALLOW),
        "both": (Action.REJECT, Action.REJECT),
    }
    assert await status(service, "insult") is Status.WAITING
    assert (await service.store.queue.counts()).waiting == 1


async def test_reverting_a_rule_publishes_what_it_alone_held_back(
    service: Service, form: Asking
) -> None:
    await form.submit("يا كلب", "insult")
    await form.submit("يا كلب يا قحبة", "both")
    plan = await service.rulebook.revert_plan(rule=ANIMAL)
    told: list[tuple[int, int | None]] = []
    done = await service.rulebook.revert(
        plan, by="zahra", why="too wide", progress=lambda *step: told.append(step)
    )
    assert (len(done.done), done.left, told[-1]) == (2, (), (2, 2))
    assert await status(service, "insult") is Status.PUBLISHED
    assert await status(service, "both") is Status.REFUSED
    verdict = (await service.store.get("both")).revision.verdict
    assert [reason.source.name for reason in verdict.reasons] == ["terms/obscenity"]
    assert verdict.versions.rules.endswith(f"without {ANIMAL}")
    entry = (await service.store.audit.of("insult"))[-1]
    assert (entry.kind, entry.actor, entry.details["why"]) == ("rejudged", "zahra", "too wide")
    assert changes(await service.rulebook.revert_plan(rule=ANIMAL)) == {}


async def test_what_moderators_decided_is_listed_and_left(
    service: Service, form: Asking, moderator: Asking
) -> None:
    await form.submit("يا كلب", "decided")
    (item,) = await service.store.queue.claim(moderator.key)
    await service.store.queue.resolve(
        item.id, moderator.key, Resolution(Outcome.REJECT, "person_insult")
    )
    plan = await service.rulebook.revert_plan(rule=ANIMAL)
    assert changes(plan) == {}
    assert [record.id for record in plan.by_moderators] == ["decided"]
    await service.rulebook.revert(plan, by="zahra", why="too wide")
    assert await status(service, "decided") is Status.REFUSED


async def test_what_a_moderator_took_meanwhile_is_left(
    service: Service, form: Asking, moderator: Asking
) -> None:
    await form.submit("يا كلب", "taken")
    plan = await service.rulebook.revert_plan(rule=ANIMAL)
    await service.store.queue.claim(moderator.key)
    done = await service.rulebook.revert(plan, by="zahra", why="too wide")
    ((comment, reason),) = done.left
    assert (comment, done.done) == ("taken", ())
    assert "holds it" in reason


async def test_reverting_a_version_judges_by_the_one_before(service: Service, form: Asking) -> None:
    await form.submit("يا حمار", "before")
    version = await publish(service, "حمار")
    await form.submit("يا حمار", "under")
    await form.submit("يا كلب", "insult")
    plan = await service.rulebook.revert_plan(version=version)
    assert changes(plan) == {"under": (Action.FLAG, Action.ALLOW)}
    assert plan.same == 1
    await service.rulebook.revert(plan, by="zahra", why="too wide")
    assert await status(service, "under") is Status.PUBLISHED
    assert await status(service, "insult") is Status.WAITING


async def test_only_what_came_since_a_time(service: Service, form: Asking) -> None:
    await form.submit("يا كلب", "old")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert changes(await service.rulebook.revert_plan(rule=ANIMAL, since=later)) == {}


async def test_nothing_came_before_the_first_version(service: Service) -> None:
    with pytest.raises(NotFound, match="no version came before"):
        await service.rulebook.revert_plan(version=await now(service))


async def test_one_thing_is_named(service: Service) -> None:
    with pytest.raises(ValueError, match="a rule or a version"):
        await service.rulebook.revert_plan()
