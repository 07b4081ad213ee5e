"""Terms and conditions that nothing can fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from moderation import arabizi
from moderation.comment import Comment
from moderation.letters import ARABIC
from moderation.text import Text, fold
from rules.condition import Phrases
from rules.lint.complaint import Check, Complaint, Linted
from rules.model import Condition, Range
from rules.places import children, conditions_of_pack, groups_of_terms, indexes
from rules.sentence import sentence

_WITHOUT_PLACE: Final = frozenset(
    (
        "none",
        "score",
        "article",
        "section",
        "tag",
        "parent",
        "reply",
        "length",
        "links",
        "author",
        "newcomer",
        "repeated",
    )
)
"""Operators that hold without a place in the text, next to which nothing can stand."""


def impossible_terms(linted: Linted) -> Iterator[Complaint]:
    """Terms that do not match even the text that they are themselves."""
    known = indexes(linted.compiled)
    for file in linted.files:
        for terms in groups_of_terms(file):
            for place in terms:
                if all(part.text.isalpha() for part in place.parts):
                    continue
                parts = tuple(known[part] for part in place.parts if part in known)
                reading = linted.rules.read(Comment("", place.term), Text(place.term))
                phrase = Phrases({parts[0]: (parts,)}, place.gap) if parts else None
                if phrase is not None and phrase.evaluate(reading) is None:
                    yield Complaint(
                        file,
                        place.location,
                        sentence(
                            "{term!r} can never match: it does not match its own spelling",
                            term=place.term,
                        ),
                        "write whole words, without signs between or around them",
                        place.term,
                    )


def impossible_conditions(linted: Linted) -> Iterator[Complaint]:
    """Conditions that contradict themselves."""
    for file in linted.files:
        for condition, location in conditions_of_pack(file):
            for message, remedy in _contradictions(condition):
                yield Complaint(file, (*location, condition.operator), message, remedy)
    for rule in linted.rules.rules:
        if not rule.guard:
            file = next(file for file in linted.files if file.pack.pack == rule.pack)
            index = file.pack.rules.index(rule.rule)
            yield Complaint(
                file,
                ("rules", index, "when"),
                sentence("{rule} can never hold", rule=rule.rule.id),
                "give it terms",
            )


def options_without_effect(linted: Linted) -> Iterator[Complaint]:
    """Tolerances that none of the terms to which they are given can make use of."""
    for file in linted.files:
        for terms in groups_of_terms(file):
            given = [place for place in terms if "arabizi" in (place.tolerance or ())]
            if given and not any(_readable_in_latin(place.term) for place in given):
                yield Complaint(
                    file,
                    given[0].location,
                    sentence(
                        "`arabizi` does nothing for {term!r}: it reads Latin letters as Arabic "
                        "terms with consonants",
                        term=given[0].term,
                    ),
                    "take `arabizi` out of the tolerance",
                    given[0].term,
                )


def _readable_in_latin(term: str) -> bool:
    folded = fold(term)
    return any(ARABIC[ord(letter)] for letter in folded) and bool(arabizi.skeleton(folded))


def _contradictions(condition: Condition) -> Iterator[tuple[str, str]]:
    if condition.near is not None:
        for child, _ in children(condition, ()):
            if child.operator in _WITHOUT_PLACE:
                yield (
                    sentence(
                        "nothing can stand near `{operator}`, which has no place in the text",
                        operator=child.operator,
                    ),
                    "put it beside `near`, under `all`",
                )
    for bounds in (condition.length, condition.links, condition.repeated, condition.score):
        if bounds is not None and _empty(bounds):
            yield (
                sentence(
                    "at least {least} and at most {most} is nothing",
                    least=bounds.at_least,
                    most=bounds.at_most,
                ),
                "swap the bounds",
            )
    if condition.score is not None and _outside(condition.score):
        yield "scores lie between 0 and 1", "write the bounds as shares, 0.7 and not 70"
    if condition.all is not None:
        operators = {
            child.operator: child
            for child in condition.all
            if child.operator in {"reply", "parent"}
        }
        reply = operators.get("reply")
        if "parent" in operators and reply is not None and reply.reply is False:
            yield "a comment with a parent is a reply", "take `reply: false` out"


def _empty(bounds: Range) -> bool:
    return (
        bounds.at_least is not None
        and bounds.at_most is not None
        and bounds.at_least > bounds.at_most
    )


def _outside(bounds: Range) -> bool:
    return (bounds.at_least or 0.0) > 1.0 or (bounds.at_most is not None and bounds.at_most < 0.0)


TERMS = Check("impossible-term", "error", impossible_terms)
CONDITIONS = Check("impossible-condition", "error", impossible_conditions)
OPTIONS = Check("useless-option", "warning", options_without_effect)
