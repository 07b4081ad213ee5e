"""Records, queue items and audit entries as clients see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.faces import CommenterVerdict, Faces, ModeratorVerdict
from moderation.comment import Comment
from moderation.policy import Wording
from moderation.store import Item, Record
from moderation.store.item import ItemState, Mark, Outcome
from moderation.store.record import Decider, Status


class DecisionShown(BaseModel):
    """What settled a comment. `clause`, `text` and `message` are there where it was refused."""

    by: Decider
    at: datetime
    clause: str | None = None
    text: Wording | None = None
    message: Wording | None = None


class FullDecisionShown(DecisionShown):
    """The same for moderators; `moderator` is the id of a key, not a name."""

    moderator: str | None = None
    note: str = ""


class AppealShown(BaseModel):
    """An appeal. `outcome` is null while it waits; `reject` says that the refusal was upheld."""

    text: str
    at: datetime
    outcome: Outcome | None


class _AnyRecord(BaseModel):
    id: str = Field(examples=["comment-1"])
    revision: int = Field(description="Counts from 1; a changed text is a new revision.")
    status: Status = Field(description="What the form does: show it, say that it waits, refuse it.")
    submitted: datetime
    appeal: AppealShown | None = Field(None, description="The one against this revision's refusal.")


class RecordShown(_AnyRecord):
    """What became of a comment, for the comment form."""

    decision: DecisionShown | None = Field(description="None while it waits for a moderator.")
    verdict: CommenterVerdict


class FullRecordShown(_AnyRecord):
    """The same for moderators."""

    decision: FullDecisionShown | None = Field(description="None while it waits.")
    item: str | None = Field(description="The queue item of this revision, where it was flagged.")
    verdict: ModeratorVerdict


class ArticleShown(BaseModel):
    """The article under which a comment stands."""

    title: str
    authors: list[str]
    id: str | None
    url: str | None
    section: str | None
    tags: list[str]
    people: list[str] = []


class CommentShown(BaseModel):
    """A comment as it was sent."""

    id: str
    text: str
    author: str | None
    parent: str | None
    newcomer: bool | None = None
    repeats: int | None = None
    article: ArticleShown | None


class LeaseShown(BaseModel):
    """Who works on an item, and until when."""

    moderator: str
    since: datetime
    until: datetime


class ResolvedShown(BaseModel):
    """The last decision on an item."""

    outcome: Outcome
    clause: str | None
    moderator: str
    at: datetime
    note: str
    undone: bool


class ItemShown(BaseModel):
    """A flagged comment in the queue."""

    id: str
    state: ItemState
    severity: int = Field(description="1..5, 5 the gravest.")
    clauses: list[str]
    queued: datetime
    revision: int
    comment: CommentShown
    verdict: ModeratorVerdict
    lease: LeaseShown | None
    resolved: ResolvedShown | None
    marks: list[Mark] = Field([], description="What else to know: an appeal, a new commenter, …")
    appeal: str | None = Field(None, description="What the commenter says against a refusal.")


def record(value: Record, faces: Faces, *, evidence: bool) -> RecordShown | FullRecordShown:
    """A record: with its evidence for those who may see it."""
    verdict, text = value.revision.verdict, value.revision.comment.text
    decision = value.decision
    told = DecisionShown(by=decision.by, at=decision.at) if decision else None
    if told and decision and decision.clause and value.status is Status.REFUSED:
        told.clause = decision.clause
        told.text, told.message = faces.words(decision.clause, verdict)
    common = _AnyRecord(
        id=value.id,
        revision=value.revision.number,
        status=value.status,
        submitted=value.submitted,
        appeal=AppealShown(text=value.appeal.text, at=value.appeal.at, outcome=value.appeal.outcome)
        if value.appeal
        else None,
    )
    if not evidence:
        return RecordShown(**dict(common), decision=told, verdict=faces.commenter(verdict, text))
    return FullRecordShown(
        **dict(common),
        decision=FullDecisionShown(**dict(told), moderator=decision.moderator, note=decision.note)
        if told and decision
        else None,
        item=value.item,
        verdict=faces.moderator(verdict, text),
    )


def item(value: Item, faces: Faces) -> ItemShown:
    """A queue item; only moderators see items."""
    lease, resolved = value.lease, value.resolved
    return ItemShown(
        id=value.id,
        state=value.state,
        severity=value.severity,
        clauses=list(value.clauses),
        queued=value.queued,
        revision=value.revision,
        comment=comment(value.comment),
        verdict=faces.moderator(value.verdict, value.comment.text),
        lease=LeaseShown(moderator=lease.moderator, since=lease.since, until=lease.until)
        if lease
        else None,
        resolved=ResolvedShown(
            outcome=resolved.resolution.outcome,
            clause=resolved.resolution.clause,
            moderator=resolved.moderator,
            at=resolved.at,
            note=resolved.note,
            undone=resolved.undone,
        )
        if resolved
        else None,
        marks=list(value.marks),
        appeal=value.appeal,
    )


def comment(value: Comment) -> CommentShown:
    """A comment with its article."""
    article = value.article
    return CommentShown(
        id=value.id,
        text=value.text,
        author=value.author,
        parent=value.parent,
        newcomer=value.newcomer,
        repeats=value.repeats,
        article=ArticleShown(
            title=article.title,
            authors=list(article.authors),
            id=article.id,
            url=article.url,
            section=article.section,
            tags=list(article.tags),
            people=list(article.people),
        )
        if article
        else None,
    )
