"""What a webhook says: one transition of one comment, in the words of the site's terms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, Field

from api.faces import Faces, SpanShown
from api.webhooks.endpoint import KINDS, EventType
from moderation.policy import Wording
from moderation.store import Entry, Revision, Status
from moderation.verdict import Action

_STATUS_OF_ACTION: Final = {
    Action.ALLOW: Status.PUBLISHED,
    Action.FLAG: Status.WAITING,
    Action.REJECT: Status.REFUSED,
}
_STATUS_OF_KIND: Final = {
    "approved": Status.PUBLISHED,
    "rejected": Status.REFUSED,
    "escalated": Status.WAITING,
    "undone": Status.WAITING,
    "appealed": Status.REFUSED,
}
"""What entries of earlier versions leave out of their details; of escalations the usual case."""
Party = Literal["machine", "moderator", "commenter"]
_PARTIES: Final[Mapping[EventType, Party]] = {
    EventType.JUDGED: "machine",
    EventType.APPEALED: "commenter",
}


class ReasonTold(BaseModel):
    """A clause that the machine found broken. `spans` are told where the text is."""

    clause: str
    action: Action
    text: Wording
    message: Wording
    spans: list[SpanShown] | None = None


class RefusalTold(BaseModel):
    """Why a comment is refused, and what to tell the commenter."""

    clause: str
    text: Wording
    message: Wording


class EventData(BaseModel):
    """One transition. Messages may arrive twice and out of order: `sequence` tells the order.

    `status` is where the comment stands after it. `by` is who brought that about. `action` and
    `reasons` are the machine's verdict, absent once the record was archived.
    """

    sequence: int
    comment: str
    revision: int | None
    article: str | None = None
    item: str | None = None
    status: Status
    by: Party
    action: Action | None = None
    refusal: RefusalTold | None = None
    reasons: list[ReasonTold] = Field(default_factory=list)
    text: str | None = Field(None, description="Sent to endpoints that ask for it.")
    appeal: str | None = Field(None, description="The commenter's words, sent as the text is.")


class Event(BaseModel):
    """A message. `timestamp` is when the transition happened, not when it is sent."""

    type: EventType
    timestamp: datetime
    data: EventData


def event_of(entry: Entry, revision: Revision | None, faces: Faces, *, text: bool) -> Event:
    """The event of a transition that is told. `revision` is None where it was archived."""
    kind = KINDS[entry.kind]
    details = entry.details
    data = EventData(
        sequence=entry.number,
        comment=entry.comment,
        revision=entry.revision,
        item=entry.item,
        status=_status(entry),
        by=_PARTIES.get(kind, "moderator"),
        action=Action(details["action"]) if kind is EventType.JUDGED else None,
    )
    if kind is EventType.APPEALED and text:
        data.appeal = details["text"]
    if revision is not None:
        _tell_revision(data, revision, faces, details.get("clause"), text=text)
    return Event(type=kind, timestamp=entry.at, data=data)


def _status(entry: Entry) -> Status:
    """Where the comment stands after a transition; the trail tells it where the kind does not."""
    details = entry.details
    if "status" in details:
        return Status(details["status"])
    if KINDS[entry.kind] is EventType.JUDGED:
        return _STATUS_OF_ACTION[Action(details["action"])]
    return _STATUS_OF_KIND[entry.kind]


def body(event: Event) -> bytes:
    """The message in bytes: ASCII, so that no reader can take it for anything else."""
    return json.dumps(
        event.model_dump(mode="json", exclude_unset=True), separators=(",", ":")
    ).encode()


def _tell_revision(
    data: EventData, revision: Revision, faces: Faces, clause: str | None, *, text: bool
) -> None:
    comment, verdict = revision.comment, revision.verdict
    data.action = verdict.action
    data.article = comment.article.id if comment.article else None
    data.reasons = [
        ReasonTold(
            clause=reason.clause,
            action=reason.action,
            text=reason.text,
            message=reason.message,
            **({"spans": reason.spans} if text else {}),
        )
        for reason in faces.commenter(verdict, comment.text).reasons
    ]
    if data.status is Status.REFUSED and clause:
        words, message = faces.words(clause, verdict)
        data.refusal = RefusalTold(clause=clause, text=words, message=message)
    if text:
        data.text = comment.text
