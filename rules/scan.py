"""Finding terms in every view of a text: one automaton a view, then boundaries and tolerance.

The automatons are Aho-Corasick (Aho and Corasick 1975): the cost of a scan grows with the text and
the matches, hardly with the number of terms.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
import re2

from moderation import arabizi
from moderation.lazy import lazy
from moderation.letters import SUBSTITUTES, SUPERSCRIPT_ALEF, WORD
from moderation.span import Span
from moderation.text import Text
from moderation.view import View
from rules.frequent import FUNCTION_WORDS
from rules.pattern import Pattern, plain
from rules.words import NOTHING, Automaton, Key, WordMatches, WordReader, stands

_JOINED_IN_PIECES: Final = 5
"""From this length on, a term is found in pieces of two and more letters (شرم وطة)."""


class Hit(NamedTuple):
    """A match: the words of the folded view that it covers, inclusive, and its own characters."""

    first: int
    last: int
    spans: tuple[Span, ...]


Place = tuple[int, int]
"""Start and end of a hit, in code points of the original."""


class Scanner:
    """Looks for a fixed sequence of patterns. Threads may share one.

    It remembers what stands in the words that it read last (see `rules.words`), which changes no
    result.
    """

    def __init__(self, patterns: Sequence[Pattern], only: Container[int] | None = None) -> None:
        """With `only`, other patterns than those keep their index and are not looked for."""
        self._patterns = tuple(patterns)
        self._only = only
        inside: dict[str, list[Key]] = {}
        across: dict[str, list[Key]] = {}
        joined: dict[str, list[Key]] = {}
        skeletons: dict[str, list[int]] = {}
        for index, pattern in enumerate(patterns):
            if only is not None and index not in only:
                continue
            for key, meaning in _keys(index, pattern):
                (inside if _is_of_word(key) else across).setdefault(key, []).append(meaning)
                if "joined" in pattern.tolerance:
                    joined.setdefault(key, []).append(meaning)
            if "arabizi" in pattern.tolerance and (name := arabizi.skeleton(pattern.text)):
                skeletons.setdefault(name, []).append(index)
        self._words = WordReader(inside, patterns)
        self._across = Automaton(across)
        self._joined = Automaton(joined)
        self._latin_names = Automaton({name: [] for name in skeletons})
        self._latin = tuple(skeletons.values())
        self._spellings: dict[int, re2.Set] = {}

    def __reduce__(self) -> tuple[type[Scanner], tuple[Sequence[Pattern], Container[int] | None]]:
        # An automaton is made anew sooner than it is written down.
        return Scanner, (self._patterns, self._only)

    def scan(self, text: Text) -> Matched:
        """Every pattern that hits, and where."""
        view = text.folded
        matched = Matched(text, self._words.read(view.words))
        self._scan_strict(text, matched)
        for index, place in self._standing_across(view):
            if self._is_written(text, index, place):
                matched.add(index, place)
        if self._joined.keys and len(text.pieces) > 1:
            self._scan_joined(text, matched)
        if (substituted := text.substituted).text:
            self._scan_substituted(text, substituted, matched)
        if self._latin and (latin := text.latin).text:
            self._scan_latin(text, latin, matched)
        return matched

    def _scan_strict(self, text: Text, matched: Matched) -> None:
        for number, word in matched.words:
            for indexes, start, end in word.strict:
                place = matched.place(number, start, end)
                for index in indexes:
                    if self._is_written(text, index, place):
                        matched.add(index, place)

    def _is_written(self, text: Text, index: int, place: Place) -> bool:
        """Whether the written form that a strict pattern asks for stands at a place."""
        exact = self._patterns[index].exact
        return exact is None or exact in plain(text.original[slice(*place)])

    def _standing_across(self, view: View) -> Iterator[tuple[int, Place]]:
        """Patterns of which some sign is no letter or digit, and where they stand."""
        found = self._across.positions(view.text)
        if not found:
            return
        begins, stops = _edges(view)
        for key_index, start, end in found:
            before, after = view.text[begins[start] : start], view.text[end : stops[end - 1]]
            key = self._across.keys[key_index]
            span = view.span(start, end)
            for each in self._across.meanings[key_index]:
                pattern = self._patterns[each.pattern]
                if stands(before, after, key, pattern, each.needs_ending):
                    yield each.pattern, (span.start, span.end)

    def _scan_joined(self, text: Text, matched: Matched) -> None:
        joined = "".join(text.pieces)
        ends = list(accumulate(map(len, text.pieces)))
        keys, meanings = self._joined.keys, self._joined.meanings
        for key_index, start, end in self._joined.positions(joined):
            first = bisect_right(ends, start)
            if ends[first] >= end:
                continue
            last = bisect_left(ends, end)
            begin = ends[first - 1] if first else 0
            before, after = joined[begin:start], joined[end : ends[last]]
            standing = [
                meaning.pattern
                for meaning in meanings[key_index]
                if stands(
                    before,
                    after,
                    keys[key_index],
                    self._patterns[meaning.pattern],
                    meaning.needs_ending,
                )
            ]
            if standing and _evades(text, start, end, ends[first:last], not (before or after)):
                span = text.joined.span(start, end)
                for pattern in standing:
                    matched.add(pattern, (span.start, span.end))

    def _scan_substituted(self, text: Text, view: View, matched: Matched) -> None:
        for index, place in self._standing(view):
            written = text.original[slice(*place)]
            if "substituted" in self._patterns[index].tolerance and any(
                character in SUBSTITUTES or character == SUPERSCRIPT_ALEF for character in written
            ):
                matched.add(index, place)

    def _standing(self, view: View) -> Iterator[tuple[int, Place]]:
        """Patterns and the places where they stand in a view, whatever form they ask for."""
        starts = view.word_starts.tolist()
        for begin, word in zip(starts, self._words.read(view.words), strict=True):
            for indexes, start, end in (*word.standing, *word.strict):
                span = view.span(begin + start, begin + end)
                for index in indexes:
                    yield index, (span.start, span.end)
        yield from self._standing_across(view)

    def _scan_latin(self, text: Text, view: View, matched: Matched) -> None:
        folded = text.folded
        for name, start, _ in self._latin_names.positions(view.text):
            word = matched.word_at(int(view.starts[start]))
            first, last = int(folded.word_starts[word]), int(folded.word_ends[word])
            written = folded.text[first:last]
            found = self._spelled(name).Match(written)
            if found:
                span = folded.span(first, last)
                for each in found:
                    matched.add(self._latin[name][each], (span.start, span.end))

    def _spelled(self, name: int) -> re2.Set:
        """How the patterns of one skeleton are written in Latin letters.

        Made when a word has it: there are thousands, and few are ever needed.
        """
        spelled = self._spellings.get(name)
        if spelled is None:
            spelled = re2.Set.FullMatchSet(re2.Options())
            for pattern in self._latin[name]:
                spelled.Add(arabizi.spellings(self._patterns[pattern].text))
            spelled.Compile()
            self._spellings[name] = spelled
        return spelled


class Matched:
    """The patterns that hit a text. Places and hits are made when a condition asks for them."""

    def __init__(self, text: Text, words: Sequence[WordMatches]) -> None:
        """`words` are in step with those of the folded view."""
        self._text = text
        self._hits: dict[int, list[Hit]] = {}
        self._hit_at_place: dict[Place, Hit] = {}
        self._others: dict[int, dict[Place, None]] = {}
        self.words = [(at, word) for at, word in enumerate(words) if word is not NOTHING]
        self.patterns: set[int] = set().union(*[word.patterns for _, word in self.words])

    def add(self, pattern: int, place: Place) -> None:
        """Notes that a pattern hits elsewhere than in a word as it is; twice is once."""
        self._others.setdefault(pattern, {})[place] = None
        self.patterns.add(pattern)

    @property
    def others(self) -> Collection[int]:
        """The patterns that hit elsewhere than in a word as it is."""
        return self._others.keys()

    @lazy
    def places(self) -> Mapping[int, Mapping[Place, None]]:
        """By pattern: where it hits. To be asked for once the text is scanned."""
        return {pattern: self._places_of(pattern) for pattern in self.patterns}

    def hits(self, pattern: int) -> list[Hit]:
        """The hits of a pattern that has any."""
        hits = self._hits.get(pattern)
        if hits is None:
            hits = self._hits[pattern] = [self._hit_at(each) for each in self._places_of(pattern)]
        return hits

    def _hit_at(self, place: Place) -> Hit:
        """The hit on a place, which many patterns share."""
        hit = self._hit_at_place.get(place)
        if hit is None:
            hit = self._hit_at_place[place] = self.hit(Span(*place))
        return hit

    def _places_of(self, pattern: int) -> dict[Place, None]:
        places = {
            self.place(at, start, end): None
            for at, word in self.words
            if pattern in word.patterns
            for indexes, start, end in word.standing
            if pattern in indexes
        }
        if pattern in self._others:
            places |= self._others[pattern]
        return places

    def place(self, word: int, start: int, end: int) -> Place:
        """The place of a stretch of a word of the folded view."""
        folded = self._text.folded
        begin = self._begins[word]
        return int(folded.starts[begin + start]), int(folded.ends[begin + end - 1])

    def hit(self, span: Span) -> Hit:
        """A hit on a span of the original."""
        return Hit(self.word_at(span.start), self.word_at(span.end - 1), (span,))

    def word_at(self, offset: int) -> int:
        """The word at an offset of the original; the first word where none is before it."""
        return max(bisect_right(self._word_starts, offset) - 1, 0)

    @lazy
    def _begins(self) -> list[int]:
        begins: list[int] = self._text.folded.word_starts.tolist()
        return begins

    @lazy
    def _word_starts(self) -> list[int]:
        folded = self._text.folded
        starts: list[int] = folded.starts[folded.word_starts].tolist()
        return starts


def _keys(index: int, pattern: Pattern) -> Iterable[tuple[str, Key]]:
    yield pattern.text, Key(index)
    feminine = pattern.text.endswith("ه") and len(pattern.text) > 2
    if feminine and pattern.kind == "word" and pattern.clitics in {"all", "suffix"}:
        # Ta marbuta is written ta before a pronoun: «كلبة», «كلبتك».
        yield pattern.text[:-1] + "ت", Key(index, needs_ending=True)


def _is_of_word(key: str) -> bool:
    """Whether a key is of letters and digits alone, and so never reaches over a word's edge."""
    return all(WORD[ord(character)] for character in key)


def _edges(view: View) -> tuple[list[int], list[int]]:
    """By character: where its word begins and ends; a character apart is its own word."""
    lengths = view.word_ends - view.word_starts
    begins = np.arange(len(view.codes))
    ends = begins + 1
    begins[view.is_word] = np.repeat(view.word_starts, lengths)
    ends[view.is_word] = np.repeat(view.word_ends, lengths)
    return begins.tolist(), ends.tolist()


def _evades(text: Text, start: int, end: int, gaps: Sequence[int], whole: bool) -> bool:
    """Whether the gaps inside a match look like evasion and not like ordinary words.

    They do where symbols alone part the letters (ك.ل.ب), where letters stand alone (ك ل ب, كل ب),
    and, for long terms, where the pieces are no ordinary short words (شرم وطة). `whole` says that
    the match begins and ends where words do.
    """
    joined = text.joined
    edges = [start, *gaps, end]
    pieces = [joined.text[left:right] for left, right in pairwise(edges)]
    alone = sum(len(piece) == 1 for piece in pieces)
    if alone > 1 or (alone and pieces[0] != "و"):
        return True
    if (
        not alone
        and whole
        and end - start >= _JOINED_IN_PIECES
        and not FUNCTION_WORDS.intersection(pieces)
    ):
        return True
    between = (text.original[int(joined.ends[gap - 1]) : int(joined.starts[gap])] for gap in gaps)
    return any(not any(map(str.isspace, gap)) for gap in between)
