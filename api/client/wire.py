"""Every request of the client as a value, and how its answer is read. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter

from api.faces import CommenterVerdict, ModeratorVerdict
from api.shown import FullRecordShown, ItemShown, RecordShown
from moderation.comment import Comment

Result = TypeVar("Result")
Outcome = Literal["approve", "reject", "escalate"]
State = Literal["waiting", "claimed", "escalated"]
Record = FullRecordShown | RecordShown


class Preview(BaseModel):
    """A verdict that was not recorded: the moderator's face where the key may see it."""

    id: str
    verdict: ModeratorVerdict | CommenterVerdict


class QueueCounts(BaseModel):
    """How much is open, over the whole queue."""

    waiting: int
    claimed: int
    escalated: int
    by_clause: dict[str, int]
    oldest_waiting: datetime | None


class QueuePage(BaseModel):
    """A page of open items; `next` is the cursor of the following one, None at the end."""

    items: list[ItemShown]
    next: str | None
    counts: QueueCounts


class _Batch(BaseModel):
    verdicts: list[Preview]


class _Items(BaseModel):
    items: list[ItemShown]


_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """One request. `repeatable`: may be sent again where it is not known whether it arrived."""

    method: str
    path: str
    read: Callable[[bytes], Result]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True


def submit(comment: Comment) -> Call[Record]:
    """Judge, record, and queue what is flagged. Repeatable: an id and its text are one comment."""
    return Call("POST", "/v1/comments", _RECORD.validate_json, _comment(comment))


def get(comment: str) -> Call[Record]:
    """What became of a comment."""
    return Call("GET", f"/v1/comments/{quote(comment, safe='')}", _RECORD.validate_json)


def preview(comment: Comment) -> Call[Preview]:
    """Judge without recording."""
    return Call("POST", "/v1/preview", Preview.model_validate_json, _comment(comment))


def preview_batch(comments: Sequence[Comment]) -> Call[list[Preview]]:
    """Judge several without recording; answers keep their order."""
    body = {"comments": [_comment(comment) for comment in comments]}
    return Call(
        "POST",
        "/v1/preview/batch",
        lambda answer: _Batch.model_validate_json(answer).verdicts,
        body,
    )


def queue_page(
    state: State | None,
    clause: str | None,
    article: str | None,
    section: str | None,
    severity: int | None,
    mine: bool,
    cursor: str | None,
    limit: int,
) -> Call[QueuePage]:
    """A page of open items."""
    asked = {
        "state": state,
        "clause": clause,
        "article": article,
        "section": section,
        "severity": severity,
        "mine": mine or None,
        "cursor": cursor,
        "limit": limit,
    }
    query = {name: value for name, value in asked.items() if value is not None}
    return Call("GET", "/v1/queue", QueuePage.model_validate_json, query=query)


def claim(
    count: int, clause: str | None, article: str | None, section: str | None, escalated: bool
) -> Call[list[ItemShown]]:
    """Take the next items. Not repeatable: a second claim would take others."""
    asked = {"clause": clause, "article": article, "section": section}
    body = {
        "count": count,
        "escalated": escalated,
        **{name: value for name, value in asked.items() if value is not None},
    }
    return Call(
        "POST",
        "/v1/queue/claim",
        lambda answer: _Items.model_validate_json(answer).items,
        body,
        repeatable=False,
    )


def resolve(item: str, outcome: Outcome, clause: str | None, note: str | None) -> Call[ItemShown]:
    """Decide on a claimed item. Repeatable by its idempotency key."""
    asked = {"outcome": outcome, "clause": clause, "note": note}
    return Call(
        "POST",
        f"/v1/queue/{quote(item, safe='')}/resolve",
        ItemShown.model_validate_json,
        {name: value for name, value in asked.items() if value is not None},
        headers={"Idempotency-Key": uuid4().hex},
    )


def release(item: str) -> Call[ItemShown]:
    """Give a claimed item back."""
    return Call("POST", f"/v1/queue/{quote(item, safe='')}/release", ItemShown.model_validate_json)


def undo(item: str) -> Call[ItemShown]:
    """Take the last decision back."""
    return Call("POST", f"/v1/queue/{quote(item, safe='')}/undo", ItemShown.model_validate_json)


def _comment(comment: Comment) -> dict[str, Any]:
    said = {name: value for name, value in asdict(comment).items() if value is not None}
    if comment.article is not None:
        article = asdict(comment.article)
        said["article"] = {name: value for name, value in article.items() if value is not None}
    return said
