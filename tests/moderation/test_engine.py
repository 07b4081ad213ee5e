"""The engine: one path from comment to verdict, and what happens where the classifier fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
