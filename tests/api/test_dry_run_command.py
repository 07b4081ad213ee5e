"""`moderation rules dry-run`: files and the store, for people and for pipelines."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.dry_run import read_store
from api.service import Service
from api.settings import Settings
from moderation.comment import Comment
from moderation.store import Outcome, Resolution, Store
from moderation.verdict import Action
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE

SHIP = "سفينة"
ADDED = f"""
  - id: ship
    description: A ship
    clause: profanity
    severity: grave
    when: {{ word: [{SHIP}] }}
    examples: {{ match: [{SHIP}], no_match: [قارب] }}
"""


@pytest.fixture
def new(files: Path) -> Path:
    """The packs with a rule more."""
    folder = files / "new"
    folder.mkdir()
    pack = (files / "packs" / "terms.yaml").read_text("utf-8")
    (folder / "terms.yaml").write_text(pack.rstrip("\n") + ADDED, "utf-8")
    return folder


@pytest.fixture
def comments(files: Path) -> Path:
    path = files / "comments.jsonl"
    texts = [CIVIL, f"هذه {SHIP}", OBSCENE, f"{SHIP} أخرى \x1b[31m", "سفيهة"]
    lines = [json.dumps({"id": at, "text": text}) for at, text in enumerate(texts)]
    path.write_text("\n".join([*lines, "{"]) + "\n", "utf-8")
    return path


def run(settings: Settings, *arguments: str | Path) -> Result:
    environment = {
        "MODERATION_RULES": str(settings.rules),
        "MODERATION_POLICY": str(settings.policy),
        "MODERATION_CLASSIFIER": "false",
        "MODERATION_NAMESPACE": settings.namespace,
        "REDIS_URL": settings.redis_url,
    }
    command = ["rules", "dry-run", *map(str, arguments)]
    return CliRunner().invoke(app, command, env=environment)


def test_a_file_is_judged_by_both_without_a_store(
    settings: Settings, new: Path, comments: Path
) -> None:
    offline = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"})
    outcome = run(offline, new, "--file", comments)
    assert outcome.exit_code == 0, outcome.output
    told = outcome.stdout
    assert "terms/ship" in told
    assert f"allow → reject  هذه {SHIP}" in told
    assert "\x1b[31m" not in told
    assert "Near misses" in told
    assert "nearly سفينه" in told
    assert "5 comments" in told
    assert f"{comments}:6: the line is not JSON" in outcome.stderr


def test_rules_that_hit_nothing_are_counted_and_not_listed(
    settings: Settings, new: Path, comments: Path
) -> None:
    pack = new / "terms.yaml"
    unheard = ADDED.replace("id: ship", "id: boat").replace(SHIP, "طوف")
    pack.write_text(pack.read_text("utf-8") + unheard, "utf-8")
    told = run(settings, new, "--file", comments).stdout
    assert "terms/ship" in told
    assert "terms/boat" not in told
    assert "Rules that hit none of the comments: 1 added" in told


def test_json_says_everything(settings: Settings, new: Path, comments: Path) -> None:
    outcome = run(settings, new, "--file", comments, "--format", "json", "--samples", "1")
    told = json.loads(outcome.stdout)
    assert told["newly"] == {"allow": 0, "flag": 0, "reject": 2}
    assert [change["id"] for change in told["changes"]] == ["1", "3"]
    assert len(told["rejected"]) == 1
    assert told["unreadable"][0]["line"] == 6
    assert told["rejected"][0]["after"]["grounds"][0]["spans"] == [
        {"start": 4, "end": 9, "text": SHIP}
    ]


@pytest.mark.parametrize(("most", "code"), [("1", 1), ("2", 0)])
def test_a_pipeline_may_refuse_too_many_rejects(
    settings: Settings, new: Path, comments: Path, most: str, code: int
) -> None:
    outcome = run(settings, new, "--file", comments, "--fail-on-rejects", most)
    assert outcome.exit_code == code
    assert ("2 comments are newly rejected, more than 1" in outcome.stderr) is (code == 1)


def test_a_policy_can_be_tried_too(settings: Settings, files: Path, comments: Path) -> None:
    lenient = files / "lenient.yaml"
    policy = settings.policy.read_text("utf-8").replace(
        "action: reject, rule: 0.9", "action: flag, rule: 0.9"
    )
    lenient.write_text(policy, "utf-8")
    outcome = run(
        settings, settings.rules, "--new-policy", lenient, "--file", comments, "--format", "json"
    )
    told = json.loads(outcome.stdout)
    assert [(change["id"], change["after"]) for change in told["changes"]] == [("2", "flag")]
    assert told["changes"][0]["rules"] == ["terms/obscenity"]


def test_wrong_use_is_told(settings: Settings, new: Path, files: Path) -> None:
    empty = files / "empty.jsonl"
    empty.write_text("\n")
    for arguments, told in (
        ((files / "nowhere", "--file", empty), "there is no such folder"),
        ((new, "--file", empty), "no comment in the file"),
        ((new,), "no comment is recorded yet"),
        ((new, "--file", files / "policy.yaml"), "does not tell its form"),
    ):
        outcome = run(settings, *arguments)
        assert outcome.exit_code == 1, outcome.output
        assert told in outcome.output


async def _recorded(store: Store, service: Service) -> None:
    engine = service.equipment.engine
    texts = [CIVIL, f"هذه {SHIP}", f"{BORDERLINE} و{SHIP}", BORDERLINE, OBSCENE]
    for at, text in enumerate(texts):
        comment = Comment(f"c-{at}", text)
        record = await store.submit(comment, engine.judge(comment))
        if record.item is not None:
            outcome = (
                Resolution(Outcome.APPROVE) if at == 2 else Resolution(Outcome.REJECT, "profanity")
            )
            await store.queue.claim("m-1", count=1)
            await store.queue.resolve(record.item, "m-1", outcome)


@pytest.mark.anyio
async def test_recorded_comments_are_compared_with_what_moderators_decided(
    service: Service, settings: Settings, new: Path
) -> None:
    await _recorded(service.store, service)
    cases = await read_store(service.store, 4)
    assert [case.comment.id for case in cases] == ["c-1", "c-2", "c-3", "c-4"]
    assert [case.decided for case in cases] == [None, Outcome.APPROVE, Outcome.REJECT, None]
    assert cases[0].verdict is not None
    assert cases[0].verdict.action is Action.ALLOW
    outcome = await asyncio.to_thread(run, settings, new, "--format", "json")
    told = json.loads(outcome.stdout)
    assert told["judged"] == 5
    assert [change["id"] for change in told["changes"]] == ["c-1", "c-2"]
    assert told["moderators_after"]["approved"] == {"allow": 0, "flag": 0, "reject": 1}
    assert told["moderators_after"]["rejected"] == {"allow": 0, "flag": 1, "reject": 0}
    assert told["rejected"][0]["id"] == "c-2"
    assert told["rejected"][0]["why"][0] == "moderators approved it"
