"""Which rules a comment wakes: those that can hold at all, judged by which patterns hit in it.

A rule asks for one of several sets of requirements; each sleeps until a pattern of its rarest set
hits. So the cost of a comment depends on what it says and not on the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rules.compile import Compiled, CompiledRule
from rules.guard import Sleepers
from rules.scan import Matched

_REMEMBERED: Final = 1 << 12
"""So many sets of patterns are kept, those that one word matches, before all are dropped: 4 MB."""


@dataclass(frozen=True, slots=True)
class Woken:
    """What a comment wakes: `rules` in the order of their set, and the names of `lists` in it.

    `touched` has the bits of the sets of which a pattern hits; see `rules.guard`.
    """

    touched: int
    rules: list[CompiledRule]
    lists: set[str]


@dataclass(frozen=True, slots=True)
class _Stirred:
    """What some patterns touch, and their lists."""

    touched: int
    lists: frozenset[str]


class Waking:
    """Wakes the rules of one set. Threads may share one: what it keeps changes no result."""

    def __init__(self, compiled: Compiled) -> None:
        self._rules = compiled.rules
        self._bits = compiled.bits
        self._lists: dict[int, list[str]] = {}
        enabled = [
            (number, rule) for number, rule in enumerate(compiled.rules) if rule.rule.enabled
        ]
        self._sleepers = Sleepers(
            (
                (each.rarest, each.required, number)
                for number, rule in enabled
                for each in rule.alternatives
            ),
            awake=(number for number, rule in enabled if not rule.alternatives),
        )
        for name, patterns in compiled.lists.items():
            for pattern in patterns:
                self._lists.setdefault(pattern, []).append(name)
        self._remembered: dict[frozenset[int], _Stirred] = {}

    def of(self, matched: Matched) -> Woken:
        """What a comment wakes by the patterns that hit in it."""
        known = self._remembered
        stirred = [
            known.get(word.patterns) or self._remember(word.patterns) for _, word in matched.words
        ]
        if matched.others:
            stirred.append(self._stirred(matched.others))
        touched = 0
        for each in stirred:
            touched |= each.touched
        return Woken(
            touched,
            [self._rules[number] for number in self._sleepers.woken(touched)],
            set[str]().union(*[each.lists for each in stirred]),
        )

    def _remember(self, patterns: frozenset[int]) -> _Stirred:
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        found = self._remembered[patterns] = self._stirred(patterns)
        return found

    def _stirred(self, patterns: Iterable[int]) -> _Stirred:
        touched = 0
        lists: set[str] = set()
        for pattern in patterns:
            touched |= self._bits[pattern]
            lists.update(self._lists.get(pattern, ()))
        return _Stirred(touched, frozenset(lists))
