"""Terms that nearly stand in a text: in a reading that they do not tolerate, inside another word,
or one letter away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from moderation.letters import ARABIC
from moderation.span import Span
from moderation.text import Text, fold
from rules.clitics import PREFIXES
from rules.pattern import DEFAULT_TOLERANCE, Pattern
from rules.ruleset import RuleSet
from rules.scan import Scanner

View = Literal["folded", "joined", "substituted", "latin"]
Why = Literal["view", "attached", "spelling"]

_SHORT: Final = 4
"""Shorter terms are one letter away from everything."""
_INSIDE: Final = 3
"""Shorter terms stand inside everything."""
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Near:
    """A term that nearly stands at `span`, and what keeps it from standing there.

    `view`: it stands in the reading `view` alone, which its tolerance leaves out. `attached`: its
    letters stand inside the word `written`, and what is around them is no clitic that it allows.
    `spelling`: `written` differs from it by one letter.
    """

    term: str
    why: Why
    span: Span
    written: str
    view: View | None = None

    def __str__(self) -> str:
        match self.why:
            case "view":
                return (
                    f"«{self.written}» reads as {self.term!r} in the view {self.view}, which the "
                    "tolerance of the term leaves out"
                )
            case "attached":
                return (
                    f"{self.term!r} stands inside «{self.written}»; what is attached is no clitic "
                    "that the term allows"
                )
        return f"«{self.written}» differs from {self.term!r} by one letter"


class NearTerms:
    """Looks for the terms of one rule set. Shared between threads: it holds no state."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns
        every = frozenset(DEFAULT_TOLERANCE)
        self._tolerant = Scanner(
            [replace(pattern, tolerance=every, exact=None) for pattern in patterns]
        )
        long = {index for index, each in enumerate(patterns) if len(each.text) >= _INSIDE}
        self._inside = Scanner(
            [
                replace(pattern, kind="contains", tolerance=frozenset(("folded",)), exact=None)
                for pattern in patterns
            ],
            long,
        )
        self._by_text: dict[str, list[int]] = defaultdict(list)
        for index, pattern in enumerate(patterns):
            if len(pattern.text) >= _SHORT:
                self._by_text[pattern.text].append(index)

    def of(self, text: Text, without: Iterable[int]) -> Mapping[int, Near]:
        """By pattern: the nearest that it comes; patterns in `without`, which hit, are left out."""
        found: dict[int, Near] = {}
        left_out = frozenset(without)
        for index, near in (*self._in_views(text), *self._attached(text), *self._misspelt(text)):
            if index not in left_out:
                found.setdefault(index, near)
        return found

    def _in_views(self, text: Text) -> Iterator[tuple[int, Near]]:
        for index, places in self._tolerant.scan(text).places.items():
            span = Span(*next(iter(places)))
            written, term = text.cut(span), self._patterns[index].text
            yield index, Near(term, "view", span, written, view_of(written, term))

    def _attached(self, text: Text) -> Iterator[tuple[int, Near]]:
        scanned = self._inside.scan(text)
        for index in scanned.places:
            hit = scanned.hits(index)[0]
            word = _word(text, hit.first)
            yield index, Near(self._patterns[index].text, "attached", word, text.cut(word))

    def _misspelt(self, text: Text) -> Iterator[tuple[int, Near]]:
        view = text.folded
        edges = zip(view.word_starts.tolist(), view.word_ends.tolist(), strict=True)
        for start, end in edges:
            word = view.text[start:end]
            if end - start < _SHORT or not ARABIC[view.codes[start:end]].all():
                continue
            span = view.span(start, end)
            for spelling in _one_letter_away(word):
                for index in self._by_text.get(spelling, ()):
                    yield index, Near(spelling, "spelling", span, text.cut(span))


@lru_cache(maxsize=2)
def near_terms(rules: RuleSet) -> NearTerms:
    """The terms of a rule set, made ready once."""
    return NearTerms(rules.compiled.patterns)


def view_of(written: str, term: str) -> View:
    """The reading in which `written` holds a term."""
    folded = fold(written)
    stem = term[:-1] if term.endswith("ه") and len(term) > 2 else term
    if stem in folded:
        return "folded"
    if _LATIN & set(folded):
        return "latin"
    if stem in fold("".join(filter(str.isalpha, folded))):
        return "joined"
    return "substituted"


def _word(text: Text, number: int) -> Span:
    view = text.folded
    return view.span(int(view.word_starts[number]), int(view.word_ends[number]))


@lru_cache(maxsize=4096)
def _one_letter_away(word: str) -> frozenset[str]:
    """Spellings one letter away from a word, and from what is left of it without clitics."""
    stems = {word[len(prefix) :] for prefix in PREFIXES if word.startswith(prefix)}
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
    found: set[str] = set()
    for stem in stems:
        if len(stem) < _SHORT - 1:
            continue
        # What is left of a word is a word in few cases: a term of five letters then tells more.
        least = _SHORT if stem == word else _SHORT + 1
        candidates: set[str] = set()
        for at in range(len(stem) + 1):
            before, after = stem[:at], stem[at:]
            candidates.update(before + letter + after for letter in letters)
            if after:
                candidates.add(before + after[1:])
                candidates.update(before + letter + after[1:] for letter in letters)
            if len(after) > 1:
                candidates.add(before + after[1] + after[0] + after[2:])
        found.update(each for each in candidates if len(each) >= least)
    return frozenset(found - stems)
