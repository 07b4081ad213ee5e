"""Rules and policy that change while the service runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from api.service import Service, running
from api.settings import Settings
from rules.errors import RulesError
from tests.api.asking import BORDERLINE, OBSCENE, Asking
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio


async def until_rules(service: Service, changed_from: str) -> None:
    """Waits until other rules serve."""
    await eventually_true(lambda: service.equipment.engine.rules.version != changed_from)


async def test_a_changed_rule_is_live(service: Service, form: Asking, files: Path) -> None:
    assert (await form.submit("يا حمار"))["status"] == "published"
    await asyncio.sleep(0.3)
    pack, before = files / "packs" / "terms.yaml", service.equipment.engine.rules.version
    pack.write_text(pack.read_text("utf-8").replace("[كلب]", "[كلب, حمار]"), "utf-8")
    await until_rules(service, before)
    assert (await form.submit("يا حمار", "c-2"))["status"] == "waiting"


async def test_a_broken_rule_file_leaves_the_last_good_set(
    service: Service, form: Asking, editor: Asking, files: Path
) -> None:
    await asyncio.sleep(0.3)
    pack = files / "packs" / "terms.yaml"
    good = pack.read_text("utf-8")
    pack.write_text(good.replace("severity: grave", "gravity: grave", 1), "utf-8")
    await eventually_true(lambda: bool(service.rule_problems))
    assert (await form.submit(OBSCENE))["status"] == "refused"
    shown = (await form.get("/readyz")).json()
    assert shown["status"] == "degraded"
    assert all(place.startswith("terms.yaml:") for place in shown["rules"]["problems"])
    assert "gravity" not in str(shown)
    explained = (await editor.get("/readyz")).json()["rules"]["problems"]
    assert any(str(pack) in line and "gravity" in line for line in explained)
    pack.write_text(good, "utf-8")
    await eventually_true(lambda: not service.rule_problems)
    assert (await form.get("/readyz")).json()["status"] == "ready"


async def test_a_changed_policy_is_live(service: Service, form: Asking, files: Path) -> None:
    await asyncio.sleep(0.3)
    policy = files / "policy.yaml"
    before = service.equipment.policy.version
    changed = policy.read_text("utf-8").replace("rule: 0.9 }", "rule: 0.7 }", 1)
    # As editors do: a new file takes the place of the old one.
    (files / "new").write_text(changed, "utf-8")
    (files / "new").replace(policy)
    await eventually_true(lambda: service.equipment.policy.version != before)
    assert (await form.submit(BORDERLINE))["status"] == "refused"


async def test_broken_rules_at_the_start_are_an_error(settings: Settings) -> None:
    (settings.rules / "terms.yaml").write_text("pack: [", "utf-8")
    with pytest.raises(RulesError, match=r"terms\.yaml:"):
        async with running(settings):
            pass
