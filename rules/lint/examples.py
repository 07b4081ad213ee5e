"""Every rule matches what it says it matches, and nothing that it says it does not."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.complaint import Check, Complaint, Linted
from rules.trial import Failure, own_cases


def examples_that_fail(linted: Linted) -> Iterator[Complaint]:
    """Examples that their rule does not match, or should not match and does."""
    compiled = {rule.name: rule for rule in linted.rules.rules}
    for case in own_cases(linted.files):
        failure = case.tried(linted.rules, compiled[case.rule])
        if failure is not None:
            yield Complaint(case.file, case.location, failure.message, _remedy(failure))


def _remedy(failure: Failure) -> str:
    if failure.expected:
        return "change the condition or the example"
    return "narrow the condition, add an `unless` frame, or move the example"


CHECK = Check("example", "error", examples_that_fail)
