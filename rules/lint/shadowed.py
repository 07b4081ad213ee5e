"""Terms that add nothing, since another term of their list matches wherever they would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.clitics import ENDINGS, PREFIXES, may_follow, may_precede
from rules.lint.complaint import Check, Complaint, Linted
from rules.pattern import Pattern
from rules.places import TermPlace, groups_of_terms
from rules.sentence import sentence

_BEFORE: Final = frozenset(("all", "prefix"))
_BEFORE_THE_ARTICLE: Final = ("و", "ف", "ب", "ك")
_READ_IN_LATIN: Final = frozenset(("", "ال", "ل", "ب", "و"))
"""What may be attached in Latin letters too, whatever the word (see `arabizi.spellings`)."""
_AFTER: Final = frozenset(("all", "suffix"))


def shadowed_terms(linted: Linted) -> Iterator[Complaint]:
    """Terms whose every form a shorter term of the same list or condition matches."""
    for file in linted.files:
        for terms in groups_of_terms(file):
            for place, other in _shadowed(terms):
                yield Complaint(
                    file,
                    place.location,
                    sentence(
                        "{term!r} adds nothing: {other!r} matches wherever it would",
                        term=place.term,
                        other=other.term,
                    ),
                    "take it out, or give the shorter term `clitics: none`",
                    place.term,
                )


def _shadowed(terms: Sequence[TermPlace]) -> Iterator[tuple[TermPlace, TermPlace]]:
    single: list[tuple[TermPlace, Pattern]] = []
    for place in terms:
        parts = place.parts
        if len(parts) == 1:
            single.append((place, parts[0]))
    by_text: dict[str, list[int]] = {}
    for index, (_, pattern) in enumerate(single):
        by_text.setdefault(pattern.text, []).append(index)
    for place, pattern in single:
        text = pattern.text
        candidates = {
            index
            for start in range(len(text))
            for end in range(start + 1, len(text) + 1)
            if end - start < len(text)
            for index in by_text.get(text[start:end], ())
        }
        for index in candidates:
            other, shorter = single[index]
            if _covers(shorter, pattern):
                yield place, other
                break


def _covers(shorter: Pattern, pattern: Pattern) -> bool:
    """Whether `shorter` matches every form that `pattern` matches."""
    if shorter.exact is not None or not pattern.tolerance <= shorter.tolerance:
        return False
    if shorter.kind == "contains":
        return True
    if pattern.kind != "word" and shorter.kind != "stem":
        return False
    in_latin = "arabizi" in pattern.tolerance
    return any(
        _read_alike_in_latin(pattern.text, start, shorter.text, in_latin=in_latin)
        and _precedes(pattern, pattern.text[:start], shorter)
        and _follows(pattern, pattern.text[start + len(shorter.text) :], shorter)
        for start in range(len(pattern.text))
        if pattern.text.startswith(shorter.text, start)
    )


def _read_alike_in_latin(term: str, start: int, shorter: str, *, in_latin: bool) -> bool:
    """Whether `shorter` is found in Latin letters where `term` is: endings are spelled freely."""
    return not in_latin or (term.endswith(shorter) and term[:start] in _READ_IN_LATIN)


def _precedes(pattern: Pattern, before: str, shorter: Pattern) -> bool:
    """Whether what stands before a form of `pattern` may always stand before `shorter`."""
    attached = [""]
    if pattern.clitics in _BEFORE:
        # Nothing but a conjunction or a preposition stands before the article.
        possible = _BEFORE_THE_ARTICLE if before.startswith("ال") else PREFIXES
        attached.extend(prefix for prefix in possible if may_precede(prefix, pattern.text))
    allowed = shorter.clitics in _BEFORE
    return all(
        not prefix + before or (allowed and may_precede(prefix + before, shorter.text))
        for prefix in attached
    )


def _follows(pattern: Pattern, after: str, shorter: Pattern) -> bool:
    """Whether what stands after a form of `pattern` may always stand after `shorter`."""
    if shorter.kind == "stem":
        return True
    endings = [""]
    if pattern.clitics in _AFTER:
        endings.extend(ending for ending in ENDINGS if may_follow(ending, pattern.text))
    # Ta marbuta is written ta before a pronoun.
    opened = after[:-1] + "ت" if after.endswith("ه") and pattern.clitics in _AFTER else after
    allowed = shorter.clitics in _AFTER
    return all(
        not rest or (allowed and may_follow(rest, shorter.text))
        for ending in endings
        for rest in ({after + ending, opened + ending} if ending else {after})
    )


CHECK = Check("shadowed-term", "warning", shadowed_terms)
