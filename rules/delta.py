"""What sets two rule sets apart, and in which comments that shows.

A rule finds what it finds whatever other rules stand beside it. So only the rules that are not the
same in both sets are asked, with only their own patterns, to know whether the sets can differ on a
comment at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from moderation.comment import Comment
from moderation.finding import Finding, Source
from moderation.text import Text
from rules.compile import Compiled, CompiledRule
from rules.content import content_of, patterns_of, telling_patterns_of
from rules.frequent import FREQUENT
from rules.pattern import Pattern
from rules.ruleset import RuleMatches, RuleSet
from rules.scan import Scanner

_WIDE: Final = 0.5
"""From this share of patterns on, scanning for the changed rules alone saves nothing."""


class Change(StrEnum):
    """What became of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sets match in one comment: all of it, or the changed rules alone (`Delta.whole`).

    `same` promises that the whole sets find and signal alike in it. Nothing that matches may be
    None.
    """

    old: RuleMatches | None
    new: RuleMatches | None
    same: bool


NOWHERE: Final = Compared(None, None, same=True)
"""No changed rule has anything to do with a comment."""


class Delta:
    """What is not the same in two rule sets. Shared between threads: it holds no state.

    `changes` are by rule name; a disabled rule counts as one that is not there. `new_terms` are the
    folded terms that changed rules look for now and did not before, of a phrase its rarest word,
    and no words that every text holds. `whole` says that the whole
    sets are matched where they are compared.
    """

    def __init__(self, old: RuleSet, new: RuleSet) -> None:
        before, after = _enabled(old), _enabled(new)
        # Patterns stand in many rules: numbers that both sets share are compared sooner.
        numbers: dict[Pattern, int] = {}
        contents = _contents(before, old, numbers), _contents(after, new, numbers)
        self.changes: Mapping[str, Change] = {
            name: _change(was=name in before, is_now=name in after)
            for name in sorted(before.keys() | after.keys())
            if contents[0].get(name) != contents[1].get(name)
        }
        lists = _lists(old), _lists(new)
        changed_lists = {
            name
            for name in lists[0].keys() | lists[1].keys()
            if lists[0].get(name) != lists[1].get(name)
        }
        wanted = [self._patterns(each, changed_lists) for each in (old, new)]
        held = len(old.compiled.patterns) + len(new.compiled.patterns)
        self.whole = sum(map(len, wanted)) > _WIDE * held
        self._sets = (
            (old, new)
            if self.whole
            else tuple(
                RuleSet(self._part(each, changed_lists), each.version, only)
                for each, only in zip((old, new), wanted, strict=True)
            )
        )
        self._gate = self._scanner_of_anchors(changed_lists)
        self.new_terms = self._terms(after, new) - self._terms(before, old)

    def compare(self, comment: Comment, text: Text, at: datetime) -> Compared:
        """What sets the rule sets apart in a comment at a time; `text` is that of the comment."""
        if self._gate is not None and not self._gate.scan(text).patterns:
            return NOWHERE
        old, new = (each.match(comment, text, at=at) for each in self._sets)
        same = (
            not old.waits_for_scores
            and not new.waits_for_scores
            and old.signals == new.signals
            and found_by_rule(old.findings({})) == found_by_rule(new.findings({}))
        )
        return Compared(old, new, same)

    def _scanner_of_anchors(self, lists: set[str]) -> Scanner | None:
        """Looks for what stands in every comment in which a changed rule or list can matter; None
        where some rule asks for nothing that could be looked for, or where it would spare nothing.
        """
        if self.whole:
            return None
        found: dict[Pattern, None] = {}
        for rules in self._sets:
            part = self._part(rules, lists)
            enabled = [rule for rule in part.rules if rule.rule.enabled]
            if not all(rule.anchors for rule in enabled):
                return None
            indexes = [*(rule.anchors for rule in enabled), *part.lists.values()]
            found.update((part.patterns[at], None) for each in indexes for at in each)
        return Scanner(tuple(found))

    def _patterns(self, rules: RuleSet, lists: set[str]) -> frozenset[int]:
        part = self._part(rules, lists)
        nodes = ((rule.when, rule.unless, rule.mention) for rule in part.rules)
        return frozenset(patterns_of(tuple(nodes))).union(*part.lists.values())

    def _part(self, rules: RuleSet, lists: set[str]) -> Compiled:
        whole = rules.compiled
        return replace(
            whole,
            rules=tuple(rule for rule in whole.rules if rule.name in self.changes),
            lists={name: found for name, found in whole.lists.items() if name in lists},
        )

    def _terms(self, enabled: Mapping[str, CompiledRule], rules: RuleSet) -> frozenset[str]:
        changed = tuple(rule.when for name, rule in enabled.items() if name in self.changes)
        texts = {rules.compiled.patterns[index].text for index in telling_patterns_of(changed)}
        return frozenset(texts - FREQUENT)


def found_by_rule(findings: Sequence[Finding]) -> Mapping[str, Finding]:
    """The findings of rules, by the rule's name; the versions of packs are left out of them."""
    return {
        finding.source.name: replace(finding, source=Source("rule", finding.source.name, ""))
        for finding in findings
        if finding.source.kind == "rule"
    }


def _enabled(rules: RuleSet) -> Mapping[str, CompiledRule]:
    return {rule.name: rule for rule in rules.rules if rule.rule.enabled}


def _contents(
    enabled: Mapping[str, CompiledRule], rules: RuleSet, numbers: dict[Pattern, int]
) -> Mapping[str, Hashable]:
    patterns = [numbers.setdefault(each, len(numbers)) for each in rules.compiled.patterns]
    return {name: content_of(rule, patterns) for name, rule in enabled.items()}


def _lists(rules: RuleSet) -> Mapping[str, frozenset[Pattern]]:
    patterns = rules.compiled.patterns
    return {
        name: frozenset(patterns[index] for index in found)
        for name, found in rules.compiled.lists.items()
    }


def _change(*, was: bool, is_now: bool) -> Change:
    if was and is_now:
        return Change.CHANGED
    return Change.REMOVED if was else Change.ADDED
