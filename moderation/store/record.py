"""The moderation record: what was submitted under a comment's id, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from moderation.comment import Comment
from moderation.verdict import Verdict


class Status(StrEnum):
    """Where a comment stands with its readers."""

    PUBLISHED = "published"
    WAITING = "waiting"
    REFUSED = "refused"


class Decider(StrEnum):
    """Who decided."""

    MACHINE = "machine"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True)
class Decision:
    """What settled a comment. `moderator` is a pseudonymous id, `clause` what a refusal names."""

    by: Decider
    at: datetime
    moderator: str | None = None
    clause: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One text under a comment's id, with the verdict on it. Revisions count from 1."""

    number: int
    comment: Comment
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Record:
    """The present state of one comment.

    `decision` is None while it waits; `item` is the queue item of the present revision, where it
    was flagged. `repeated` says that a submission was answered by a decision taken before.
    """

    id: str
    status: Status
    revision: Revision
    submitted: datetime
    decision: Decision | None = None
    item: str | None = None
    repeated: bool = field(default=False, compare=False)
