"""The policy: which findings lead to which action, and in which order reasons are told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from moderation.finding import Finding, Source
from moderation.policy import Policy, decide
from moderation.verdict import Action


def wording(text: str = "x") -> dict[str, str]:
    return {"ar": text, "en": text}


def policy(**changes: Any) -> Policy:
    clause = {"text": wording(), "message": wording()}
    declared: dict[str, Any] = {
        "version": "1",
        "clauses": {
            "profanity": {**clause, "labels": ["profanity"]},
            "person_insult": {**clause, "labels": ["abusive"]},
        },
        "steps": [
            {"action": "reject", "rule": 0.9},
            {"action": "reject", "rule": 0.7, "score": 0.8},
            {"action": "flag", "rule": 0.45},
            {"action": "flag", "score": 0.8},
        ],
        "mention": {"rule_at_most": 0.5},
    }
    return Policy.model_validate({**declared, **changes})


def by_rule(score: float, clause: str = "profanity", **changes: Any) -> Finding:
    return Finding(clause, score, Source("rule", f"pack/{score}", "1.0.0"), **changes)


def by_model(score: float, clause: str = "profanity") -> Finding:
    return Finding(clause, score, Source("model", clause, "m"))


@pytest.mark.parametrize(
    ("findings", "scores", "action"),
    [
        ([], {}, Action.ALLOW),
        ([by_rule(0.95)], {}, Action.REJECT),
        ([by_rule(0.75)], {}, Action.FLAG),
        ([by_rule(0.75)], {"profanity": 0.85}, Action.REJECT),
        ([by_rule(0.75)], {"abusive": 0.99}, Action.FLAG),
        ([by_rule(0.25)], {}, Action.ALLOW),
        ([by_model(0.85)], {"profanity": 0.85}, Action.FLAG),
        ([by_rule(0.95, mention=True)], {}, Action.FLAG),
        ([by_rule(0.95, shadow=True)], {}, Action.ALLOW),
        ([by_rule(0.95, clause="unknown")], {}, Action.ALLOW),
    ],
)
def test_the_first_step_that_holds_decides(
    findings: list[Finding], scores: dict[str, float], action: Action
) -> None:
    assert decide(policy(), findings, scores)[0] is action


def test_a_clause_may_have_a_ladder_of_its_own() -> None:
    clauses = policy().model_dump()["clauses"]
    clauses["profanity"]["steps"] = [{"action": "flag", "rule": 0.1}]
    gentle = policy(clauses=clauses)
    assert decide(gentle, [by_rule(0.95)], {})[0] is Action.FLAG
    assert decide(gentle, [by_rule(0.95, "person_insult")], {})[0] is Action.REJECT


def test_the_gravest_reason_comes_first() -> None:
    findings = [by_rule(0.5, "person_insult"), by_rule(0.95), by_rule(0.6, "person_insult")]
    _, reasons = decide(policy(), findings, {})
    assert [(reason.clause, reason.score) for reason in reasons] == [
        ("profanity", 0.95),
        ("person_insult", 0.6),
        ("person_insult", 0.5),
    ]


def test_order_of_findings_does_not_matter() -> None:
    findings = [by_rule(0.5), by_rule(0.95), by_model(0.8), by_rule(0.5, "person_insult")]
    scores = {"profanity": 0.8}
    assert decide(policy(), findings, scores) == decide(policy(), findings[::-1], scores)


def test_the_floor_of_a_clause_is_its_lowest_score_step() -> None:
    assert policy().score_floors["profanity"] == 0.8
    assert policy(steps=[{"action": "flag", "rule": 0.5}]).score_floors["profanity"] > 1


SUSPICIOUS = [
    {"action": "reject", "rule": 0.9},
    {"action": "flag", "rule": 0.2, "suspicion": 0.5},
    {"action": "flag", "suspicion": 0.9},
]


@pytest.mark.parametrize(
    ("findings", "scores", "action"),
    [
        ([by_rule(0.25)], {"violation": 0.6}, Action.FLAG),
        ([by_rule(0.25)], {"violation": 0.4}, Action.ALLOW),
        ([by_rule(0.95, mention=True)], {"violation": 0.6}, Action.FLAG),
        ([by_rule(0.95, mention=True)], {"violation": 0.4}, Action.ALLOW),
        ([by_model(0.95)], {"violation": 0.95, "profanity": 0.2}, Action.FLAG),
        ([by_model(0.95)], {"violation": 0.95, "abusive": 0.2}, Action.ALLOW),
        ([], {"violation": 0.95}, Action.ALLOW),
    ],
)
def test_suspicion_speaks_for_what_rules_found_and_for_the_likeliest_clause(
    findings: list[Finding], scores: dict[str, float], action: Action
) -> None:
    suspicious = policy(steps=SUSPICIOUS, suspicion="violation", mention={"rule_at_most": 0.3})
    assert decide(suspicious, findings, scores)[0] is action


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": []},
        {"steps": [{"action": "flag"}]},
        {"steps": [{"action": "flag", "rule": 1.5}]},
        {"steps": [{"action": "delete", "rule": 0.5}]},
        {"clauses": {}},
        {"colour": "red"},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**changes)
