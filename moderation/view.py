"""One way of reading a comment, with a map back to the characters that were written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from moderation.lazy import lazy
from moderation.letters import LETTER, WORD
from moderation.span import Span

_LATIN = re.compile("[a-z]")
_NO_CODES = np.zeros(0, dtype=np.uint32)
_NO_OFFSETS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class View:
    """A reading of a text.

    `text` is the reading and `codes` its code points. Character `i` stands for the original's
    characters from `starts[i]` to `ends[i]` (exclusive, code points), marks that follow it
    included; neither array ever decreases. `breaks` are positions in `text` where the original
    had a gap that this view closed.
    """

    text: str
    codes: NDArray[np.uint32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    breaks: frozenset[int] = field(default=frozenset())

    def span(self, start: int, end: int) -> Span:
        """The original characters behind `text[start:end]`, marks that follow them included.

        Raises IndexError where `start` and `end` do not cut at least one character of the view.
        """
        if not 0 <= start < end <= len(self.text):
            raise IndexError(f"no characters at {start}..{end} of a view of {len(self.text)}")
        return Span(int(self.starts[start]), int(self.ends[end - 1]))

    @lazy
    def word_starts(self) -> NDArray[np.int64]:
        """Where each word of the view begins; a word is a run of letters and digits."""
        return self._word_edges[0]

    @lazy
    def word_ends(self) -> NDArray[np.int64]:
        """Where each word of the view ends, exclusive; in step with `word_starts`."""
        return self._word_edges[1]

    @lazy
    def words(self) -> tuple[str, ...]:
        """The words of the view; in step with `word_starts`."""
        text = self.text
        edges = zip(self.word_starts.tolist(), self.word_ends.tolist(), strict=True)
        return tuple([text[start:end] for start, end in edges])

    @lazy
    def is_word(self) -> NDArray[np.bool_]:
        """By character of the view: whether it belongs to a word."""
        return WORD[self.codes]

    @lazy
    def _word_edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        padded = np.zeros(len(self.codes) + 2, dtype=np.int8)
        padded[1:-1] = self.is_word
        edges = (padded[1:] != padded[:-1]).nonzero()[0]
        return edges[::2], edges[1::2]

    @lazy
    def has_latin(self) -> bool:
        """Whether any letter of the Latin alphabet is in the view."""
        return _LATIN.search(self.text) is not None


EMPTY = View("", _NO_CODES, _NO_OFFSETS, _NO_OFFSETS)
"""A view that read nothing."""


def decode(codes: NDArray[np.uint32]) -> str:
    """The string of an array of code points (no surrogates among them)."""
    return codes.tobytes().decode("utf-32-le")


def collapse(
    codes: NDArray[np.uint32], starts: NDArray[np.int32]
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Runs of one letter become that letter once; `starts` has one entry per code."""
    if len(codes) < 2:
        return codes, starts
    repeated = codes[1:] == codes[:-1]
    # `count_nonzero` takes a third of the time of `any`, on so few.
    if not np.count_nonzero(repeated):
        return codes, starts
    repeated &= LETTER[codes[1:]]
    keep = np.empty(len(codes), dtype=np.bool_)
    keep[0] = True
    np.logical_not(repeated, out=keep[1:])
    return codes[keep], starts[keep]


def ends_before_next(starts: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    """Where each character ends if it reaches to the next one that begins later."""
    ends = np.empty_like(starts)
    ends[:-1] = starts[1:]
    ends[-1:] = length
    if np.count_nonzero(ends == starts):
        # Several characters of the view may come from one of the original (ﻻ).
        return np.append(starts, np.int32(length))[np.searchsorted(starts, starts, side="right")]
    return ends
