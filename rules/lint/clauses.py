"""Every rule names a clause of the policy, and can count for something there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from moderation.policy import Policy
from rules.lint.complaint import Check, Complaint, Linted
from rules.model import SEVERITY_SCORES
from rules.sentence import sentence


def unknown_clauses(linted: Linted) -> Iterator[Complaint]:
    """Rules of clauses that the policy does not have: they decide nothing."""
    policy = linted.policy
    if policy is None:
        return
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if rule.clause not in policy.clauses:
                near = _meant(rule.clause, policy)
                known = sentence("clauses are: {names}", names=", ".join(policy.clauses))
                meant = sentence("did you mean `{near}`? {known}", near=near, known=known)
                yield Complaint(
                    file,
                    ("rules", index, "clause"),
                    sentence(
                        "{rule}: the policy has no clause {clause!r}",
                        rule=rule.id,
                        clause=rule.clause,
                    ),
                    meant if near else known,
                )


def _meant(written: str, policy: Policy) -> str:
    """The code that is near to what was written: to itself, or to the clause in words."""
    codes = {
        name: code
        for code, clause in policy.clauses.items()
        for name in (code, clause.text.ar, clause.text.en)
    }
    near = difflib.get_close_matches(written, codes, n=1)
    return codes[near[0]] if near else ""


def too_weak(linted: Linted) -> Iterator[Complaint]:
    """Rules whose severity is below every step of their clause: they change nothing."""
    policy = linted.policy
    if policy is None:
        return
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if rule.clause not in policy.clauses:
                continue
            asked = [step.rule for step in policy.steps_of(rule.clause) if step.rule is not None]
            score = SEVERITY_SCORES[rule.severity]
            if asked and score < min(asked):
                yield Complaint(
                    file,
                    ("rules", index, "severity"),
                    sentence(
                        "{rule}: {severity} counts for {score}, and no step of clause {clause!r} "
                        "asks for less than {least}",
                        rule=rule.id,
                        severity=rule.severity,
                        score=score,
                        clause=rule.clause,
                        least=min(asked),
                    ),
                    "raise the severity, or lower `rule` in a step of the policy",
                )


UNKNOWN = Check("unknown-clause", "error", unknown_clauses)
WEAK = Check("no-effect", "warning", too_weak)
