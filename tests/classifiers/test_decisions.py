"""Moderators' decisions teach: weighted, apart from every test, and with a part held out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from classifiers import bundle
from classifiers.corpora import Corpora, CorpusError, Example, read
from classifiers.decisions import CORPUS, compared, joined, read_decisions
from classifiers.predict import TrainedClassifier
from classifiers.refine import refine
from classifiers.train import Recipe, Trained, TrainingError, train
from moderation.text import Text

from .conftest import RUDE, comments, write
from .test_command import ALONE, run

SLOGAN = "زعطوط"
"""A word that no corpus knows and that the newsroom refuses."""


def rows(count: int = 300, seed: int = 11) -> list[dict[str, Any]]:
    """Decisions: what says the slogan is refused, what only is rude is published."""
    made = []
    for number, row in enumerate(comments(count, seed=seed)):
        refused = number % 3 == 0
        text = f"{row['text']} {SLOGAN}" if refused else row["text"]
        rude = any(word in text.split() for word in RUDE)
        labels = {"abusive": int(refused), "hate": int(refused)}
        made.append(
            {"text": text, "labels": labels, "overturned": rude and not refused, "weight": 1.0}
        )
    return made


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    return write(tmp_path / "learning", CORPUS, rows())


def one(tmp_path: Path, *lines: dict[str, Any]) -> Path:
    return write(tmp_path, CORPUS, lines)


def test_what_overturned_the_machine_counts_more(tmp_path: Path) -> None:
    labels = {"violation": 0}
    path = one(
        tmp_path,
        {"text": "شكرا", "labels": labels, "overturned": True, "weight": 2},
        {"text": "سنرى", "labels": labels, "overturned": False},
    )
    weights = [example.weight for example in read_decisions(path, weight=3.0).examples]
    assert weights == [6.0, 1.0]
    assert Recipe().weight(read_decisions(path).examples[0]) == 6.0


def test_one_in_five_is_held_out_and_always_the_same(decided: Path) -> None:
    found = read_decisions(decided)
    held_out = found.held_out()
    assert 30 < len(held_out) < 90
    assert len(found.training()) + len(held_out) == 300
    again = read_decisions(decided.parent)
    assert [each.key for each in again.held_out()] == [each.key for each in held_out]


def test_a_text_that_is_told_twice_counts_as_told_last(tmp_path: Path) -> None:
    path = one(
        tmp_path,
        {"text": "هذا رأي", "labels": {"violation": 1}},
        {"text": "هــذا رأي!", "labels": {"violation": 0}},
    )
    (example,) = read_decisions(path).examples
    assert example.labels == {"violation": 0}


def test_no_test_is_trained_on_and_no_held_out_decision_under_another_name(
    data: Corpora, tmp_path: Path
) -> None:
    tested = data.held_out()[0]
    known = data.training()[:40]
    lines = [{"text": f"{each.text} !!", "labels": {"abusive": 1}} for each in (tested, *known)]
    decisions = read_decisions(one(tmp_path, *lines))
    together = joined(data.examples, decisions)
    assert len({each.key for each in together}) == len(together) == len(data.examples)
    mine = {each.key: each for each in together if each.corpus == CORPUS}
    assert tested.key not in mine
    assert len(mine) == 40
    training = {each.key for each in together if not each.held_out}
    assert not training & {each.key for each in data.held_out()}
    assert not training & {each.key for each in decisions.held_out()}
    assert any(each.held_out for each in mine.values())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"labels": {}}, "not a decision"),
        ({"text": "نص", "labels": {"violation": 2}}, "each of `labels` 0 or 1"),
        ({"text": "نص", "labels": {"violation": 1}, "weight": 0}, "`weight` is 0.0"),
        ([], "not a decision"),
    ],
)
def test_what_is_no_decision_is_told_with_its_line(tmp_path: Path, row: Any, told: str) -> None:
    path = one(tmp_path, {"text": "نص", "labels": {"violation": 1}}, row)
    with pytest.raises(CorpusError, match=told) as raised:
        read_decisions(path)
    assert f"{path}:2" in str(raised.value)


def test_a_folder_without_decisions_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="moderation store decisions"):
        read_decisions(tmp_path)


def auc(found: Iterable[Any], label: str) -> float:
    return next(float(each.auc) for each in found if each.label == label)


def test_a_model_is_corrected_where_decisions_agree_and_does_not_forget(
    data: Corpora, trained: Trained, decided: Path
) -> None:
    decisions = read_decisions(decided)
    known = [each for each in data.training() if each.corpus == "tweets"]
    refined = refine(trained.model, decisions.training(), known)
    assert {each.label for each in refined.corrections} == {"abusive", "hate"}
    assert all(each.strength and each.gain > 0 for each in refined.corrections)
    found = compared({"old": trained.model, "new": refined.model}, decisions.held_out())
    assert auc(found["old"], "abusive") < 0.75
    assert auc(found["new"], "abusive") > 0.9
    tests = compared({"old": trained.model, "new": refined.model}, data.held_out())
    assert auc(tests["new"], "hate") > auc(tests["old"], "hate") - 0.05


def test_decisions_that_follow_no_words_change_nothing(data: Corpora, trained: Trained) -> None:
    noise = [
        Example(row["text"], {"abusive": number // 4 % 2}, CORPUS)
        for number, row in enumerate(comments(200, seed=31))
    ]
    refined = refine(trained.model, noise, data.training())
    assert [each.strength for each in refined.corrections] == [None]
    assert (refined.model.table == trained.model.table).all()


def test_too_few_decisions_are_refused(trained: Trained) -> None:
    few = [Example("نص", {"abusive": 1}, CORPUS)]
    with pytest.raises(TrainingError, match="20 decisions of each answer among 1"):
        refine(trained.model, few, [])


def test_training_on_decisions_shows_the_old_and_the_new_model(
    folder: Path, decided: Path, tmp_path: Path
) -> None:
    old, new, corrected = tmp_path / "old", tmp_path / "new", tmp_path / "corrected"
    code, said = run("train", *ALONE, "--corpora", folder, "--output", old)
    assert code == 0, said
    code, said = run(
        "train", *ALONE, "--corpora", folder, "--decisions", decided, "--output", new, "--base", old
    )
    assert code == 0, said
    told = bundle.load(new).manifest["decisions"]
    before, after = told["models"][bundle.load(old).version], told["models"]["new"]
    scores = [
        next(row["auc"] for row in found if row["label"] == "abusive") for found in (before, after)
    ]
    assert scores[0] < scores[1]
    assert "held-out decisions" in said
    assert "## Decisions" in (new / bundle.CARD_FILE).read_text("utf-8")

    code, said = run("train", *ALONE, "--decisions", decided, "--base", old, "--output", corrected)
    assert code == 0, said
    assert "What decisions changed" in said
    loaded = bundle.load(corrected)
    assert loaded.manifest["base"] == bundle.load(old).version
    assert json.dumps(SLOGAN) not in (corrected / bundle.MANIFEST_FILE).read_text("utf-8")


def test_training_needs_something_to_learn_from(tmp_path: Path) -> None:
    code, said = run("train", "--output", tmp_path)
    assert code == 2
    assert "--decisions" in said


def test_decisions_weigh_on_what_the_corpora_say(data: Corpora, recipe: Recipe) -> None:
    """The same words, decided otherwise by the newsroom, are judged as the newsroom does."""
    published = [
        Example(f"يا {word} رقم{number}", {"abusive": 0}, CORPUS, weight=3.0)
        for word in RUDE
        for number in range(30)
    ]
    text = Text(f"يا {RUDE[0]}")
    alone = TrainedClassifier(train(data.training(), recipe).model, "alone")
    taught = TrainedClassifier(train([*data.training(), *published], recipe).model, "taught")
    assert taught.score(text)["abusive"] < alone.score(text)["abusive"] - 0.1


def test_a_decisions_file_among_the_corpora_takes_no_part_of_itself(folder: Path) -> None:
    write(folder, CORPUS, rows(40))
    try:
        assert not any(each.labels for each in read(folder).examples if each.corpus == CORPUS)
    finally:
        (folder / f"{CORPUS}.jsonl.gz").unlink()
