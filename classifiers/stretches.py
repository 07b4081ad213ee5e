"""One number for a stretch of code points, wherever it stands.

Hashes are polynomials over the code points modulo 2**64 (Karp and Rabin 1987), which NumPy computes
for all stretches at once; the hash of a stretch is a difference of prefix sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Positions = NDArray[np.int64]

BASE: Final = 0x9E3779B97F4A7C15
_MODULUS: Final = 1 << 64


def hashes_of(codes: Hashes, starts: Positions, ends: Positions) -> Hashes:
    """The polynomial of each stretch of `codes`; ends are exclusive.

    A stretch that begins later has its powers divided away, so that a word has one hash wherever
    it stands.
    """
    powers, inverses = _powers(max(1024, 1 << len(codes).bit_length()))
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * powers[: len(codes)], out=prefix[1:])
    return (prefix[ends] - prefix[starts]) * inverses[starts]


def hash_of(word: str) -> int:
    """The hash of a text that is one stretch: too short, mostly, for NumPy to pay."""
    found = 0
    for code in map(ord, reversed(word)):
        found = (found * BASE + code) % _MODULUS
    return found


class Beginnings:
    """The hashes of a word's parts, and of words that differ from it little, without reading them.

    Raises ValueError for a word of more than LONGEST_WORD characters.
    """

    def __init__(self, word: str) -> None:
        if len(word) > LONGEST_WORD:
            raise ValueError(f"a word of {len(word)} characters; at most {LONGEST_WORD}")
        self._codes = [ord(character) for character in word]
        self._sums = [0]
        for code, power in zip(self._codes, _POWERS, strict=False):
            self._sums.append(self._sums[-1] + code * power)

    def part(self, start: int, end: int, behind: str = "") -> int:
        """The hash of `word[start:end]`, perhaps with one more letter behind it."""
        sums = (self._sums[end] - self._sums[start]) * _INVERSES[start]
        return (sums + (ord(behind) * _POWERS[end - start] if behind else 0)) % _MODULUS

    def swapped(self, at: int) -> int:
        """The hash of the word with the characters at `at` and after it swapped."""
        change = self._codes[at + 1] - self._codes[at]
        return (self._sums[-1] + change * (_POWERS[at] - _POWERS[at + 1])) % _MODULUS

    def inserted(self, at: int, code: int) -> int:
        """The hash of the word with one more character, a code point, before `at`."""
        before, behind = self._sums[at], self._sums[-1] - self._sums[at]
        return (before + code * _POWERS[at] + behind * BASE) % _MODULUS

    def filled(self, codes: Sequence[tuple[int, int]]) -> int:
        """The hash of the word with code points, each with its place, where it has "\0"."""
        return (self._sums[-1] + sum(code * _POWERS[at] for at, code in codes)) % _MODULUS


LONGEST_WORD: Final = 64
_POWERS: Final = [pow(BASE, power, _MODULUS) for power in range(LONGEST_WORD + 1)]
_INVERSES: Final = [pow(BASE, -power, _MODULUS) for power in range(LONGEST_WORD + 1)]


@lru_cache(maxsize=16)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse modulo 2**64."""
    inverse = pow(BASE, -1, _MODULUS)
    powers = np.full(count, BASE, dtype=np.uint64)
    inverses = np.full(count, inverse, dtype=np.uint64)
    powers[0] = inverses[0] = 1
    return np.cumprod(powers), np.cumprod(inverses)
