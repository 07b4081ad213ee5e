"""Flagged comments and moderators' decisions on them.

The moderator is the key: its id stands in leases, decisions and the audit.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import shown
from api.access import Reviewer
from api.problems import FieldError, SafeJSONResponse, documented, invalid
from api.requests import ClaimSent, ResolveSent
from api.service import Service, service_of
from api.shown import ItemShown
from moderation.store.filters import Filters
from moderation.store.item import Item, ItemState, Outcome, Resolution

router = APIRouter(prefix="/v1/queue", tags=["queue"])

ItemId = Annotated[str, Path(alias="id", pattern=r"^[0-9]{1,15}$", examples=["1"])]
ServiceHere = Annotated[Service, Depends(service_of)]


class QueueAsked(BaseModel):
    """Which items are listed. What is left out does not narrow."""

    model_config = ConfigDict(extra="forbid")

    state: ItemState | None = Field(None, description="waiting, claimed or escalated.")
    clause: str | None = Field(None, max_length=200, examples=["person_insult"])
    article: str | None = Field(None, max_length=200, description="The article's id.")
    section: str | None = Field(None, max_length=1000)
    severity: int | None = Field(None, ge=1, le=5, description="At least so grave; 5 the gravest.")
    older_than: int | None = Field(
        None, ge=0, le=10**9, description="Seconds that it has been in the queue, at least."
    )
    newer_than: int | None = Field(None, ge=0, le=10**9, description="Seconds, at most.")
    mine: bool = Field(False, description="Only what this key has claimed.")
    cursor: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)

    def filters(self, moderator: str) -> Filters:
        """As the store filters. Raises ValueError for a state that is not open."""
        now = datetime.now(UTC)
        return Filters(
            state=self.state,
            clause=self.clause,
            article=self.article,
            section=self.section,
            severity=self.severity,
            queued_before=_ago(now, self.older_than),
            queued_after=_ago(now, self.newer_than),
            holder=moderator if self.mine else None,
        )


class CountsShown(BaseModel):
    """How much is open, over the whole queue."""

    waiting: int
    claimed: int
    escalated: int
    by_clause: dict[str, int]
    oldest_waiting: datetime | None


class QueueShown(BaseModel):
    """One page, the gravest and then the oldest first."""

    items: list[ItemShown]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    counts: CountsShown


class ClaimedShown(BaseModel):
    """What was claimed; may be fewer than asked for, and none."""

    items: list[ItemShown]


@router.get(
    "",
    summary="List flagged comments",
    response_model=QueueShown,
    responses=documented(401, 403, 422, 503),
)
async def listed(
    asked: Annotated[QueueAsked, Query()], key: Reviewer, service: ServiceHere
) -> Response:
    """Waiting, claimed and escalated items. A cursor stays right while items come and go."""
    try:
        page = await service.store.queue.list(
            asked.filters(key.id), limit=asked.limit, cursor=asked.cursor
        )
    except ValueError as error:
        field = "cursor" if "cursor" in str(error) else "state"
        raise invalid([FieldError(detail=str(error), parameter=field)]) from error
    counts = await service.store.queue.counts()
    faces = service.faces
    told = QueueShown(
        items=[shown.item(item, faces) for item in page.items],
        next=page.cursor,
        counts=CountsShown(
            waiting=counts.waiting,
            claimed=counts.claimed,
            escalated=counts.escalated,
            by_clause=dict(counts.by_clause),
            oldest_waiting=counts.oldest_waiting,
        ),
    )
    return SafeJSONResponse(told.model_dump(mode="json"))


@router.post(
    "/claim",
    summary="Take the next items",
    response_model=ClaimedShown,
    responses=documented(401, 403, 422, 503),
)
async def claim(sent: ClaimSent, key: Reviewer, service: ServiceHere) -> Response:
    """Leases items to this key. Nobody else can take them until the lease ends or is released."""
    filters = Filters(
        state=ItemState.ESCALATED if sent.escalated else None,
        clause=sent.clause,
        article=sent.article,
        section=sent.section,
    )
    items = await service.store.queue.claim(
        key.id, sent.count, lease=service.settings.lease, filters=filters
    )
    faces = service.faces
    told = ClaimedShown(items=[shown.item(item, faces) for item in items])
    return SafeJSONResponse(told.model_dump(mode="json"))


@router.post(
    "/{id}/resolve",
    summary="Decide on a claimed item",
    response_model=ItemShown,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def resolve(
    item_id: ItemId,
    sent: ResolveSent,
    key: Reviewer,
    service: ServiceHere,
    idempotency_key: Annotated[
        str,
        Header(max_length=200, description="The same request sent again is answered the same."),
    ] = "",
) -> Response:
    """Approves (the comment is published), rejects (names the clause) or escalates."""
    if sent.clause is not None and sent.clause not in service.equipment.policy.clauses:
        known = ", ".join(service.equipment.policy.clauses)
        detail = f"The policy has no such clause; it has {known}"
        raise invalid([FieldError(detail=detail, pointer="#/clause")])
    item = await service.store.queue.resolve(
        item_id,
        key.id,
        Resolution(Outcome(sent.outcome), sent.clause),
        note=sent.note or "",
        request=idempotency_key,
    )
    return _told(item, service)


@router.post(
    "/{id}/release",
    summary="Give a claimed item back",
    response_model=ItemShown,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def release(item_id: ItemId, key: Reviewer, service: ServiceHere) -> Response:
    """The item waits again, for anybody."""
    return _told(await service.store.queue.release(item_id, key.id), service)


@router.post(
    "/{id}/undo",
    summary="Take a decision back",
    response_model=ItemShown,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def undo(item_id: ItemId, key: Reviewer, service: ServiceHere) -> Response:
    """Possible for a short while, for the moderator who decided, who then holds the item again."""
    item = await service.store.queue.undo(item_id, key.id, lease=service.settings.lease)
    return _told(item, service)


def _told(item: Item, service: Service) -> SafeJSONResponse:
    return SafeJSONResponse(shown.item(item, service.faces).model_dump(mode="json"))


def _ago(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now - timedelta(seconds=seconds)
