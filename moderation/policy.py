"""The publication terms as a policy: findings in, one action and ordered reasons out.

The policy is a file (see `rules/policy.yaml` for the default and `docs/policy.md`). Each clause
has steps; the first step that holds gives the action of that clause, and the gravest action of all
clauses is the comment's. A step holds when the clause's strongest rule reaches `rule` and its
highest classifier score reaches `score`; either may be left out, not both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moderation.finding import Finding
from moderation.verdict import Action, Reason

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(_Declared):
    """One text in Arabic and English."""

    ar: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Step(_Declared):
    """One line of a ladder: the action, and what it takes."""

    action: Action
    rule: Share | None = None
    score: Share | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.rule is None and self.score is None:
            raise ValueError("a step needs `rule`, `score` or both")
        return self

    def holds(self, rule: float, score: float) -> bool:
        """Whether the evidence reaches what this step asks for."""
        return (self.rule is None or rule >= self.rule) and (
            self.score is None or score >= self.score
        )


class Clause(_Declared):
    """One clause of the publication terms.

    `text` is the clause as readers know it, `message` what a commenter is told on a reject.
    `labels` are the classifier labels that speak of this clause. `steps` replace the policy's own.
    """

    text: Wording
    message: Wording
    labels: tuple[str, ...] = ()
    steps: tuple[Step, ...] | None = None


class MentionFrame(_Declared):
    """How far a frame of mention (quoted, negated, condemned) lowers a rule: at most this."""

    rule_at_most: Share


class Policy(_Declared):
    """The terms that one site enforces."""

    version: Annotated[str, Field(min_length=1)]
    clauses: Annotated[dict[str, Clause], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    mention: MentionFrame

    def steps_of(self, clause: str) -> tuple[Step, ...]:
        """The ladder of a clause: its own, else the policy's."""
        own = self.clauses[clause].steps
        return self.steps if own is None else own

    def score_floor(self, clause: str) -> float:
        """The lowest classifier score that can matter to a clause; above 1 where none can."""
        return min(
            (step.score for step in self.steps_of(clause) if step.score is not None), default=1.1
        )


def decide(
    policy: Policy, findings: Sequence[Finding], scores: Mapping[str, float]
) -> tuple[Action, tuple[Reason, ...]]:
    """One action and its reasons, the gravest and surest first.

    Findings of clauses that the policy does not have, and shadow findings, decide nothing. The
    result depends on the arguments alone.
    """
    by_clause: dict[str, list[Finding]] = {}
    for finding in findings:
        if not finding.shadow and finding.clause in policy.clauses:
            by_clause.setdefault(finding.clause, []).append(finding)
    reasons: list[Reason] = []
    for clause, found in by_clause.items():
        action = _action_of(policy, clause, found, scores)
        if action is Action.ALLOW:
            continue
        reasons.extend(
            Reason(
                clause=clause,
                action=action,
                source=finding.source,
                score=finding.score,
                spans=finding.spans,
                evidence=finding.evidence,
                mention=finding.mention,
            )
            for finding in found
        )
    reasons.sort(
        key=lambda reason: (
            -reason.action.severity,
            -reason.score,
            reason.clause,
            str(reason.source),
        )
    )
    return (reasons[0].action if reasons else Action.ALLOW), tuple(reasons)


def _action_of(
    policy: Policy, clause: str, found: Sequence[Finding], scores: Mapping[str, float]
) -> Action:
    rule = 0.0
    for finding in found:
        if finding.source.kind == "rule":
            ceiling = policy.mention.rule_at_most if finding.mention else 1.0
            rule = max(rule, min(finding.score, ceiling))
    score = max((scores.get(label, 0.0) for label in policy.clauses[clause].labels), default=0.0)
    for step in policy.steps_of(clause):
        if step.holds(rule, score):
            return step.action
    return Action.ALLOW
