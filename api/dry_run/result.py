"""What a dry run found. Every value is plain: `DryRun.dump` is JSON, and the console's pages use it
as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from moderation.store import Outcome
from moderation.verdict import Action, Versions
from rules.delta import Change


@dataclass(frozen=True, slots=True)
class Counts:
    """How many comments met each action."""

    allow: int = 0
    flag: int = 0
    reject: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one set does with the comments that moderators approved, and with those they rejected.

    A flag neither agrees nor disagrees: it asks.
    """

    approved: Counts
    rejected: Counts

    @property
    def right(self) -> int:
        """How many were answered as moderators did."""
        return self.approved.allow + self.rejected.reject

    @property
    def wrong(self) -> int:
        """How many were answered against moderators."""
        return self.approved.reject + self.rejected.allow


@dataclass(frozen=True, slots=True)
class Changed:
    """A comment whose action changes. `rules` are those that find otherwise in it, and where none
    does, the sources of what decides now (or decided, where it is allowed now)."""

    id: str
    before: Action
    after: Action
    rules: tuple[str, ...]
    decided: Outcome | None


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule's change does. `hits` count comments in which it holds, in shadow too.

    A comment that changes by several rules counts for each. `against_moderators` are comments that
    moderators approved and that are flagged or rejected newly.
    """

    rule: str
    change: Change | None
    hits_before: int
    hits_after: int
    newly_rejected: int
    newly_flagged: int
    newly_allowed: int
    against_moderators: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a comment; `start` inclusive, `end` exclusive, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason of a verdict. `score` is 0..1; `mention` that the words stand in such a frame."""

    clause: str
    source: str
    score: float
    spans: tuple[Stretch, ...]
    mention: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One verdict on a sample."""

    action: Action
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A comment to look at. The higher its `rank`, the sooner; `why` says what raised it.

    `near` is what nearly matched, in a near miss.
    """

    id: str
    text: str
    before: Side
    after: Side
    rules: tuple[str, ...]
    decided: Outcome | None
    rank: float
    why: tuple[str, ...]
    near: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class DryRun:
    """What other rules, or another policy, would change.

    Newly rejected, flagged and allowed comments and near misses are in the order in which a person
    should look at them: likely mistakes first, near misses the most suspicious first, as many as
    were asked for. `changes` are all comments whose action changes, in the order in which they
    came. `seconds` is the time that it took.
    """

    old: Versions
    new: Versions
    judged: int
    before: Counts
    after: Counts
    newly: Counts
    changes: tuple[Changed, ...]
    rules: tuple[RuleEffect, ...]
    moderators_before: Agreement
    moderators_after: Agreement
    rejected: tuple[Sample, ...]
    flagged: tuple[Sample, ...]
    allowed: tuple[Sample, ...]
    near_misses: tuple[Sample, ...]
    seconds: float

    @property
    def decided(self) -> int:
        """How many of the comments moderators had decided."""
        return self.moderators_after.right + self.moderators_after.wrong + self._asked

    @property
    def approved_and_newly_rejected(self) -> tuple[Changed, ...]:
        """The comments that moderators approved and that would be rejected now and were not."""
        return tuple(
            change
            for change in self.changes
            if change.decided is Outcome.APPROVE and change.after is Action.REJECT
        )

    def dump(self) -> dict[str, Any]:
        """As JSON says it."""
        return asdict(self)

    @property
    def _asked(self) -> int:
        return self.moderators_after.approved.flag + self.moderators_after.rejected.flag
