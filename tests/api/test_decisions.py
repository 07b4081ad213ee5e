"""Moderators' decisions become a file to train on, without a name in it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api import decisions
from api.cli.store import write_decisions
from api.decisions import Decided, rows
from api.service import Service
from classifiers.decisions import FILE, OVERTURNED, read_decisions
from moderation.comment import Comment
from moderation.store.item import Outcome, Resolution
from rules.load import load_policy
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, Asking

POLICY = load_policy()
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def said(text: str, clause: str | None, moderator: str = "m-1", hour: int = 0) -> Decided:
    return Decided(text, clause, False, moderator, NOON + timedelta(hours=hour))


def test_an_approval_breaks_nothing_and_a_rejection_its_clause() -> None:
    made, _ = rows([said("شكرا", None), said("يا حمار", "person_insult")], POLICY)
    approved, rejected = (row["labels"] for row in made)
    assert approved == {**dict.fromkeys(POLICY.clauses, 0), "violation": 0}
    assert rejected == {"person_insult": 1, "violation": 1}


def test_a_moderators_last_word_counts() -> None:
    made, disputed = rows([said("رأي", None, hour=2), said("رأي!!", "profanity", hour=1)], POLICY)
    assert disputed == 0
    assert [row["labels"]["violation"] for row in made] == [0]


def test_what_moderators_disagree_on_is_left_out() -> None:
    made, disputed = rows([said("رأي", None), said("رأي", "profanity", "m-2", 1)], POLICY)
    assert (made, disputed) == ([], 1)


def test_two_clauses_for_one_text_are_both_broken() -> None:
    made, _ = rows([said("نص", "profanity"), said("نص", "person_insult", "m-2", 1)], POLICY)
    assert made[0]["labels"] == {"profanity": 1, "person_insult": 1, "violation": 1}
    assert made[0]["weight"] == 2.0


async def decide(service: Service, comment: str, moderator: str, clause: str | None = None) -> str:
    record = await service.store.get(comment)
    assert record.item
    outcome = Outcome.REJECT if clause else Outcome.APPROVE
    await service.store.queue.take(record.item, moderator)
    await service.store.queue.resolve(record.item, moderator, Resolution(outcome, clause))
    return record.item


@pytest.mark.anyio
async def test_the_store_tells_what_stands(service: Service, form: Asking, tmp_path: Path) -> None:
    """Upheld, overturned, overturned by appeal, undone, and what no moderator saw."""
    for name, text in (
        ("upheld", BORDERLINE),
        ("overturned", f"{BORDERLINE} قلت"),
        ("undone", f"{BORDERLINE} عدت"),
        ("nobody", CIVIL),
        ("appealed", OBSCENE),
    ):
        await form.submit(text, name)
    clause = (await service.store.get("upheld")).revision.verdict.reasons[0].clause
    await decide(service, "upheld", "m-secret-1", clause)
    await decide(service, "overturned", "m-secret-1")
    item = await decide(service, "undone", "m-secret-1")
    await service.store.queue.undo(item, "m-secret-1")
    await service.store.appeal("appealed", "لم أقصد ذلك")
    await decide(service, "appealed", "m-secret-2")

    written = await decisions.write(tmp_path, service.store, POLICY)
    assert (written.rows, written.decisions, written.disputed) == (3, 3, 0)
    path = tmp_path / FILE
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        told = lines.read()
    assert "secret" not in told
    found = {example.text: example for example in read_decisions(path).examples}
    assert found[BORDERLINE].labels[clause] == 1
    assert found[BORDERLINE].raw == ""
    assert found[f"{BORDERLINE} قلت"].raw == found[OBSCENE].raw == OVERTURNED
    assert found[OBSCENE].weight == 3.0
    assert all(set(json.loads(line)) == FIELDS for line in told.splitlines())


FIELDS = {"text", "labels", "overturned", "weight"}


@pytest.mark.anyio
async def test_half_of_an_emoji_does_not_stop_the_file(service: Service, tmp_path: Path) -> None:
    comment = Comment("half", f"{BORDERLINE} \ud83d")
    await service.store.submit(comment, service.equipment.engine.judge(comment))
    await decide(service, "half", "m-1")
    await decisions.write(tmp_path, service.store, POLICY)
    assert len(read_decisions(tmp_path).examples) == 1


def test_the_command_writes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODERATION_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("REDIS_URL", raising=False)
    write_decisions(tmp_path / "learning")
    assert "0 texts of 0 decisions" in capsys.readouterr().out
    assert (tmp_path / "learning" / FILE).is_file()
