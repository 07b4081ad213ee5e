"""A text as its writer may have meant it: slips of the thumb and hiding undone, word by word.

Words that readers do not write are read as words that they do: run together («كلهمكلاب»), broken
(«كل هم»), with letters swapped («الكلبا»), lost («خنازر») or hidden behind signs («ح@رات»). A word
that is known stays as it is. How likely a parting is, is the product of how often its words stand
in texts, as in word segmentation (Norvig 2009).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise, product
from math import log
from typing import Final, NamedTuple

from classifiers.stretches import Beginnings
from classifiers.vocabulary import LONGEST_KNOWN, Vocabulary, is_arabic
from moderation.span import Span
from moderation.text import Text, fold

_LETTERS: Final = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_WORD: Final = re.compile(r"[ء-ي]+(?:[0-9@$*+&%]{1,2}[ء-ي]+)*")
_OFTEN_LOST: Final = "اويلنمهترب"
"""Three in four letters of comments are one of these; to try all takes thrice as long."""
_CODES: Final = tuple(map(ord, _LETTERS))
_SIGN: Final = re.compile(r"[^ء-ي]")
_MOST_SIGNS: Final = 2
_MOST_HIDDEN: Final = 20
"""Of the words with signs the first are looked into: each costs a millisecond."""
_LONGEST: Final = 40
"""Longer words are left alone: nobody reads them."""
_LONGEST_TO_CORRECT: Final = LONGEST_KNOWN + 1
_REMEMBERED: Final = 1 << 13
_SHORTEST: Final = 4
_SHORTEST_TO_PART: Final = 6
_SHORTEST_LOSS: Final = 5
_LONGEST_PART: Final = 14
_TEXTS_OF_SHORT_PARTS: Final = {2: 2000, 3: 60}
"""Parts of two and three letters are words only where they are common: any word has such inside."""
_LEAST_LETTERS_A_PART: Final = 3.0
_COST_OF_A_PART: Final = 0.5
_TEXTS_OF_A_CORRECTION: Final = 16
_WORTH_OF_A_SWAP: Final = 4.0
"""A lost letter is a guess among so many more words that they have to be so much commoner."""
_TEXTS_OF_A_JOINED_WORD: Final = 3
_OFTENER_THAN_BY_CHANCE: Final = 3.0
_COMMON: Final = 300
_AND: Final = "و"
_APART: Final = frozenset(("يا", "ما", "لا", "و", "ولا", "من", "في", "ان", "كل", "هم", "انت"))
"""Never one word with the next: these are written together where somebody is in haste."""


class Repaired(NamedTuple):
    """Another reading of a text; `starts` and `ends` have the place, in code points of the
    original, that each character of the reading is from."""

    text: Text
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, span: Span) -> Span:
        """The stretch of the original that a stretch of the reading is from."""
        return Span(self.starts[span.start], self.ends[span.end - 1])


class Repairer:
    """Reads texts by one vocabulary. Threads may share one.

    It remembers what it made of the words that it read last, which changes no result.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._mended = lru_cache(maxsize=_REMEMBERED)(self._mend)
        self._texts_of = lru_cache(maxsize=_REMEMBERED)(vocabulary.texts_of_stem)

    def __reduce__(self) -> tuple[type[Repairer], tuple[Vocabulary]]:
        # What is remembered is not written down.
        return Repairer, (self._vocabulary,)

    def repaired(self, text: Text) -> Repaired | None:
        """The text as it may have been meant; None where nothing in it needs to be read so."""
        if not len(self._vocabulary):
            return None
        view = text.folded
        read = view.text
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        last = 0
        for start, end, meant in self._changes(read):
            pieces.extend((read[last:start], meant))
            starts.extend(view.starts[last:start].tolist())
            ends.extend(view.ends[last:start].tolist())
            span = view.span(start, end)
            starts.extend([span.start] * len(meant))
            ends.extend([span.end] * len(meant))
            last = end
        if not last:
            return None
        pieces.append(read[last:])
        starts.extend(view.starts[last:].tolist())
        ends.extend(view.ends[last:].tolist())
        return Repaired(Text("".join(pieces)), tuple(starts), tuple(ends))

    def _changes(self, read: str) -> Iterator[tuple[int, int, str]]:
        """Where in the folded text something else is read, and what."""
        words = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(read)]
        joined = False
        hidden = 0
        for at, (start, end, word) in enumerate(words):
            if joined:
                joined = False
                continue
            if at + 1 < len(words) and read[end : words[at + 1][0]] == " ":
                _, stop, following = words[at + 1]
                if self._is_broken(word, following):
                    joined = True
                    yield start, stop, fold(word + following)
                    continue
            has_signs = not is_arabic(word)
            hidden += has_signs
            if len(word) > _LONGEST or (has_signs and hidden > _MOST_HIDDEN):
                continue
            meant = self._mended(word)
            if meant is not None:
                yield start, end, meant

    def _is_broken(self, word: str, following: str) -> bool:
        """Whether two words are one that is known, and oftener than they would meet by chance."""
        if max(len(word), len(following)) > _LONGEST_PART:
            return False
        one, other = self._texts_of(word), self._texts_of(following)
        if min(one, other) >= _COMMON or (word in _APART and other):
            return False
        whole = fold(word + following)
        if len(whole) < _SHORTEST or not is_arabic(whole):
            return False
        by_chance = one * other / self._vocabulary.occurrences
        least = max(_TEXTS_OF_A_JOINED_WORD, _OFTENER_THAN_BY_CHANCE * by_chance)
        texts = self._vocabulary.texts
        return texts(whole) >= least or (whole[0] == _AND and texts(whole[1:]) >= least)

    def _mend(self, word: str) -> str | None:
        if not is_arabic(word):
            return self._unhidden(word)
        if len(word) < _SHORTEST or self._texts_of(word):
            return None
        return self._parted(word) or self._corrected(word)

    def _unhidden(self, word: str) -> str | None:
        """The commonest word that the letters around the signs belong to.

        A sign stands for a letter; one of two may stand for none.
        """
        signs = len(_SIGN.findall(word))
        if not _SHORTEST <= len(word) <= _LONGEST_TO_CORRECT or signs > _MOST_SIGNS:
            return None
        best, most = None, _TEXTS_OF_A_CORRECTION
        for blanks in (_SIGN.sub("\0", word), *_without_one_sign(word)):
            hashes, count = Beginnings(blanks), self._vocabulary.texts_by_hash
            places = [at for at, character in enumerate(blanks) if character == "\0"]
            for codes in product(_CODES, repeat=len(places)):
                filling = tuple(zip(places, codes, strict=True))
                if (texts := count(hashes.filled(filling))) > most:
                    best, most = _filled(blanks, filling), texts
        return best

    def _corrected(self, word: str) -> str | None:
        """The commonest word of which two neighbouring letters were swapped or one was lost."""
        if len(word) > _LONGEST_TO_CORRECT:
            return None
        hashes, count = Beginnings(word), self._vocabulary.texts_by_hash
        best, most = word, _TEXTS_OF_A_CORRECTION / _WORTH_OF_A_SWAP
        for at in range(len(word) - 1):
            if (texts := count(hashes.swapped(at))) > most:
                best, most = word[:at] + word[at + 1] + word[at] + word[at + 2 :], texts
        if len(word) >= _SHORTEST_LOSS:
            most *= _WORTH_OF_A_SWAP
            for at in range(1, len(word)):
                for letter in _OFTEN_LOST:
                    if (texts := count(hashes.inserted(at, ord(letter)))) > most:
                        best, most = word[:at] + letter + word[at:], texts
        return None if best == word else best

    def _parted(self, word: str) -> str | None:
        """The likeliest words that stand in a row in one that is none."""
        length = len(word)
        if length < _SHORTEST_TO_PART:
            return None
        hashes, count = Beginnings(word), self._vocabulary.texts_by_hash
        cost = log(self._vocabulary.occurrences) + _COST_OF_A_PART
        best: list[tuple[float, tuple[int, ...]] | None] = [(0.0, (0,))] + [None] * length
        for start in range(length):
            before = best[start]
            if before is None:
                continue
            for end in range(start + 2, min(length, start + _LONGEST_PART) + 1):
                texts = count(hashes.part(start, end))
                if texts <= _TEXTS_OF_SHORT_PARTS.get(end - start, 0):
                    continue
                worth = before[0] + log(texts) - cost
                known = best[end]
                if known is None or worth > known[0]:
                    best[end] = (worth, (*before[1], end))
        found = best[length]
        if found is None or length / (len(found[1]) - 1) < _LEAST_LETTERS_A_PART:
            return None
        return " ".join(word[start:end] for start, end in pairwise(found[1]))


def _without_one_sign(word: str) -> Iterator[str]:
    """The word without each of its signs in turn, the others left open."""
    for sign in _SIGN.finditer(word):
        yield _SIGN.sub("\0", word[: sign.start()] + word[sign.end() :])


def _filled(blanks: str, filling: Iterable[tuple[int, int]]) -> str:
    letters = list(blanks)
    for at, code in filling:
        letters[at] = chr(code)
    return "".join(letters)
