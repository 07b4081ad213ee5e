"""A verdict as the numbers that other services' clients compare with a threshold.

A number tells first what was decided and then how sure the evidence is: each action has a band of
its own, and within its band the number rises with the evidence. So it is monotone, and a client's
threshold decides as the policy did wherever it lies between two bands:

    threshold 0.60 .. 0.80   above it: what is not allowed (flagged or rejected)
    threshold 0.90           above it: what is rejected
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from moderation.policy import Policy
from moderation.verdict import Action, Reason, Verdict

BANDS: Final = {Action.ALLOW: (0.0, 0.6), Action.FLAG: (0.82, 0.89), Action.REJECT: (0.91, 1.0)}
"""The lowest and the highest number of each action."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The part of a verdict that one number speaks of.

    `clauses`: the clauses that count, every one where None, less those `excluded`. `rules`: only
    what these rules found (ids without their pack), the classifier then being silent.
    `rejections`: a flag counts as little as an allowed comment does.
    """

    clauses: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    rules: frozenset[str] | None = None
    rejections: bool = False

    def of(self, verdict: Verdict, policy: Policy) -> float:
        """The number, 0..1."""
        reasons = list(self.reasons(verdict))
        evidence = [_evidence(reason, policy) for reason in reasons]
        if self.rules is None:
            evidence.extend(self._scores(verdict, policy))
        action = max(
            (self._action(reason) for reason in reasons),
            key=lambda action: action.severity,
            default=Action.ALLOW,
        )
        return _placed(action, max(evidence, default=0.0))

    def of_reason(self, reason: Reason, policy: Policy) -> float:
        """The number of one reason alone, 0..1."""
        return _placed(self._action(reason), _evidence(reason, policy))

    def reasons(self, verdict: Verdict) -> Iterator[Reason]:
        """The reasons that count."""
        for reason in verdict.reasons:
            if self._holds_clause(reason.clause) and self._holds_source(reason):
                yield reason

    def _holds_clause(self, clause: str) -> bool:
        return clause not in self.excluded and (self.clauses is None or clause in self.clauses)

    def _holds_source(self, reason: Reason) -> bool:
        return self.rules is None or (
            reason.source.kind == "rule" and reason.source.name.rpartition("/")[2] in self.rules
        )

    def _action(self, reason: Reason) -> Action:
        milder = self.rejections and reason.action is not Action.REJECT
        return Action.ALLOW if milder else reason.action

    def _scores(self, verdict: Verdict, policy: Policy) -> Iterator[float]:
        for clause in policy.clauses:
            if self._holds_clause(clause):
                yield policy.score_of(clause, verdict.scores)
        if policy.suspicion and self._holds_clause(policy.suspected(verdict.scores)):
            yield verdict.scores.get(policy.suspicion, 0.0)


def _evidence(reason: Reason, policy: Policy) -> float:
    return min(reason.score, policy.mention.rule_at_most) if reason.mention else reason.score


def _placed(action: Action, evidence: float) -> float:
    lowest, highest = BANDS[action]
    return round(lowest + (highest - lowest) * evidence, 6)
