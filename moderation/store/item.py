"""One comment in the queue, and what moderators do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from moderation.comment import Comment
from moderation.verdict import Reason, Verdict

GRAVEST = 5
_UNSUPPORTED = 0.6
_MENTIONED = 0.3


class ItemState(StrEnum):
    """An item is in one state at a time. The first three are open."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"


OPEN = (ItemState.WAITING, ItemState.CLAIMED, ItemState.ESCALATED)


class Mark(StrEnum):
    """What else a moderator should know of an item, beside the machine's reasons."""

    APPEAL = "appeal"
    """The commenter appeals against the refusal."""
    NEW_COMMENTER = "new_commenter"
    """One of the author's first comments."""
    WATCHED = "watched"
    """Under an article or in a section of the watch list."""
    ALWAYS_REVIEW = "always_review"
    """By an author whose every comment is looked at."""


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
    """The last resolution of an item. `undone` says that it was taken back."""

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
class Note:
    """What a moderator wrote beside an item, for other moderators."""

    moderator: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A revision that moderators judge. `severity` is 1..5, 5 the gravest (0 without a reason).

    `dialect` is what the submission said. `group` is a key that near-identical comments share, and
    `group_size` how many open items have it, this one included while it is open. `barred` is the
    moderator who does not get it: who refused what is appealed. `appeal` is the commenter's words.
    """

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
    marks: tuple[Mark, ...] = ()
    dialect: str | None = None
    group: str = ""
    group_size: int = 0
    notes: tuple[Note, ...] = ()
    barred: str | None = None
    appeal: str | None = None


def severity(verdict: Verdict) -> int:
    """How urgent a flagged verdict is, 1..5 with 5 the gravest; 0 without a reason.

    The gravest rule counts by its score, in fifths; words that are only mentioned, and scores that
    no rule stands behind, count for less: a classifier is sure of much that is not grave.
    """
    if not verdict.reasons:
        return 0
    gravest = max(map(_weight, verdict.reasons))
    return min(GRAVEST, 1 + int(gravest * GRAVEST))


def _weight(reason: Reason) -> float:
    if reason.source.kind == "model":
        return reason.score * _UNSUPPORTED
    return min(reason.score, _MENTIONED) if reason.mention else reason.score
