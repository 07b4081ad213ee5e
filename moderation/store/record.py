"""The moderation record: what was submitted under a comment's id, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from moderation.comment import Comment
from moderation.store.encoding import decode_content, to_moment, to_text, told_fields
from moderation.store.item import Outcome
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
class Appeal:
    """What the commenter said against a refusal, and what came of it.

    `outcome` is None while it waits; an approval published the comment, a rejection upheld the
    refusal.
    """

    text: str
    at: datetime
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The present state of one comment.

    `decision` is None while it waits; `item` is the present revision's last queue item, where it
    has one. `appeal` is the one against this revision's refusal. `repeated` says that a submission
    was answered by a decision taken before.
    """

    id: str
    status: Status
    revision: Revision
    submitted: datetime
    decision: Decision | None = None
    item: str | None = None
    appeal: Appeal | None = None
    repeated: bool = field(default=False, compare=False)


def read_record(
    identifier: str, reply: Sequence[Any], judged: tuple[Comment, Verdict] | None = None
) -> Record:
    """A record as the functions give it: outcome, fields, content (empty where it is `judged`)."""
    outcome, told, content = reply
    fields = told_fields(told)
    number = int(fields["revision"])
    revision = (
        read_revision(number, content) if content or not judged else Revision(number, *judged)
    )
    return Record(
        id=identifier,
        status=Status(fields["status"].decode()),
        revision=revision,
        submitted=to_moment(fields["submitted"]),
        decision=_decision(fields),
        item=fields["item"].decode() or None,
        appeal=_appeal(fields),
        repeated=outcome == b"repeated",
    )


def read_revision(number: int, content: bytes) -> Revision:
    """A revision from its kept content."""
    comment, verdict = decode_content(content)
    return Revision(number, comment, verdict)


def _decision(fields: Mapping[str, bytes]) -> Decision | None:
    if "decided" not in fields:
        return None
    return Decision(
        by=Decider(fields["by"].decode()),
        at=to_moment(fields["decided"]),
        moderator=to_text(fields["moderator"]) if "moderator" in fields else None,
        clause=to_text(fields["clause"]) or None,
        note=to_text(fields.get("note", b"")),
    )


def _appeal(fields: Mapping[str, bytes]) -> Appeal | None:
    if "appeal" not in fields:
        return None
    outcome = fields.get("appeal_outcome")
    return Appeal(
        text=to_text(fields["appeal"]),
        at=to_moment(fields["appealed"]),
        outcome=Outcome(outcome.decode()) if outcome else None,
    )
