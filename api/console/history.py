"""What was judged and what became of it: search, the whole story of one comment, second thoughts.

A search stands in the page's address, so that it can be kept and shared among colleagues.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Moderator, Signed
from api.console.accounts import Role
from api.console.clauses import clauses_of
from api.console.exporting import MOST
from api.console.judged import history_of, judged, revision_judged
from api.console.render import page
from api.console.searching import Searched
from api.console.timeline import timeline
from api.console.work import Work
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.store import Conflict, Item, ItemState, Record
from moderation.store.limits import LONGEST_ID, LONGEST_NOTE

router = APIRouter(prefix="/console/history")

LISTED: Final = 50

ServiceHere = Annotated[Service, Depends(service_of)]
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,16}$")]
CommentId = Annotated[str, Path(alias="id", min_length=1, max_length=LONGEST_ID)]


@router.get("")
async def searched(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    asked: Annotated[Searched, Query()],
    cursor: Cursor = None,
) -> Response:
    """The records that a search wants, the newest first."""
    clauses = clauses_of(service.equipment.policy)
    descriptions = service.equipment.descriptions
    work = Work(service, signed.account.id)
    found = await work.search(asked.search(), limit=LISTED, cursor=cursor)
    return page(
        request,
        "history.html",
        signed=signed,
        asked=asked,
        clauses=clauses,
        shown=[judged(record, clauses, descriptions) for record in found.records],
        begun=cursor is None,
        cursor=found.cursor,
        moderators=[account.id for account in await service.accounts.all()],
        exported=MOST,
        may_export=signed.account.role.includes(Role.SENIOR),
    )


@router.get("/{id:path}")
async def one(
    request: Request, comment_id: CommentId, signed: Moderator, service: ServiceHere
) -> Response:
    """The whole story of one comment."""
    work, clauses = Work(service, signed.account.id), clauses_of(service.equipment.policy)
    descriptions = service.equipment.descriptions
    record = await work.record(comment_id)
    item = await work.get(record.item) if record.item else None
    author = record.revision.comment.author
    earlier = [
        revision_judged(revision, clauses, descriptions)
        for revision in reversed(await work.revisions(comment_id))
        if revision.number != record.revision.number
    ]
    return page(
        request,
        "history_one.html",
        signed=signed,
        each=judged(record, clauses, descriptions),
        clauses=clauses,
        item=item,
        may_undo=_may_undo(item, signed, service),
        may_reopen=_may_reopen(item, signed),
        earlier=earlier,
        steps=timeline(await work.story(comment_id), clauses),
        author=await work.author(author) if author else None,
        history_of=history_of,
        longest_note=LONGEST_NOTE,
    )


@router.post("/{id:path}/undo")
async def undo(comment_id: CommentId, signed: Moderator, service: ServiceHere) -> Response:
    """Takes the last decision back, and lays the comment on this moderator's desk.

    One's own for a short while; a senior takes back any, whenever it was.
    """
    senior = signed.account.role.includes(Role.SENIOR)
    work = Work(service, signed.account.id)
    number = _item_of(await work.record(comment_id))
    item = await work.undo(number, late=senior, anybody=senior)
    return _to_desk(item)


@router.post("/{id:path}/reopen")
async def reopen(comment_id: CommentId, signed: Moderator, service: ServiceHere) -> Response:
    """Lays a comment on this moderator's desk, whatever became of it. Until they decide, what was
    decided stands.

    An appeal against one's own decision is for others; a senior may take it where nobody else can.
    """
    store, moderator, lease = service.store, signed.account.id, service.settings.lease
    try:
        item = await Work(service, moderator).reopen(comment_id)
    except Conflict as conflict:
        if conflict.reason != "barred" or not signed.account.role.includes(Role.SENIOR):
            raise
        appealed = _item_of(await store.get(comment_id))
        item = await store.queue.take(appealed, moderator, lease=lease, override=True)
    return _to_desk(item)


@router.post("/{id:path}/note")
async def note(
    comment_id: CommentId,
    signed: Moderator,
    service: ServiceHere,
    text: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """Writes something beside a comment that was in the queue, for other moderators."""
    if not text.strip():
        raise invalid([FieldError(detail="the note is empty", pointer="#/text")])
    work = Work(service, signed.account.id)
    await work.note(_item_of(await work.record(comment_id)), text.strip())
    return RedirectResponse(history_of(comment_id), 303)


def _item_of(record: Record) -> str:
    if record.item is None:
        raise Conflict(
            "nothing", f"comment `{record.id}` was never in the queue: take it to your desk first"
        )
    return record.item


def _may_undo(item: Item | None, signed: Signed, service: Service) -> bool:
    if item is None or item.resolved is None or item.resolved.undone:
        return False
    # An escalated one that somebody took is theirs.
    if item.state not in {ItemState.RESOLVED, ItemState.ESCALATED}:
        return False
    if signed.account.role.includes(Role.SENIOR):
        return True
    window = service.settings.undo_window
    own = item.resolved.moderator == signed.account.id
    return own and datetime.now(UTC) - item.resolved.at <= window


def _may_reopen(item: Item | None, signed: Signed) -> bool:
    if item is None or item.state in {ItemState.RESOLVED, ItemState.SUPERSEDED}:
        return True
    if item.lease is not None:
        return item.lease.moderator == signed.account.id
    return item.barred != signed.account.id or signed.account.role.includes(Role.SENIOR)


def _to_desk(item: Item) -> Response:
    return RedirectResponse(f"/console/queue#item-{item.id}", 303)
