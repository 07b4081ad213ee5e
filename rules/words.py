"""Which patterns stand in one word of a folded view, wherever the word stands.

A term of letters and digits alone never reaches over the edge of a word, so that what stands in a
word depends on the word and on nothing around it. Comments are made of the same words again and
again: what was found in one is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ahocorasick_rs import AhoCorasick

from rules.clitics import may_end_a_word, may_follow, may_precede
from rules.pattern import Pattern

REMEMBERED: Final = 1 << 15
"""Words that are kept, the most recent: about 7 MB."""

_LONGEST_REMEMBERED: Final = 32
"""Longer words are read anew each time: a hostile text could fill the memory with them."""

_NO_PREFIX: Final = frozenset(("none", "suffix"))
_SUFFIX: Final = frozenset(("all", "suffix"))

Standing = tuple[tuple[int, ...], int, int]
"""Indexes of patterns, and the start and end of the place where they stand."""


@dataclass(frozen=True, slots=True, eq=False)
class WordMatches:
    """What stands in a word: `patterns` are all of them, `standing` where, from the word's start.

    `strict` are those of which the written form is still to be looked at.
    """

    patterns: frozenset[int]
    standing: tuple[Standing, ...]
    strict: tuple[Standing, ...]


NOTHING: Final = WordMatches(frozenset(), (), ())
"""What most words hold."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an automaton's key stands for: a pattern, perhaps before a feminine ending."""

    pattern: int
    needs_ending: bool = False


class Automaton:
    """An Aho-Corasick automaton whose keys mean something."""

    def __init__(self, meanings: dict[str, list[Key]]) -> None:
        self.keys = tuple(meanings)
        self.meanings = tuple(tuple(meaning) for meaning in meanings.values())
        self._automaton = AhoCorasick(self.keys) if self.keys else None

    def positions(self, text: str) -> list[tuple[int, int, int]]:
        """Index of the key, start and end of every occurrence, overlapping ones too."""
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(text, overlapping=True)


class WordReader:
    """Looks for terms in single words. Threads may share one: what it keeps changes no result."""

    def __init__(self, meanings: dict[str, list[Key]], patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns
        self._automaton = Automaton(meanings)
        kinds = [{patterns[each.pattern].kind for each in meant} for meant in meanings.values()]
        self._inside = ["contains" in found for found in kinds]
        self._open_ended = [found != {"word"} for found in kinds]
        self._whole = [
            tuple(each.pattern for each in meant if not each.needs_ending)
            for meant in meanings.values()
        ]
        self._remembered: Callable[[str], WordMatches] = lru_cache(REMEMBERED)(self._read)

    def read(self, words: Sequence[str]) -> list[WordMatches]:
        """What stands in each word."""
        if max(map(len, words), default=0) <= _LONGEST_REMEMBERED:
            return list(map(self._remembered, words))
        return [
            self._remembered(word) if len(word) <= _LONGEST_REMEMBERED else self._read(word)
            for word in words
        ]

    def _read(self, word: str) -> WordMatches:
        standing: list[Standing] = []
        strict: list[Standing] = []
        for key, start, end in self._automaton.positions(word):
            # Most occurrences are letters inside some other word: those end here.
            if start and not self._inside[key] and not may_precede(word[:start], word[start]):
                continue
            if (
                end < len(word)
                and not self._open_ended[key]
                and not may_end_a_word(word[end:], word[end - 1])
            ):
                continue
            found = self._standing(word, key, start, end)
            if not found:
                continue
            plain = tuple(each for each in found if self._patterns[each].exact is None)
            if plain:
                standing.append((plain, start, end))
            if len(plain) < len(found):
                rest = tuple(each for each in found if self._patterns[each].exact is not None)
                strict.append((rest, start, end))
        if not (standing or strict):
            return NOTHING
        indexes = frozenset(index for found, _, _ in standing for index in found)
        return WordMatches(indexes, tuple(standing), tuple(strict))

    def _standing(self, word: str, key: int, start: int, end: int) -> Sequence[int]:
        before, after = word[:start], word[end:]
        if not before and not after:
            return self._whole[key]
        text = self._automaton.keys[key]
        return [
            each.pattern
            for each in self._automaton.meanings[key]
            if stands(before, after, text, self._patterns[each.pattern], each.needs_ending)
        ]


def stands(before: str, after: str, key: str, pattern: Pattern, needs_ending: bool) -> bool:
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
