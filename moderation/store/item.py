"""One flagged revision in the queue, and what moderators do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from moderation.comment import Comment
from moderation.verdict import Verdict

GRAVEST = 5


class ItemState(StrEnum):
    """An item is in one state at a time. The first three are open."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"


OPEN = (ItemState.WAITING, ItemState.CLAIMED, ItemState.ESCALATED)


class Outcome(StrEnum):
    """What a moderator can do with an item."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Resolution:
    """An outcome; a rejection names the clause that the comment breaks, nothing else does."""

    outcome: Outcome
    clause: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is Outcome.REJECT and not self.clause:
            raise ValueError("a rejection needs the clause that the comment breaks")
        if self.outcome is not Outcome.REJECT and self.clause is not None:
            raise ValueError(f"`{self.outcome}` takes no clause; only a rejection names one")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The last resolution of an item. `undone` says that its moderator took it back."""

    resolution: Resolution
    moderator: str
    at: datetime
    note: str = ""
    request: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """A moderator's hold on an item, until a time of the store's clock."""

    moderator: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A flagged revision. `severity` is 1..5, 5 the gravest (0 where no reason was given)."""

    id: str
    state: ItemState
    comment: Comment
    revision: int
    verdict: Verdict
    severity: int
    clauses: tuple[str, ...]
    queued: datetime
    lease: Lease | None = None
    resolved: Resolved | None = None


def severity(verdict: Verdict) -> int:
    """How urgent a flagged verdict is: its surest reason's score in fifths, 1..5; 0 without one."""
    if not verdict.reasons:
        return 0
    surest = max(reason.score for reason in verdict.reasons)
    return min(GRAVEST, 1 + int(surest * GRAVEST))
