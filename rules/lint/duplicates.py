"""Terms that stand twice: in one list or condition, and in several rules of one clause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from moderation.text import fold
from rules.lint.complaint import Check, Complaint, Linted
from rules.model import SEVERITY_SCORES
from rules.places import TermPlace, groups_of_terms, reached_terms, sufficient
from rules.sentence import sentence

_IN_LIST: Final = "{term!r} stands in the list already, as {first!r}"
_IN_CONDITION: Final = "{term!r} stands in the condition already, as {first!r}"


def repeated_terms(linted: Linted) -> Iterator[Complaint]:
    """Terms that their own list or condition holds already, in whatever spelling."""
    for file in linted.files:
        for terms in groups_of_terms(file):
            seen: dict[str, str] = {}
            for place in terms:
                reading = _reading(place)
                if (first := seen.get(reading)) is None:
                    seen[reading] = place.term
                else:
                    told = _IN_LIST if place.location[0] == "lists" else _IN_CONDITION
                    yield Complaint(
                        file,
                        place.location,
                        sentence(told, term=place.term, first=first),
                        "one spelling is enough: variants are folded",
                        place.term,
                    )


def terms_of_two_rules(linted: Linted) -> Iterator[Complaint]:
    """Terms that alone make two rules of one clause hold: the weaker rule adds nothing there."""
    files = {file.pack.pack: file for file in linted.files}
    seen: dict[tuple[str, str], tuple[str, float, TermPlace]] = {}
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if not rule.enabled or rule.shadow:
                continue
            for condition, location in sufficient(rule.when, ("rules", index, "when")):
                for place in reached_terms(files, file, condition, location):
                    key = (rule.clause, _reading(place))
                    score = SEVERITY_SCORES[rule.severity]
                    first = seen.setdefault(key, (rule.id, score, place))
                    if first[0] == rule.id or first[2].location == place.location:
                        continue
                    yield Complaint(
                        place.file,
                        place.location,
                        sentence(
                            "{term!r} of rule {rule!r} makes rule {other!r} of the same clause "
                            "hold too",
                            term=place.term,
                            rule=rule.id,
                            other=first[0],
                        ),
                        "keep it in the rule whose severity is right",
                        place.term,
                        of=file,
                        about=("rules", index),
                    )


def _reading(place: TermPlace) -> str:
    exact = place.tolerance is not None and "strict" in place.tolerance
    return place.term if exact else fold(place.term)


REPEATED = Check("repeated-term", "warning", repeated_terms)
SHARED = Check("duplicate-term", "warning", terms_of_two_rules)
