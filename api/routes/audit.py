"""The append-only record of every transition."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import Admin
from api.problems import SafeJSONResponse, documented
from api.service import Service, service_of
from moderation.store.audit import Entry

router = APIRouter(prefix="/v1/audit", tags=["audit"])

ServiceHere = Annotated[Service, Depends(service_of)]


class AuditAsked(BaseModel):
    """Which entries."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53, description="Entries with higher numbers.")
    limit: int = Field(100, ge=1, le=500)
    comment: str | None = Field(
        None, max_length=200, description="Everything about one comment; the others are ignored."
    )


class EntryShown(BaseModel):
    """One transition. `actor` is the id of a moderator's key, empty for the machine."""

    number: int
    kind: str = Field(examples=["submitted", "claimed", "approved"])
    at: datetime
    comment: str
    revision: int | None
    item: str | None
    actor: str
    details: dict[str, object]
    hash: str


class AuditShown(BaseModel):
    """Entries in order; `next` is the `after` of the following page, null at the end."""

    entries: list[EntryShown]
    next: int | None


class VerificationShown(BaseModel):
    """What walking the chain found."""

    sound: bool
    checked: int = Field(description="Entries that were checked.")
    anchor: int = Field(description="The last archived entry; the chain goes on after it.")
    head: int
    head_hash: str = Field(description="Keep it elsewhere: a later check can be held against it.")
    broken_at: int | None
    problem: str | None


@router.get(
    "",
    summary="Read the audit trail",
    response_model=AuditShown,
    responses=documented(401, 403, 422, 503),
)
async def entries(
    asked: Annotated[AuditAsked, Query()], _: Admin, service: ServiceHere
) -> Response:
    """All transitions, or those of one comment."""
    if asked.comment is not None:
        found = await service.store.audit.of(asked.comment)
        following = None
    else:
        found = await service.store.audit.read(after=asked.after, limit=asked.limit)
        following = found[-1].number if len(found) == asked.limit else None
    told = AuditShown(entries=[_entry(entry) for entry in found], next=following)
    return SafeJSONResponse(told.model_dump(mode="json"))


@router.get(
    "/verify",
    summary="Check the audit trail",
    response_model=VerificationShown,
    responses=documented(401, 403, 503),
)
async def verify(_: Admin, service: ServiceHere) -> Response:
    """Walks the whole chain and the contents that it speaks of; takes a while on a long one."""
    found = await service.store.audit.verify()
    told = VerificationShown(
        sound=found.sound,
        checked=found.checked,
        anchor=found.anchor.number,
        head=found.head.number,
        head_hash=found.head.hash,
        broken_at=found.broken.number if found.broken else None,
        problem=found.broken.problem if found.broken else None,
    )
    return SafeJSONResponse(told.model_dump(mode="json"))


def _entry(entry: Entry) -> EntryShown:
    return EntryShown(
        number=entry.number,
        kind=entry.kind,
        at=entry.at,
        comment=entry.comment,
        revision=entry.revision,
        item=entry.item,
        actor=entry.actor,
        details=dict(entry.details),
        hash=entry.hash,
    )
