"""Rules that hold for an everyday word alone: what innocent readers write will meet them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from moderation.comment import Comment
from moderation.text import Text
from rules.compile import CompiledRule, PackFile
from rules.everyday import everyday_words
from rules.lint.complaint import Check, Complaint, Linted
from rules.pattern import Pattern
from rules.places import TermPlace, indexes, nested, reached_terms
from rules.reading import Reading
from rules.ruleset import evaluate
from rules.sentence import sentence
from rules.source import Location

_MOST_WORDS = 5
_BY_A_TERM: Final = (
    "rule {rule!r} holds by {term!r} for everyday words alone: {words} (in {most} comments without "
    "abuse)"
)
_BY_NO_TERM: Final = (
    "rule {rule!r} holds for everyday words alone: {words} (in {most} comments without abuse)"
)


@dataclass
class _Met:
    """The everyday words that one rule holds for by one of its terms."""

    file: PackFile
    location: Location
    rule: CompiledRule
    of: PackFile
    about: Location
    term: str
    words: list[str] = field(default_factory=list)


def innocent_words(linted: Linted) -> Iterator[Complaint]:
    """Everyday words that, standing alone, make a rule hold."""
    terms = _Terms(linted)
    met: dict[tuple[str, str, Location], _Met] = {}
    common = everyday_words()
    for word, rule, reading in _alone(linted, common):
        place = terms.behind(rule, reading)
        key = (rule.name, str(place.file.source.path), tuple(place.location))
        found = met.setdefault(
            key, _Met(place.file, place.location, rule, *terms.place_of(rule), place.term)
        )
        found.words.append(word)
    for found in met.values():
        quoted = "، ".join(f"«{word}»" for word in found.words[:_MOST_WORDS])
        unnamed = len(found.words) - _MOST_WORDS
        words = sentence(
            "{quoted}{more}",
            quoted=quoted,
            more=sentence(" and {count} more", count=unnamed) if unnamed > 0 else "",
        )
        yield Complaint(
            found.file,
            found.location,
            sentence(
                _BY_A_TERM if found.term else _BY_NO_TERM,
                rule=found.rule.rule.id,
                term=found.term,
                words=words,
                most=max(common[word] for word in found.words),
            ),
            "restrict `clitics` or `tolerance`, ask for more with `near`, or allow it by "
            "`# lint: allow innocent-word`",
            found.term,
            of=found.of,
            about=found.about,
        )


def _alone(linted: Linted, words: Mapping[str, int]) -> Iterator[tuple[str, CompiledRule, Reading]]:
    """Every everyday word with each rule that holds for it alone; hints decide nothing alone."""
    watched = [
        rule
        for rule in linted.rules.rules
        if rule.rule.enabled
        and not rule.rule.shadow
        and not rule.reads_scores
        and rule.rule.severity != "hint"
    ]
    always = [rule for rule in watched if not rule.anchors]
    by_pattern: dict[int, list[CompiledRule]] = {}
    for rule in watched:
        for pattern in rule.anchors:
            by_pattern.setdefault(pattern, []).append(rule)
    for word in words:
        text = Text(word)
        reading = linted.rules.read(Comment("", word), text)
        possible = {id(rule): rule for rule in always}
        for pattern in reading.matched.places:
            possible.update((id(rule), rule) for rule in by_pattern.get(pattern, ()))
        for rule in possible.values():
            if reading.allows(rule.guard) and evaluate(rule, reading) is not None:
                yield word, rule, reading


class _Terms:
    """Finds the term by which a rule found something."""

    def __init__(self, linted: Linted) -> None:
        self._files = {file.pack.pack: file for file in linted.files}
        self._indexes = indexes(linted.compiled)
        self._of_rule: dict[str, list[tuple[TermPlace, tuple[int, ...]]]] = {}

    def behind(self, rule: CompiledRule, reading: Reading) -> TermPlace:
        """The term of the rule that hit; the rule's own place where no single term did."""
        for place, patterns in self._terms(rule):
            if len(patterns) == 1 and patterns[0] in reading.matched.places:
                return place
        file, location = self.place_of(rule)
        return TermPlace(file, (*location, "when"), "", "word", "all", None, 0)

    def place_of(self, rule: CompiledRule) -> tuple[PackFile, Location]:
        """Where a rule stands."""
        file = self._files[rule.pack]
        return file, ("rules", file.pack.rules.index(rule.rule))

    def _terms(self, rule: CompiledRule) -> list[tuple[TermPlace, tuple[int, ...]]]:
        if rule.name not in self._of_rule:
            file, own = self.place_of(rule)
            self._of_rule[rule.name] = [
                (place, self._known(place.parts))
                for condition, location in nested(rule.rule.when, (*own, "when"))
                for place in reached_terms(self._files, file, condition, location)
            ]
        return self._of_rule[rule.name]

    def _known(self, parts: tuple[Pattern, ...]) -> tuple[int, ...]:
        return tuple(self._indexes[part] for part in parts if part in self._indexes)


CHECK = Check("innocent-word", "warning", innocent_words)
