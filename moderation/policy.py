"""The publication terms as a policy: findings in, one action and ordered reasons out.

The policy is a file (see `rules/policy.yaml` for the default and `docs/policy.md`). Each clause
has steps; the first step that holds gives the action of that clause, and the gravest action of all
clauses is the comment's. A step holds when the clause's strongest rule reaches `rule`, the highest
classifier score of its own labels reaches `score`, and the score of the policy's label of suspicion
reaches `suspicion`; of the three, those that the step gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moderation.finding import Finding, Source
from moderation.verdict import Action, Reason

Share = Annotated[float, Field(ge=0.0, le=1.0)]

NEVER: Final = 1.1
"""A threshold that no score reaches."""


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
    suspicion: Share | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.rule is None and self.score is None and self.suspicion is None:
            raise ValueError("a step needs `rule`, `score` or `suspicion`, or several of them")
        return self

    def holds(self, evidence: Evidence) -> bool:
        """Whether the evidence reaches what this step asks for."""
        return (
            (self.rule is None or evidence.rule >= self.rule)
            and (self.score is None or evidence.score >= self.score)
            and (self.suspicion is None or evidence.suspicion >= self.suspicion)
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one clause: its strongest rule, its own score, the suspicion; each 0..1."""

    rule: float
    score: float
    suspicion: float


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


class Breaker(_Declared):
    """When a rule that is new to the site is kept from rejecting.

    In its first `hours`, a rule trips it by more than `hits` matches that are more than `share` of
    the comments that came since (of the last thousand, where there were more), once there were
    `comments` of them. No hours: never.
    """

    hours: Annotated[float, Field(ge=0, le=24 * 90)] = 24
    hits: Annotated[int, Field(ge=0)] = 2
    share: Share = 0.05
    comments: Annotated[int, Field(ge=1, le=1000)] = 50


class Policy(_Declared):
    """The terms that one site enforces.

    `suspicion` is the classifier label of a text that breaks any clause. It speaks for every clause
    that a rule found, and, where no rule did, for the one whose own labels score highest.
    """

    version: Annotated[str, Field(min_length=1)]
    suspicion: str | None = None
    clauses: Annotated[dict[str, Clause], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    mention: MentionFrame
    breaker: Breaker = Breaker()

    def steps_of(self, clause: str) -> tuple[Step, ...]:
        """The ladder of a clause: its own, else the policy's."""
        own = self.clauses[clause].steps
        return self.steps if own is None else own

    @cached_property
    def score_floors(self) -> Mapping[str, float]:
        """By clause: the lowest score of its own labels that can matter; above 1 where none can."""
        return {
            clause: min(
                (step.score for step in self.steps_of(clause) if step.score is not None),
                default=NEVER,
            )
            for clause in self.clauses
        }

    @cached_property
    def suspicion_floor(self) -> float:
        """The lowest suspicion that can matter where no rule found anything."""
        return min(
            (
                step.suspicion
                for clause in self.clauses
                for step in self.steps_of(clause)
                if step.suspicion is not None and step.rule is None
            ),
            default=NEVER,
        )

    def score_of(self, clause: str, scores: Mapping[str, float]) -> float:
        """The highest score of the clause's own labels."""
        return max([0.0, *[scores.get(label, 0.0) for label in self.clauses[clause].labels]])

    def suspected(self, scores: Mapping[str, float]) -> str:
        """The clause whose own labels score highest; the first of the policy where none does."""
        return max(self.clauses, key=lambda clause: self.score_of(clause, scores))


def findings_of_scores(
    policy: Policy, scores: Mapping[str, float], model_version: str
) -> list[Finding]:
    """The scores that can matter as findings, without spans: those are looked for when told."""

    def finding(clause: str, label: str) -> Finding:
        score = scores[label]
        source = Source("model", label, model_version)
        return Finding(clause, score, source, evidence=(f"{label} {score:.2f}",))

    found = [
        finding(clause, label)
        for clause, floor in policy.score_floors.items()
        for label in policy.clauses[clause].labels
        if scores.get(label, 0.0) >= floor
    ]
    if policy.suspicion and scores.get(policy.suspicion, 0.0) >= policy.suspicion_floor:
        found.append(finding(policy.suspected(scores), policy.suspicion))
    return found


def decide(
    policy: Policy,
    findings: Sequence[Finding],
    scores: Mapping[str, float],
    flag_only: frozenset[str] = frozenset(),
) -> tuple[Action, tuple[Reason, ...]]:
    """One action and its reasons, the gravest and surest first.

    Findings of clauses that the policy does not have, and shadow and throttled findings, decide
    nothing; those of rules named in `flag_only` reject nothing. The result depends on the arguments
    alone.
    """
    by_clause: dict[str, list[Finding]] = {}
    for finding in findings:
        if not (finding.shadow or finding.throttled) and finding.clause in policy.clauses:
            by_clause.setdefault(finding.clause, []).append(finding)
    if not by_clause:
        return Action.ALLOW, ()
    suspected = policy.suspected(scores)
    reasons: list[Reason] = []
    for clause, found in by_clause.items():
        action = _action_of(policy, clause, found, scores, suspected)
        tame = [finding for finding in found if _is_of(finding, flag_only)] if flag_only else []
        if tame and action is Action.REJECT:
            rest = [finding for finding in found if finding not in tame]
            action = max(
                _action_of(policy, clause, rest, scores, suspected), Action.FLAG, key=_severity
            )
        if action is Action.ALLOW:
            continue
        reasons.extend(
            Reason(
                clause=clause,
                action=Action.FLAG if finding in tame else action,
                source=finding.source,
                score=finding.score,
                spans=finding.spans,
                evidence=finding.evidence,
                mention=finding.mention,
                flag_only=finding in tame,
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


def _is_of(finding: Finding, rules: frozenset[str]) -> bool:
    return finding.source.kind == "rule" and finding.source.name in rules


def _severity(action: Action) -> int:
    return action.severity


def _action_of(
    policy: Policy,
    clause: str,
    found: Sequence[Finding],
    scores: Mapping[str, float],
    suspected: str,
) -> Action:
    rule = 0.0
    for finding in found:
        if finding.source.kind == "rule":
            ceiling = policy.mention.rule_at_most if finding.mention else 1.0
            rule = max(rule, min(finding.score, ceiling))
    suspicion = scores.get(policy.suspicion, 0.0) if policy.suspicion else 0.0
    if rule == 0.0 and clause != suspected:
        suspicion = 0.0
    evidence = Evidence(rule, policy.score_of(clause, scores), suspicion)
    for step in policy.steps_of(clause):
        if step.holds(evidence):
            return step.action
    return Action.ALLOW
