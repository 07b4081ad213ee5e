"""A comment's text: the original and the views that rules and classifiers read.

folded       letters folded to one spelling, marks and invisible characters gone, runs of one
             letter collapsed, a word whose every letter a sign parts from the next closed (ك.ل.ب);
             an Arabic zero between letters is a dot (ك٠ل٠ب)
joined       folded, with everything between words taken out (ك ل ب, كل.ب, شرم وطة); `breaks`
             keeps where the gaps were, so that a matcher can tell evasion from ordinary words
substituted  folded, with digits and symbols inside Arabic words read as letters (7مار, حم@ر), and
             a superscript alef as ا (حثٰلة)
latin        the consonants of words written in Latin letters (7mar, ya kalb), see `arabizi`
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moderation import arabizi
from moderation.lazy import lazy
from moderation.letters import (
    ARABIC,
    ARABIC_ZEROS,
    DELETED,
    EXPANDED,
    EXPANSIONS,
    FOLD,
    SUBSTITUTE,
    SUBSTITUTES,
    SUPERSCRIPT_ALEF,
)
from moderation.span import Span
from moderation.view import EMPTY, View, collapse, decode, ends_before_next

_APART: Final = re.compile(
    r"(?<![\w.])"
    r"(?:(?:[\u0621-\u064a](?:[^\w\s]|_)){2,}[\u0621-\u064a]|(?:[a-z](?:[^\w\s]|_)){3,}[a-z])"
    r"(?!\w)"
)
"""Three Arabic letters and more, each parted from the next by one sign: so nobody writes a word but
to hide it. Of Latin letters four: three are an abbreviation (u.s.a)."""

_LETTERS: Final = {code: int(FOLD[code]) for code in range(0x0621, 0x064B) if ARABIC[FOLD[code]]}
"""The Arabic letters that fold to one letter."""
_LETTERS_ALONE: Final = re.compile(f"[{''.join(map(chr, _LETTERS))}]+")
_RUN: Final = re.compile(r"(.)\1+")

_SUBSTITUTED: Final = re.compile(f"[{re.escape(''.join(SUBSTITUTES))}]")


class Text:
    """An immutable text. Views are made when first asked for and kept.

    Any string is accepted, lone surrogates included. All offsets are in code points of `original`
    unless a name says UTF-16.
    """

    def __init__(self, original: str) -> None:
        self._original = original

    def __repr__(self) -> str:
        return f"Text({self._original!r})"

    @property
    def original(self) -> str:
        """The text as it was written."""
        return self._original

    @lazy
    def _codes(self) -> NDArray[np.uint32]:
        return np.frombuffer(self._original.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    @lazy
    def folded(self) -> View:
        """Letters folded, marks and invisible characters gone, repeated letters collapsed."""
        return self._view(FOLD[self._codes])

    def _view(self, folded: NDArray[np.uint32]) -> View:
        kept = (folded != DELETED).nonzero()[0].astype(np.int32)
        codes = folded[kept]
        if np.count_nonzero(codes >= EXPANDED):
            codes, kept = _expand(codes, kept)
        codes, kept = collapse(codes, kept)
        if any(zero in self._original for zero in ARABIC_ZEROS):
            codes = _dotted(self._codes[kept], codes)
        text = decode(codes)
        if _APART.search(text) is not None:
            codes, kept = _closed(text, codes, kept)
            text = decode(codes)
        return View(text, codes, kept, ends_before_next(kept, len(self._original)))

    @lazy
    def pieces(self) -> tuple[str, ...]:
        """What the joined view is put together from: the words of the folded view.

        Of single letters that repeat one after another (ك ل ل ب), each is there once.
        """
        words = self.folded.words
        repeated = {at for at, (one, two) in enumerate(pairwise(words), 1) if one == two}
        if not any(len(words[at]) == 1 for at in repeated):
            return words
        return tuple(word for at, word in enumerate(words) if at not in repeated or len(word) > 1)

    @lazy
    def joined(self) -> View:
        """The letters and digits of the folded view with every gap closed; see `View.breaks`.

        Only single letters that a gap kept apart are collapsed when they repeat (ك ل ل ب): two
        ordinary words that end and begin alike keep their letters.
        """
        folded = self.folded
        if len(folded.word_starts) < 2:
            return EMPTY
        codes = folded.codes[folded.is_word]
        starts = folded.starts[folded.is_word]
        ends = folded.ends[folded.is_word]
        lengths = folded.word_ends - folded.word_starts
        offsets = lengths.cumsum()[:-1]
        single = lengths == 1
        both = single[1:] & single[:-1]
        if both.any():
            seams = offsets[both]
            drop = seams[codes[seams] == codes[seams - 1]]
            if drop.size:
                keep = np.ones(len(codes), dtype=np.bool_)
                keep[drop] = False
                codes, starts, ends = codes[keep], starts[keep], ends[keep]
                offsets = np.unique(offsets - np.searchsorted(drop, offsets, side="right"))
        return View(decode(codes), codes, starts, ends, frozenset(offsets.tolist()))

    @lazy
    def substituted(self) -> View:
        """Digits and symbols that touch an Arabic letter read as the letter they stand for.

        So is a superscript alef, which the folded view drops as the mark that it mostly is.

        Empty where the text has none. A number of several digits stays a number (2011م).
        """
        folded = self._with_alefs
        codes = folded.codes
        if _SUBSTITUTED.search(folded.text) is None:
            return EMPTY if folded is self.folded else folded
        letters = SUBSTITUTE[codes]
        candidate = letters != 0
        neighbour = np.zeros(len(codes) + 2, dtype=np.bool_)
        neighbour[1:-1] = ARABIC[codes]
        touches = neighbour[:-2] | neighbour[2:]
        digit = (codes >= ord("0")) & (codes <= ord("9"))
        beside_digit = np.zeros(len(codes) + 2, dtype=np.bool_)
        beside_digit[1:-1] = digit
        number = digit & (beside_digit[:-2] | beside_digit[2:])
        chosen = candidate & touches & ~number
        if not chosen.any():
            return EMPTY if folded is self.folded else folded
        read, starts = collapse(np.where(chosen, letters, codes), folded.starts)
        return View(decode(read), read, starts, ends_before_next(starts, len(self._original)))

    @property
    def _with_alefs(self) -> View:
        """The folded view with each superscript alef as a letter."""
        if SUPERSCRIPT_ALEF not in self._original:
            return self.folded
        codes = FOLD[self._codes]
        codes[self._codes == ord(SUPERSCRIPT_ALEF)] = ord("ا")
        return self._view(codes)

    @lazy
    def latin(self) -> View:
        """The consonant skeleton of the words in Latin letters; empty where there are none."""
        if not self.folded.has_latin:
            return EMPTY
        return arabizi.read(self.folded)

    @lazy
    def _utf16(self) -> NDArray[np.int64] | None:
        astral = self._codes > 0xFFFF
        if not astral.any():
            return None
        offsets = np.zeros(len(self._codes) + 1, dtype=np.int64)
        np.cumsum(astral + 1, out=offsets[1:])
        return offsets

    def utf16(self, offset: int) -> int:
        """An offset in code points as an offset in UTF-16 code units, as JavaScript counts."""
        return offset if self._utf16 is None else int(self._utf16[offset])

    def cut(self, span: Span) -> str:
        """The original characters of a span."""
        return self._original[span.start : span.end]


def fold(text: str) -> str:
    """The folded view of a text, as a string: the form in which terms are compared."""
    if _LETTERS_ALONE.fullmatch(text):
        # Most terms of the packs are such words; a view of each would be most of their loading.
        return _RUN.sub(r"\1", text.translate(_LETTERS))
    return Text(text).folded.text


def _closed(
    text: str, codes: NDArray[np.uint32], starts: NDArray[np.int32]
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Words whose letters signs part, without the signs."""
    keep = np.ones(len(codes), dtype=np.bool_)
    for match in _APART.finditer(text):
        keep[match.start() + 1 : match.end() : 2] = False
    return collapse(codes[keep], starts[keep])


def _dotted(written: NDArray[np.uint32], codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The codes with a dot for each Arabic zero that stands between two Arabic letters."""
    between = np.zeros(len(codes), dtype=np.bool_)
    between[1:-1] = ARABIC[codes[:-2]] & ARABIC[codes[2:]]
    zero = np.isin(written, [ord(each) for each in ARABIC_ZEROS])
    return np.where(between & zero, np.uint32(ord(".")), codes)


def _expand(
    codes: NDArray[np.uint32], starts: NDArray[np.int32]
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Characters that fold to several (ﷲ, ﻻ), once each where they stand repeated."""
    expanded: list[int] = []
    origins: list[int] = []
    before = -1
    for code, start in zip(codes.tolist(), starts.tolist(), strict=True):
        if code < EXPANDED:
            expanded.append(code)
            origins.append(start)
        elif code != before:
            for character in EXPANSIONS[code - EXPANDED]:
                expanded.append(ord(character))
                origins.append(start)
        before = code
    return np.array(expanded, dtype=np.uint32), np.array(origins, dtype=np.int32)
