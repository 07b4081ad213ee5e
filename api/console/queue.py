"""The queue: what this moderator holds, what waits, and every decision on it.

A page works without scripts, form by form. With them, `static/queue.js` sends the same forms in the
background: each decision carries a request id, so that one that is sent again counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import StringConstraints

from api.console.access import Moderator, Signed
from api.console.clauses import clause_shown, clauses_of
from api.console.desk import OnDesk, on_desk
from api.console.filtering import Narrowed
from api.console.golden import Golden, GoldenItem, as_queue_item
from api.console.language import Words
from api.console.render import page
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.store import Conflict, Item
from moderation.store.filters import Filters
from moderation.store.item import Outcome, Resolution

router = APIRouter(prefix="/console/queue")

DESK: Final = 10
"""How many items a moderator holds at a time, so that others find work too."""
LISTED: Final = 50
MOST_AT_ONCE: Final = 200

ServiceHere = Annotated[Service, Depends(service_of)]
ItemId = Annotated[str, Path(alias="id", pattern=r"^[0-9]{1,15}$")]
ItemIds = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]],
    Form(min_length=1, max_length=MOST_AT_ONCE),
]
RequestId = Annotated[str, Form(alias="request", max_length=200)]
Sent = Annotated[Literal["approve", "reject", "escalate"], Form(alias="outcome")]


@router.get("")
async def desk(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    narrowed: Annotated[Narrowed, Query()],
) -> Response:
    """What this moderator holds, and how much waits."""
    held = await service.store.queue.list(Filters(holder=signed.account.id), limit=MOST_AT_ONCE)
    golden = await service.golden.held(signed.account.id)
    return page(
        request,
        "queue.html",
        signed=signed,
        narrowed=narrowed,
        clauses=clauses_of(service.equipment.policy),
        facets=await service.store.queue.facets(),
        shown=await _prepared([*held.items, *_dressed(golden, signed, service)], service),
        hard=await service.care.seen(signed.account.id),
        desk=DESK,
        undo_seconds=service.settings.undo_seconds,
    )


@router.get("/list")
async def listed(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    narrowed: Annotated[Narrowed, Query()],
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,16}$")] = None,
) -> Response:
    """Everything that is open, for looking through and for deciding on many at once."""
    found = await service.store.queue.list(narrowed.filters(), limit=LISTED, cursor=cursor)
    return page(
        request,
        "queue_list.html",
        signed=signed,
        narrowed=narrowed,
        clauses=clauses_of(service.equipment.policy),
        facets=await service.store.queue.facets(),
        shown=await _prepared(found.items, service, histories=False),
        cursor=found.cursor,
        undo_seconds=service.settings.undo_seconds,
    )


@router.post("/next")
async def take_next(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    narrowed: Annotated[Narrowed, Form()],
    count: Annotated[int, Form(ge=1, le=DESK)] = DESK,
    skipped: Annotated[str, Form(pattern=r"^[0-9,]{0,4000}$")] = "",
) -> Response:
    """Leases the next items to this moderator; those that they skipped stay for others."""
    excluded = tuple(each for each in skipped.split(",") if each)
    items = await service.store.queue.claim(
        signed.account.id,
        count,
        lease=service.settings.lease,
        filters=replace(narrowed.claiming(), excluded=excluded),
    )
    golden = await service.golden.mix_in(signed.account.id, len(items))
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/queue?{narrowed.query}", 303)
    return await _items(request, signed, service, [*items, *_dressed(golden, signed, service)])


@router.post("/live")
async def live(request: Request, signed: Moderator, service: ServiceHere) -> Response:
    """How much is open and who holds what; keeps what this moderator holds while they look."""
    await service.store.queue.renew(signed.account.id, lease=service.settings.lease)
    return page(
        request,
        "queue_live.html",
        signed=signed,
        facets=await service.store.queue.facets(),
        hard=await service.care.seen(signed.account.id),
    )


@router.post("/bulk")
async def bulk(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    outcome: Sent,
    item: ItemIds,
    clause: Annotated[str, Form(max_length=200)] = "",
    request_id: RequestId = "",
) -> Response:
    """Decides on many items in one go; those that somebody else holds are told and left."""
    resolution = _resolution(outcome, clause, service)
    golden, queued = _apart(item)
    for each in golden:
        await service.golden.answer(signed.account.id, each, resolution)
    answers: Sequence[Item | Conflict] = ()
    if queued:
        answers = await service.store.queue.resolve_many(
            queued, signed.account.id, resolution, request=request_id
        )
    done = [each for each in answers if isinstance(each, Item)]
    await service.care.count(signed.account.id, done)
    if "hx-request" in request.headers:
        refused = [str(each) for each in answers if not isinstance(each, Item)]
        return JSONResponse({"items": [*(each.id for each in done), *golden], "refused": refused})
    return RedirectResponse("/console/queue/list", 303)


@router.post("/undo")
async def undo(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    item: ItemIds,
) -> Response:
    """Takes decisions back; their items are this moderator's again."""
    golden, queued = _apart(item)
    queue, lease = service.store.queue, service.settings.lease
    answers: Sequence[Item | Conflict] = ()
    if queued:
        answers = await queue.undo_many(queued, signed.account.id, lease=lease)
    back = [each for each in answers if isinstance(each, Item)]
    if golden:
        again = await service.golden.take_back(signed.account.id, golden)
        back.extend(_dressed(again, signed, service))
    if not back:
        raise next(each for each in answers if isinstance(each, Conflict))
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    return await _items(request, signed, service, back)


@router.get("/{id}")
async def one(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """One item by its own address, whoever holds it; a golden one as any other."""
    golden = await service.golden.held(signed.account.id) if Golden.is_golden(item_id) else []
    held = _dressed([each for each in golden if each.id == item_id], signed, service)
    item = held[0] if held else await service.store.queue.get(item_id)
    shown = await _prepared([item], service)
    return page(
        request,
        "queue_item.html",
        signed=signed,
        each=shown[0],
        clauses=clauses_of(service.equipment.policy),
    )


@router.post("/{id}/take")
async def take(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """Leases one item that nobody holds."""
    item = await service.store.queue.take(item_id, signed.account.id, lease=service.settings.lease)
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/queue#item-{item_id}", 303)
    return await _items(request, signed, service, [item])


@router.post("/{id}/resolve")
async def resolve(
    request: Request,
    item_id: ItemId,
    signed: Moderator,
    service: ServiceHere,
    outcome: Sent,
    clause: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    together: Annotated[bool, Form()] = False,
    request_id: RequestId = "",
) -> Response:
    """Decides on an item that this moderator holds, alone or with all that are near-identical."""
    resolution = _resolution(outcome, clause, service)
    queue, moderator = service.store.queue, signed.account.id
    if Golden.is_golden(item_id):
        return await _answered(request, item_id, resolution, signed, service)
    if together:
        done: Sequence[Item] = await queue.resolve_group(
            item_id, moderator, resolution, note=note, request=request_id
        )
    else:
        done = [await queue.resolve(item_id, moderator, resolution, note=note, request=request_id)]
    await service.care.count(moderator, done)
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    return JSONResponse({"items": [each.id for each in done]})


@router.post("/{id}/release")
async def release(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """Skips: the item waits again, for others."""
    if Golden.is_golden(item_id):
        await service.golden.release(signed.account.id, item_id)
    else:
        await service.store.queue.release(item_id, signed.account.id)
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    return JSONResponse({"items": [item_id]})


@router.post("/{id}/note")
async def note(
    request: Request,
    item_id: ItemId,
    signed: Moderator,
    service: ServiceHere,
    text: Annotated[str, Form(min_length=1, max_length=2000)],
) -> Response:
    """Writes something beside an item, for other moderators."""
    item = await service.store.queue.note(item_id, signed.account.id, text.strip())
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/queue/{item_id}", 303)
    return page(request, "queue_notes.html", signed=signed, item=item)


def _resolution(outcome: str, clause: str, service: Service) -> Resolution:
    wanted = Outcome(outcome)
    if wanted is not Outcome.REJECT:
        return Resolution(wanted)
    known = service.equipment.policy.clauses
    if clause not in known:
        detail = f"A rejection names a clause of the policy: {', '.join(known)}"
        raise invalid([FieldError(detail=detail, pointer="#/clause")])
    return Resolution(wanted, clause)


def _apart(items: Sequence[str]) -> tuple[list[str], list[str]]:
    """Golden items, and those of the queue."""
    golden = [item for item in items if Golden.is_golden(item)]
    return golden, [item for item in items if item not in golden]


def _dressed(golden: Sequence[GoldenItem], signed: Signed, service: Service) -> list[Item]:
    engine = service.equipment.engine
    return [
        as_queue_item(each, engine, signed.account.id, service.settings.lease) for each in golden
    ]


async def _answered(
    request: Request, item: str, resolution: Resolution, signed: Signed, service: Service
) -> Response:
    """What a decision on a golden item is answered with: its right answer, told afterwards."""
    golden = await service.golden.answer(signed.account.id, item, resolution)
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    words = Words(signed.language)
    right = golden.agrees(resolution.outcome, resolution.clause)
    told = words("queue.golden_right" if right else "queue.golden_other")
    if not right:
        told += " " + words(f"queue.was_{golden.outcome.value}")
        if golden.clause:
            clauses = clauses_of(service.equipment.policy)
            told += f" · {clause_shown(clauses, golden.clause).name(signed.language)}"
        if golden.why:
            told += f" · {golden.why}"
    return JSONResponse({"items": [item], "told": told})


async def _items(
    request: Request, signed: Signed, service: Service, items: Sequence[Item]
) -> Response:
    return page(
        request,
        "queue_items.html",
        signed=signed,
        shown=await _prepared(items, service),
        clauses=clauses_of(service.equipment.policy),
    )


async def _prepared(
    items: Sequence[Item], service: Service, *, histories: bool = True
) -> list[OnDesk]:
    clauses = clauses_of(service.equipment.policy)
    authors = service.store.authors
    known = {
        author: await authors.history(author)
        for author in {item.comment.author for item in items if histories}
        if author
    }
    return [on_desk(item, clauses, known.get(item.comment.author or "")) for item in items]
