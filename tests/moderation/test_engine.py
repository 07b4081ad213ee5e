"""The engine: one path from comment to verdict, and what happens where the classifier fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moderation.comment import Comment
from moderation.engine import Engine
from moderation.span import Span
from moderation.text import Text
from moderation.verdict import Action
from rules.load import load_policy, load_rules


class Confident:
    """A detector at the seam: says one thing of everything."""

    version = "m1"

    def score(self, text: Text, signals: frozenset[str]) -> Mapping[str, float]:
        return {"person_insult": 0.99, "violation": 0.99}

    def explain(
        self, text: Text, labels: Sequence[str], signals: frozenset[str]
    ) -> Mapping[str, tuple[Span, ...]]:
        return dict.fromkeys(labels, (Span(0, len(text.original)),))


class Broken(Confident):
    def score(self, text: Text, signals: frozenset[str]) -> Mapping[str, float]:
        raise RuntimeError("out of memory")


CIVIL = Comment(id="1", text="شكرا على المقال المفيد")


def test_a_verdict_names_the_versions_that_judged() -> None:
    rules, policy = load_rules(), load_policy()
    verdict = Engine(rules, policy, Confident()).judge(CIVIL)
    assert verdict.versions.rules == rules.version
    assert verdict.versions.policy == policy.version
    assert verdict.versions.model == "m1"
    assert not verdict.degraded


def test_a_high_score_alone_flags_and_tells_which_stretch() -> None:
    verdict = Engine(load_rules(), load_policy(), Confident()).judge(CIVIL)
    assert verdict.action is Action.FLAG
    reason = verdict.reasons[0]
    assert str(reason.source) == "model:person_insult@m1"
    assert reason.spans == (Span(0, len(CIVIL.text)),)


def test_rules_go_on_where_the_classifier_fails() -> None:
    verdict = Engine(load_rules(), load_policy(), Broken()).judge(CIVIL)
    assert verdict.degraded
    assert verdict.scores == {}
    assert verdict.versions.model is None
    assert verdict.action is Action.ALLOW


def test_a_site_without_a_classifier_is_not_degraded() -> None:
    engine = Engine(load_rules(), load_policy(), expects_classifier=False)
    assert not engine.judge(CIVIL).degraded


RULES = """
pack: test
version: 1.0.0
description: a pack of a test
rules:
  - id: channel
    description: Advertises a channel
    clause: profanity
    severity: grave
    throttle: {by: author, matches: 3, within: 10m}
    when: {word: قناتي}
    examples: {match: [قناتي], no_match: [قنوات]}
  - id: dog
    description: An animal
    clause: person_insult
    severity: grave
    when: {word: كلب}
    examples: {match: [كلب], no_match: [جمل]}
  - id: donkey
    description: Another animal
    clause: person_insult
    severity: grave
    when: {word: حمار}
    examples: {match: [حمار], no_match: [جمل]}
  - id: event
    description: A word about an event
    clause: profanity
    severity: grave
    expires: 2026-06-01
    when: {word: زفت}
    examples: {match: [زفت], no_match: [جمل]}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine of a few rules: one throttled, one that ends, two of one clause."""
    (tmp_path / "test.yaml").write_text(RULES, "utf-8")
    return Engine(load_rules(tmp_path), load_policy(), expects_classifier=False)


def test_a_throttled_rule_waits_until_it_is_lifted(engine: Engine) -> None:
    comment = Comment("1", "قناتي")
    waiting = engine.judge(comment)
    assert waiting.action is Action.ALLOW
    assert waiting.reasons == ()
    assert [finding.source.name for finding in waiting.throttled] == ["test/channel"]
    acting = engine.judge(comment, lifted=frozenset({"test/channel"}))
    assert acting.action is Action.REJECT
    assert acting.throttled == ()
    assert [reason.source.name for reason in acting.reasons] == ["test/channel"]


def test_a_rule_whose_breaker_tripped_flags_and_never_rejects(engine: Engine) -> None:
    tripped = frozenset({"test/dog"})
    assert engine.judge(Comment("1", "كلب")).action is Action.REJECT
    verdict = engine.judge(Comment("1", "كلب"), flag_only=tripped)
    assert verdict.action is Action.FLAG
    assert [(reason.action, reason.flag_only) for reason in verdict.reasons] == [
        (Action.FLAG, True)
    ]


def test_other_rules_reject_beside_one_whose_breaker_tripped(engine: Engine) -> None:
    verdict = engine.judge(Comment("1", "كلب حمار"), flag_only=frozenset({"test/dog"}))
    assert verdict.action is Action.REJECT
    told = {reason.source.name: (reason.action, reason.flag_only) for reason in verdict.reasons}
    assert told == {
        "test/donkey": (Action.REJECT, False),
        "test/dog": (Action.FLAG, True),
    }


def test_a_rule_whose_breaker_tripped_is_no_signal_to_the_classifier(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text(RULES, "utf-8")
    heard: list[frozenset[str]] = []

    class Listening(Confident):
        def score(self, text: Text, signals: frozenset[str]) -> Mapping[str, float]:
            heard.append(signals)
            return {}

    engine = Engine(load_rules(tmp_path), load_policy(), Listening())
    engine.judge(Comment("1", "كلب"))
    engine.judge(Comment("1", "كلب"), flag_only=frozenset({"test/dog"}))
    assert "rule:test/dog" in heard[0]
    assert heard[1] == frozenset()


def test_an_old_decision_is_judged_again_as_of_its_time(engine: Engine) -> None:
    comment = Comment("1", "زفت")
    before = datetime(2026, 5, 31, tzinfo=UTC)
    assert engine.judge(comment, at=before).action is Action.REJECT
    assert engine.judge(comment, at=before + timedelta(days=2)).action is Action.ALLOW
