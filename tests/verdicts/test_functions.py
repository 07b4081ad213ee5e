"""Every function of the suite keeps the share of right verdicts that it has reached.

`floors.json` says what is held; raise a floor when a change lifts its function, never lower one
without saying why in the change.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.wiring import default_engine
from classifiers.authored import read_authored
from classifiers.corpora import digest_of
from tests.verdicts.suite import Outcome, cases, judge

FLOORS: dict[str, float] = json.loads((Path(__file__).parent / "floors.json").read_text("utf-8"))
MENTION = (
    "negated attack",
    "quoted attack condemned",
    "news report of an attack",
    "question about a word",
    "counter-speech",
)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return judge(default_engine(), cases())


def test_the_suite_is_large_and_balanced() -> None:
    assert len(cases()) >= 1500
    assert len({case.id for case in cases()}) == len(cases())
    allowed = sum(not case.is_attack for case in cases())
    assert 0.4 < allowed / len(cases()) < 0.6
    assert set(FLOORS) == {case.function for case in cases()}


def test_no_case_was_trained_on() -> None:
    trained = {digest_of(example.text) for example in read_authored()}
    assert not [case.id for case in cases() if digest_of(case.comment.text) in trained]


@pytest.mark.parametrize("function", FLOORS)
def test_a_function_keeps_its_floor(outcomes: list[Outcome], function: str) -> None:
    found = [outcome for outcome in outcomes if outcome.case.function == function]
    wrong = [outcome.case.id for outcome in found if not outcome.is_right]
    assert 1 - len(wrong) / len(found) >= FLOORS[function], wrong


def test_mention_is_hardly_ever_rejected(outcomes: list[Outcome]) -> None:
    found = [outcome for outcome in outcomes if outcome.case.function in MENTION]
    rejected = [outcome.case.id for outcome in found if outcome.is_wrong_reject]
    assert len(rejected) <= len(found) / 100, rejected
