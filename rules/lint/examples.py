"""Every rule matches what it says it matches, and nothing that it says it does not."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.complaint import Check, Complaint, Linted
from rules.lint.unmeant import ARABIC_COMMAS
from rules.places import groups_of_terms
from rules.sentence import sentence
from rules.trial import Failure, OwnCase, own_cases


def examples_that_fail(linted: Linted) -> Iterator[Complaint]:
    """Examples that their rule does not match, or should not match and does."""
    compiled = {rule.name: rule for rule in linted.rules.rules}
    for case in own_cases(linted.files):
        failure = case.tried(linted.rules, compiled[case.rule])
        if failure is not None:
            yield Complaint(case.file, case.location, failure.message, _remedy(failure, case))


def _remedy(failure: Failure, case: OwnCase) -> str:
    if failure.expected:
        for terms in groups_of_terms(case.file):
            for place in terms:
                if ARABIC_COMMAS.intersection(place.term) and case.example.text in place.term:
                    return sentence(
                        "{term!r} is one term: part terms by the Latin comma `,`", term=place.term
                    )
        return "change the condition or the example"
    return "narrow the condition, add an `unless` frame, or move the example"


CHECK = Check("example", "error", examples_that_fail)
