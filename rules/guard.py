"""Which conditions a comment can fulfil at all, judged by which patterns hit and not by where.

Sets of patterns have a bit each, which a comment touches where one of the set hits. The guard of a
condition are alternatives, each of the bits that must all be touched for the condition to hold; an
alternative of no bits says that patterns alone do not tell. Only rules whose guards are met are
evaluated, so that the cost of a comment depends on what it says and not on the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from rules.frequent import FREQUENT
from rules.reading import Guard

ANYTHING: Final[Guard] = (0,)
"""The guard of a condition of which patterns do not tell."""

_MOST_ALTERNATIVES: Final = 64
_COMMON: Final = 1000
"""A frequent word stands in a comment about so much more often than any other term."""
_SHORT: Final = 3


class Alternative(NamedTuple):
    """The bits that must all be touched; of the rarest set of those, its bit and its patterns."""

    required: int
    rarest: int
    anchors: frozenset[int]


class Sleepers:
    """Conditions, by number, that wake where an alternative of their guard is met.

    Most of hundreds sleep through a comment: they are found by the rarest bit of what an
    alternative requires, and not looked at one by one.
    """

    def __init__(self, alternatives: Iterable[tuple[int, int, int]], awake: Iterable[int]) -> None:
        """Of each alternative its rarest bit, what it requires and the number of its condition;
        those in `awake` never sleep."""
        self._awake = frozenset(awake)
        self._by_bit: dict[int, list[tuple[int, int]]] = {}
        for rarest, required, number in alternatives:
            self._by_bit.setdefault(rarest, []).append((required, number))
        self._bits = sum(self._by_bit)

    def woken(self, touched: int) -> list[int]:
        """The numbers of those that wake where these bits are touched, in order."""
        numbers = set(self._awake)
        bits = touched & self._bits
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            for required, number in self._by_bit[lowest]:
                if touched & required == required:
                    numbers.add(number)
        return sorted(numbers)


class Guards:
    """Makes guards over growing sets of patterns; patterns are known by their index."""

    def __init__(self) -> None:
        self._commonness: list[int] = []
        self._sets: dict[frozenset[int], int] = {}
        self._patterns: dict[int, frozenset[int]] = {}
        self._commonness_of_sets: dict[int, int] = {}

    def add(self, text: str) -> int:
        """Makes a pattern known by its folded text; returns its index."""
        common = len(text) < _SHORT or text in FREQUENT
        self._commonness.append(_COMMON if common else 1)
        return len(self._commonness) - 1

    def touching(self, patterns: Iterable[int]) -> Guard:
        """One of the patterns hits."""
        touched = frozenset(patterns)
        bit = self._sets.setdefault(touched, 1 << len(self._sets))
        self._patterns[bit] = touched
        return (bit,)

    def either(self, guards: Iterable[Guard]) -> Guard:
        """One of several is met."""
        alternatives = tuple(dict.fromkeys(bits for guard in guards for bits in guard))
        single = all(bits.bit_count() == 1 for bits in alternatives)
        return self._one_set(alternatives) if single else self._bounded(alternatives)

    def every(self, guards: Sequence[Guard]) -> Guard:
        """All of several are met."""
        met = ANYTHING
        for guard in guards:
            met = self._bounded(
                tuple(dict.fromkeys(bits | more for bits, more in product(met, guard)))
            )
        return met

    def anchors(self, guard: Guard) -> frozenset[int]:
        """Patterns of which one hits wherever a guard is met: each alternative's rarest set.

        Empty where the guard asks for nothing.
        """
        return frozenset[int]().union(*(each.anchors for each in self.alternatives(guard)))

    def alternatives(self, guard: Guard) -> tuple[Alternative, ...]:
        """The alternatives of a guard with their rarest sets; none where it asks for nothing."""
        if 0 in guard:
            return ()
        rarest = [(bits, self.rarest(bits)) for bits in guard]
        return tuple(Alternative(bits, bit, self._patterns[bit]) for bits, bit in rarest)

    def rarest(self, bits: int) -> int:
        """The bit of the set, of several, that is touched least often."""
        return min(_single_bits(bits), key=self._commonness_of)

    def bits(self) -> tuple[int, ...]:
        """By pattern: the bits of the sets that it is in."""
        bits = [0] * len(self._commonness)
        for patterns, bit in self._sets.items():
            for pattern in patterns:
                bits[pattern] |= bit
        return tuple(bits)

    def commonness(self, pattern: int) -> int:
        """How often a pattern hits, in comparison to others."""
        return self._commonness[pattern]

    def _bounded(self, alternatives: Guard) -> Guard:
        if 0 in alternatives:
            return ANYTHING
        if len(alternatives) <= _MOST_ALTERNATIVES:
            return alternatives
        return self._one_set(alternatives)

    def _one_set(self, alternatives: Guard) -> Guard:
        """A weaker guard of one set, met wherever an alternative is."""
        return ANYTHING if 0 in alternatives else self.touching(self.anchors(alternatives))

    def _commonness_of(self, bit: int) -> int:
        if bit not in self._commonness_of_sets:
            patterns = self._patterns[bit]
            self._commonness_of_sets[bit] = sum(map(self.commonness, patterns))
        return self._commonness_of_sets[bit]


def _single_bits(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest
