"""Statistics of a period, as they were counted from the audit trail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from moderation.store.counting import Names, end_of
from moderation.store.item import Outcome
from moderation.store.record import Decider, Status
from moderation.verdict import Action


@dataclass(frozen=True, slots=True)
class Agreement:
    """How moderators' decisions answered what the machine flagged or rejected.

    `upheld`: refused for the clause that was named. `overturned`: published. `otherwise`: refused
    for another clause. Each decision counts that was not undone.
    """

    upheld: int = 0
    overturned: int = 0
    otherwise: int = 0

    @property
    def decided(self) -> int:
        """How many decisions there are."""
        return self.upheld + self.overturned + self.otherwise

    @property
    def overturned_share(self) -> float | None:
        """The share that was published, 0..1; None before the first decision."""
        return self.overturned / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class RuleNumbers:
    """What a rule, or a label of the classifier, did. Numbers are of comments.

    `hits` gave a reason; of these, `alone` had no other rule or label beside it. `shadow` found
    without deciding; `throttled` had not matched often enough. The others are those of `agreement`.
    """

    hits: int = 0
    alone: int = 0
    upheld: int = 0
    overturned: int = 0
    otherwise: int = 0
    shadow: int = 0
    throttled: int = 0

    @property
    def agreement(self) -> Agreement:
        """What moderators made of it."""
        return Agreement(self.upheld, self.overturned, self.otherwise)


@dataclass(frozen=True, slots=True)
class ClauseNumbers:
    """What became of comments by one clause.

    `allow`, `flag`, `reject` are what the machine asked for by this clause alone. `missed` were let
    pass by the machine and refused by a moderator. The others are those of `agreement`.
    """

    upheld: int = 0
    overturned: int = 0
    otherwise: int = 0
    allow: int = 0
    flag: int = 0
    reject: int = 0
    refused_by_machine: int = 0
    refused_by_moderators: int = 0
    missed: int = 0

    @property
    def agreement(self) -> Agreement:
        """What moderators made of it."""
        return Agreement(self.upheld, self.overturned, self.otherwise)


@dataclass(frozen=True, slots=True)
class ModeratorNumbers:
    """What one moderator decided, what was undone left out, and how often they undid something."""

    approve: int = 0
    reject: int = 0
    escalate: int = 0
    undone: int = 0

    @property
    def decided(self) -> int:
        """Decisions, without what was passed on."""
        return self.approve + self.reject


@dataclass(frozen=True, slots=True)
class AppealNumbers:
    """Appeals that were made, and those that a moderator decided, whenever they were made."""

    made: int = 0
    approve: int = 0
    reject: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """Decided comments that came before a moderator again: by appeal, or on review.

    `by` is who had decided, `status` what.
    """

    way: str
    by: Decider
    status: Status
    kept: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Waits:
    """Times from the queue to the decision, by step (see `counting.step_of`)."""

    steps: Mapping[int, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """How many there are."""
        return sum(self.steps.values())

    def quantile(self, share: float) -> timedelta | None:
        """The time within which that share (0..1) was decided; None before the first.

        Exact to a step of a fifth.
        """
        rank, seen = share * self.number, 0
        for step, count in sorted(self.steps.items()):
            if count > 0 and seen + count >= rank:
                part = (rank - seen) / count
                return timedelta(seconds=end_of(step - 1) ** (1 - part) * end_of(step) ** part)
            seen += count
        return None


@dataclass(frozen=True, slots=True)
class Point:
    """One hour or day of a period."""

    at: datetime
    judged: Mapping[Action, int]
    decided: Mapping[Outcome, int]
    waits: Waits


@dataclass(frozen=True, slots=True)
class Statistics:
    """What happened from `since` until `until`, in UTC.

    `judged` counts submitted comments and their new revisions by the machine's action, `became` by
    where they stood then; `revised` of them took the place of an earlier text. `decided` is what
    moderators did and did not undo, `answered` what they published or refused, by the machine's
    action. `rejudged` counts what the machine judged again. `points` have the length `step`.
    """

    since: datetime
    until: datetime
    step: timedelta
    points: tuple[Point, ...]
    judged: Mapping[Action, int]
    became: Mapping[Status, int]
    revised: int
    degraded: int
    rejudged: Mapping[Action, int]
    decided: Mapping[Outcome, int]
    answered: Mapping[tuple[Action, Outcome], int]
    undone: int
    clauses: Mapping[str, ClauseNumbers]
    rules: Mapping[str, RuleNumbers]
    labels: Mapping[str, RuleNumbers]
    moderators: Mapping[str, ModeratorNumbers]
    dialects: Mapping[str, int]
    appeals: AppealNumbers
    again: tuple[Again, ...]
    waits: Waits
    appeal_waits: Waits

    @property
    def comments(self) -> int:
        """Comments and revisions that were judged."""
        return sum(self.judged.values())

    @property
    def decisions(self) -> int:
        """Comments that moderators published or refused."""
        return self.decided[Outcome.APPROVE] + self.decided[Outcome.REJECT]


Row = TypeVar("Row")
Kind = TypeVar("Kind", bound=StrEnum)


def statistics_of(
    since: datetime,
    until: datetime,
    step: timedelta,
    counts: Counter[Names],
    points: Mapping[datetime, Counter[Names]],
) -> Statistics:
    """Statistics from what was counted in all, and at each point."""
    rows = _Rows(counts)
    return Statistics(
        since=since,
        until=until,
        step=step,
        points=tuple(_point(at, _Rows(counted)) for at, counted in sorted(points.items())),
        judged=rows.of("judged", Action),
        became=rows.of("became", Status),
        revised=counts["revised",],
        degraded=counts["degraded",],
        rejudged=rows.of("rejudged", Action),
        decided=rows.of("decided", Outcome),
        answered={
            (Action(action), Outcome(outcome)): count
            for (action, outcome), count in rows.under("answered")
        },
        undone=counts["undone",],
        clauses=rows.named("clause", ClauseNumbers),
        rules=rows.named("rule", RuleNumbers),
        labels=rows.named("model", RuleNumbers),
        moderators=rows.named("moderator", ModeratorNumbers),
        dialects={names[0]: count for names, count in rows.under("dialect")},
        appeals=AppealNumbers(**{names[0]: count for names, count in rows.under("appeal")}),
        again=rows.again(),
        waits=rows.waits("wait"),
        appeal_waits=rows.waits("appeal_wait"),
    )


def rules_of(counts: Counter[Names]) -> Mapping[str, RuleNumbers]:
    """The rules alone."""
    return _Rows(counts).named("rule", RuleNumbers)


def _point(at: datetime, rows: _Rows) -> Point:
    return Point(at, rows.of("judged", Action), rows.of("decided", Outcome), rows.waits("wait"))


class _Rows:
    """Counts by the first of their names."""

    def __init__(self, counts: Counter[Names]) -> None:
        self._under: dict[str, list[tuple[Names, int]]] = defaultdict(list)
        for names, count in sorted(counts.items()):
            if count:
                self._under[names[0]].append((names[1:], count))

    def under(self, first: str) -> list[tuple[Names, int]]:
        return self._under.get(first, [])

    def of(self, first: str, kind: type[Kind]) -> dict[Kind, int]:
        """By every member of an enumeration, zeros too."""
        found = {names[0]: count for names, count in self.under(first)}
        return {member: found.get(member, 0) for member in kind}

    def named(self, first: str, row: type[Row]) -> dict[str, Row]:
        """Rows by name, from triples of `first`, name and one of the row's fields."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for (name, what), count in self.under(first):
            found[name][what] = count
        return {name: row(**numbers) for name, numbers in found.items()}

    def waits(self, first: str) -> Waits:
        return Waits({int(names[0]): count for names, count in self.under(first)})

    def again(self) -> tuple[Again, ...]:
        found: dict[Names, dict[str, int]] = defaultdict(dict)
        for (way, by, status, what), count in self.under("again"):
            found[way, by, status][what] = count
        return tuple(
            Again(way, Decider(by), Status(status), **numbers)
            for (way, by, status), numbers in found.items()
        )
