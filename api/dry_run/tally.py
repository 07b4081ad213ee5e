"""Rows of a dry run, counted, with the best candidates for samples. Tallies can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest

from api.dry_run.judging import Row
from api.dry_run.result import Agreement, Changed, Counts, RuleEffect
from moderation.store import Outcome
from moderation.verdict import Action
from rules.delta import Change


@dataclass(slots=True)
class Tally:
    """Counts over rows, and, of every kind, the `samples` highest ranked rows of different texts.

    Near misses stand in `candidates` under None, changed comments under their new action.
    """

    samples: int
    judged: int = 0
    actions: Counter[tuple[Action, Action]] = field(default_factory=Counter)
    decided: Counter[tuple[Outcome, Action, Action]] = field(default_factory=Counter)
    hits: Counter[tuple[str, int]] = field(default_factory=Counter)
    newly: Counter[tuple[str, Action]] = field(default_factory=Counter)
    against: Counter[str] = field(default_factory=Counter)
    changes: list[tuple[int, Changed]] = field(default_factory=list)
    candidates: dict[Action | None, list[Row]] = field(default_factory=dict)

    def count(self, rows: Iterable[Row]) -> None:
        """Counts rows."""
        for row in rows:
            self.judged += 1
            self.actions[row.before, row.after] += 1
            if row.decided is not None:
                self.decided[row.decided, row.before, row.after] += 1
            for rule, sides in row.hits.items():
                for side in (0, 1):
                    self.hits[rule, side] += sides[side]
            if row.before is not row.after:
                self._change(row)
            if row.ranked is not None:
                kind = None if row.before is row.after else row.after
                self.candidates.setdefault(kind, []).append(row)
        self._trim()

    def add(self, other: Tally) -> None:
        """Adds what another counted."""
        self.judged += other.judged
        for own, more in (
            (self.actions, other.actions),
            (self.decided, other.decided),
            (self.hits, other.hits),
            (self.newly, other.newly),
            (self.against, other.against),
        ):
            own.update(more)  # type: ignore[arg-type]
        self.changes.extend(other.changes)
        for kind, rows in other.candidates.items():
            self.candidates.setdefault(kind, []).extend(rows)
        self._trim()

    def actions_on(self, side: int) -> Counts:
        """How many comments met each action; side 0 is before, 1 after."""
        return _counts((key[side], number) for key, number in self.actions.items())

    def newly_met(self) -> Counts:
        """How many comments met each action that met another before."""
        return _counts((key[1], number) for key, number in self.actions.items() if key[0] != key[1])

    def agreement(self, side: int) -> Agreement:
        """What became of the comments that moderators decided; side 0 is before, 1 after."""
        approved, rejected = (
            _counts(
                ((before, after)[side], number)
                for (decided, before, after), number in self.decided.items()
                if decided is outcome
            )
            for outcome in (Outcome.APPROVE, Outcome.REJECT)
        )
        return Agreement(approved, rejected)

    def effects(self, changes: Mapping[str, Change]) -> tuple[RuleEffect, ...]:
        """By rule, those first that change most; rules that did not change themselves are there
        where their words decide what changes."""
        effects = [
            RuleEffect(
                rule=rule,
                change=changes.get(rule),
                hits_before=self.hits[rule, 0],
                hits_after=self.hits[rule, 1],
                newly_rejected=self.newly[rule, Action.REJECT],
                newly_flagged=self.newly[rule, Action.FLAG],
                newly_allowed=self.newly[rule, Action.ALLOW],
                against_moderators=self.against[rule],
            )
            for rule in {*changes, *(name for name, _ in self.newly)}
        ]
        return tuple(sorted(effects, key=_weight))

    def changed(self) -> tuple[Changed, ...]:
        """Every comment whose action changes, in the order in which they came."""
        return tuple(each for _, each in sorted(self.changes, key=lambda pair: pair[0]))

    def _change(self, row: Row) -> None:
        changed = Changed(row.id, row.before, row.after, row.rules, row.decided)
        self.changes.append((row.index, changed))
        stricter = row.after.severity > row.before.severity
        for rule in row.rules:
            self.newly[rule, row.after] += 1
            if stricter and row.decided is Outcome.APPROVE:
                self.against[rule] += 1

    def _trim(self) -> None:
        for kind, rows in self.candidates.items():
            # The same text again shows nothing new.
            different = {row.text: row for row in sorted(rows, key=_order, reverse=True)}
            self.candidates[kind] = nsmallest(self.samples, different.values(), key=_order)


def _order(row: Row) -> tuple[float, int]:
    assert row.ranked is not None  # noqa: S101
    return (-row.ranked.rank, row.index)


def _weight(effect: RuleEffect) -> tuple[int, int, str]:
    changed = effect.newly_rejected + effect.newly_flagged + effect.newly_allowed
    return (-changed, -abs(effect.hits_after - effect.hits_before), effect.rule)


def _counts(numbers: Iterable[tuple[Action, int]]) -> Counts:
    counts: Counter[str] = Counter()
    for action, number in numbers:
        counts[action.value] += number
    return Counts(**counts)
