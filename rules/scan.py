"""Finding terms in every view of a text: one automaton a view, then boundaries and tolerance.

The automatons are Aho-Corasick (Aho and Corasick 1975): the cost of a scan grows with the text and
the matches, hardly with the number of terms.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
import re2
from ahocorasick_rs import AhoCorasick

from moderation import arabizi
from moderation.letters import SUBSTITUTES
from moderation.span import Span
from moderation.text import Text
from moderation.view import View
from rules.clitics import LONGEST, may_end_a_word, may_follow, may_precede
from rules.frequent import FUNCTION_WORDS
from rules.pattern import Pattern, plain

_NO_PREFIX: Final = frozenset(("none", "suffix"))
_SUFFIX: Final = frozenset(("all", "suffix"))

_JOINED_IN_PIECES: Final = 5
"""From this length on, a term is found in pieces of two and more letters (شرم وطة)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: the words of the folded view that it covers, inclusive, and its own characters."""

    first: int
    last: int
    spans: tuple[Span, ...]


Place = tuple[int, int]
"""Start and end of a hit, in code points of the original."""


@dataclass(frozen=True, slots=True)
class _Key:
    """What an automaton's key stands for: a pattern, perhaps before a feminine ending."""

    pattern: int
    needs_ending: bool = False


class Scanner:
    """Looks for a fixed sequence of patterns. Shared between threads: it holds no state."""

    def __init__(self, patterns: Sequence[Pattern], only: Container[int] | None = None) -> None:
        """With `only`, other patterns than those keep their index and are not looked for."""
        self._patterns = tuple(patterns)
        self._only = only
        folded: dict[str, list[_Key]] = {}
        joined: dict[str, list[_Key]] = {}
        skeletons: dict[str, list[tuple[int, re2._Regexp[str]]]] = {}
        for index, pattern in enumerate(patterns):
            if only is not None and index not in only:
                continue
            for key, meaning in _keys(index, pattern):
                folded.setdefault(key, []).append(meaning)
                if "joined" in pattern.tolerance:
                    joined.setdefault(key, []).append(meaning)
            if "arabizi" in pattern.tolerance and (name := arabizi.skeleton(pattern.text)):
                spelled = re2.compile(arabizi.spellings(pattern.text))
                skeletons.setdefault(name, []).append((index, spelled))
        self._folded = _Automaton(folded)
        kinds = [{patterns[each.pattern].kind for each in meant} for meant in folded.values()]
        self._folded_inside = ["contains" in found for found in kinds]
        self._folded_open_ended = [found != {"word"} for found in kinds]
        self._whole = [
            tuple(each.pattern for each in meant if not each.needs_ending)
            for meant in folded.values()
        ]
        self._exact = {
            index: pattern.exact
            for index, pattern in enumerate(patterns)
            if pattern.exact is not None
        }
        self._joined = _Automaton(joined)
        self._latin_names = _Automaton({name: [] for name in skeletons})
        self._latin = tuple(skeletons.values())

    def __reduce__(self) -> tuple[type[Scanner], tuple[Sequence[Pattern], Container[int] | None]]:
        # An automaton is made anew sooner than it is written down.
        return Scanner, (self._patterns, self._only)

    def scan(self, text: Text) -> Matched:
        """Every pattern that hits, and where."""
        matched = Matched(text)
        self._scan_folded(text, matched)
        if self._joined.keys and (joined := text.joined).text:
            self._scan_joined(text, joined, matched)
        if (substituted := text.substituted).text:
            self._scan_substituted(text, substituted, matched)
        if self._latin and (latin := text.latin).text:
            self._scan_latin(text, latin, matched)
        return matched

    def _scan_folded(self, text: Text, matched: Matched) -> None:
        for indexes, place in self._standing(text.folded):
            for index in indexes:
                exact = self._exact.get(index)
                if exact is None or exact in plain(text.original[slice(*place)]):
                    matched.add(index, place)

    def _standing(self, view: View) -> Iterator[tuple[Sequence[int], Place]]:
        """Indexes of patterns, and the place where they stand with the boundaries they ask for."""
        found = self._folded.positions(view.text)
        if not found:
            return
        patterns, text = self._patterns, view.text
        keys, meanings, whole = self._folded.keys, self._folded.meanings, self._whole
        begins, stops = _edges(view)
        starts, ends = view.starts.tolist(), view.ends.tolist()
        inside, open_ended = self._folded_inside, self._folded_open_ended
        for key_index, start, end in found:
            begin, stop = begins[start], stops[end - 1]
            if begin == start and stop == end:
                yield whole[key_index], (starts[start], ends[end - 1])
                continue
            before, after = text[begin:start], text[end:stop]
            # Most occurrences are letters inside some other word: those end here.
            if before and not inside[key_index] and not may_precede(before, text[start]):
                continue
            if after and not open_ended[key_index] and not may_end_a_word(after, text[end - 1]):
                continue
            key = keys[key_index]
            standing = [
                meaning.pattern
                for meaning in meanings[key_index]
                if _stands(before, after, key, patterns[meaning.pattern], meaning.needs_ending)
            ]
            if standing:
                yield standing, (starts[start], ends[end - 1])

    def _scan_joined(self, text: Text, view: View, matched: Matched) -> None:
        next_break = _next_breaks(view)
        keys, meanings = self._joined.keys, self._joined.meanings
        for key_index, start, end in self._joined.positions(view.text):
            if next_break[start] >= end or not _evades(text, view, start, end):
                continue
            before, after = _around(view, start, end)
            for meaning in meanings[key_index]:
                pattern = self._patterns[meaning.pattern]
                if _stands(before, after, keys[key_index], pattern, meaning.needs_ending):
                    span = view.span(start, end)
                    matched.add(meaning.pattern, (span.start, span.end))

    def _scan_substituted(self, text: Text, view: View, matched: Matched) -> None:
        for indexes, place in self._standing(view):
            written = text.original[slice(*place)]
            if any(character in SUBSTITUTES for character in written):
                for index in indexes:
                    if "substituted" in self._patterns[index].tolerance:
                        matched.add(index, place)

    def _scan_latin(self, text: Text, view: View, matched: Matched) -> None:
        folded = text.folded
        for name, start, _ in self._latin_names.positions(view.text):
            word = matched.word_at(int(view.starts[start]))
            first, last = int(folded.word_starts[word]), int(folded.word_ends[word])
            written = folded.text[first:last]
            for pattern, spelled in self._latin[name]:
                if spelled.fullmatch(written):
                    span = folded.span(first, last)
                    matched.add(pattern, (span.start, span.end))


class Matched:
    """The patterns that hit a text. Hits are made of places when a condition asks for them."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._hits: dict[int, list[Hit]] = {}
        self.places: dict[int, dict[Place, None]] = {}

    def add(self, pattern: int, place: Place) -> None:
        """Notes that a pattern hits at a place; twice is once."""
        self.places.setdefault(pattern, {})[place] = None

    def hits(self, pattern: int) -> list[Hit]:
        """The hits of a pattern that has any."""
        if pattern not in self._hits:
            spans = (Span(*place) for place in self.places[pattern])
            self._hits[pattern] = [self.hit(span) for span in spans]
        return self._hits[pattern]

    def hit(self, span: Span) -> Hit:
        """A hit on a span of the original."""
        return Hit(self.word_at(span.start), self.word_at(span.end - 1), (span,))

    def word_at(self, offset: int) -> int:
        """The word at an offset of the original; the first word where none is before it."""
        return max(bisect_right(self._word_starts, offset) - 1, 0)

    @cached_property
    def _word_starts(self) -> list[int]:
        folded = self._text.folded
        starts: list[int] = folded.starts[folded.word_starts].tolist()
        return starts


class _Automaton:
    """An Aho-Corasick automaton whose keys mean something."""

    def __init__(self, meanings: dict[str, list[_Key]]) -> None:
        self.keys = tuple(meanings)
        self.meanings = tuple(tuple(meaning) for meaning in meanings.values())
        self._automaton = AhoCorasick(self.keys) if self.keys else None

    def positions(self, text: str) -> list[tuple[int, int, int]]:
        """Index of the key, start and end of every occurrence, overlapping ones too."""
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(text, overlapping=True)


def _keys(index: int, pattern: Pattern) -> Iterable[tuple[str, _Key]]:
    yield pattern.text, _Key(index)
    feminine = pattern.text.endswith("ه") and len(pattern.text) > 2
    if feminine and pattern.kind == "word" and pattern.clitics in {"all", "suffix"}:
        # Ta marbuta is written ta before a pronoun: «كلبة», «كلبتك».
        yield pattern.text[:-1] + "ت", _Key(index, needs_ending=True)


def _stands(before: str, after: str, key: str, pattern: Pattern, needs_ending: bool) -> bool:
    """Whether the rest of its word allows a match, by the boundaries that its pattern asks for."""
    if pattern.kind == "contains":
        return True
    if before and (pattern.clitics in _NO_PREFIX or not may_precede(before, key)):
        return False
    if pattern.kind == "stem":
        return True
    if not after:
        return not needs_ending
    return pattern.clitics in _SUFFIX and may_follow(after, key)


def _edges(view: View) -> tuple[list[int], list[int]]:
    """By character: where its word begins and ends; a character apart is its own word."""
    lengths = view.word_ends - view.word_starts
    begins = np.arange(len(view.codes))
    ends = begins + 1
    begins[view.is_word] = np.repeat(view.word_starts, lengths)
    ends[view.is_word] = np.repeat(view.word_ends, lengths)
    return begins.tolist(), ends.tolist()


def _next_breaks(view: View) -> list[int]:
    """By character of a joined view: the first break after it, or the length of the view."""
    length = len(view.codes)
    breaks = np.array([*sorted(view.breaks), length])
    after: list[int] = breaks[breaks.searchsorted(np.arange(length), side="right")].tolist()
    return after


def _around(view: View, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a match of the joined view, up to the next break."""
    begin, stop = start, end
    while begin > 0 and begin not in view.breaks and start - begin <= LONGEST:
        begin -= 1
    while stop < len(view.text) and stop not in view.breaks and stop - end <= LONGEST:
        stop += 1
    return view.text[begin:start], view.text[end:stop]


def _evades(text: Text, view: View, start: int, end: int) -> bool:
    """Whether the gaps inside a match look like evasion and not like ordinary words.

    They do where symbols alone part the letters (ك.ل.ب), where letters stand alone (ك ل ب, كل ب),
    and, for long terms, where the pieces are no ordinary short words (شرم وطة).
    """
    gaps = [at for at in range(start + 1, end) if at in view.breaks]
    for gap in gaps:
        between = text.original[int(view.ends[gap - 1]) : int(view.starts[gap])]
        if not any(character.isspace() for character in between):
            return True
    edges = [start, *gaps, end]
    pieces = [view.text[left:right] for left, right in pairwise(edges)]
    alone = [piece for piece in pieces if len(piece) == 1]
    if len(alone) > 1:
        return True
    if alone:
        return pieces[0] != "و"
    whole = (start == 0 or start in view.breaks) and (end == len(view.text) or end in view.breaks)
    return whole and end - start >= _JOINED_IN_PIECES and not FUNCTION_WORDS.intersection(pieces)
