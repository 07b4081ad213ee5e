"""The queue: what this moderator holds, what waits, and every decision on it.

A page works without scripts, form by form. With them, `static/queue.js` sends the same forms in the
background: each decision carries a request id, so that one that is sent again counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import StringConstraints

from api.console.access import Moderator, Signed
from api.console.clauses import clause_shown, clauses_of
from api.console.desk import OnDesk, on_desk
from api.console.filtering import Narrowed
from api.console.golden import GoldenItem
from api.console.language import Words
from api.console.render import page
from api.console.work import Work
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.store import Conflict, Item
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
    work = Work(service, signed.account.id)
    return page(
        request,
        "queue.html",
        signed=signed,
        narrowed=narrowed,
        clauses=clauses_of(service.equipment.policy),
        facets=await work.facets(),
        shown=await _prepared(await work.held(MOST_AT_ONCE), work),
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
    work = Work(service, signed.account.id)
    found = await work.page(narrowed.filters(), limit=LISTED, cursor=cursor)
    return page(
        request,
        "queue_list.html",
        signed=signed,
        narrowed=narrowed,
        clauses=clauses_of(service.equipment.policy),
        facets=await work.facets(),
        shown=await _prepared(found.items, work, histories=False),
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
    work = Work(service, signed.account.id)
    items = await work.claim(count, replace(narrowed.claiming(), excluded=excluded))
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/queue?{narrowed.query}", 303)
    return await _items(request, signed, work, items)


@router.post("/live")
async def live(request: Request, signed: Moderator, service: ServiceHere) -> Response:
    """How much is open and who holds what; keeps what this moderator holds while they look."""
    work = Work(service, signed.account.id)
    await work.renew()
    return page(
        request,
        "queue_live.html",
        signed=signed,
        facets=await work.facets(),
        hard=await service.care.seen(signed.account.id),
    )


@router.post("/release")
async def release_all(
    signed: Moderator, service: ServiceHere, narrowed: Annotated[Narrowed, Form()]
) -> Response:
    """Gives back all that this moderator holds; where the queue is narrowed, to take what fits."""
    work = Work(service, signed.account.id)
    for item in await work.held(MOST_AT_ONCE):
        # A lease that ended meanwhile has given its item back already.
        with suppress(Conflict):
            await work.release(item.id)
    # The list takes nothing, so that whoever leaves holds nothing.
    desk = f"/console/queue?{narrowed.query}" if narrowed.active else "/console/queue/list"
    return RedirectResponse(desk, 303)


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
    work = Work(service, signed.account.id)
    answers = await work.resolve_many(item, resolution, request=request_id)
    done = [each for each in answers if isinstance(each, Item)]
    await service.care.count(signed.account.id, done)
    if "hx-request" in request.headers:
        refused = [str(each) for each in answers if not isinstance(each, Item)]
        return JSONResponse({"items": [each.id for each in done], "refused": refused})
    return RedirectResponse("/console/queue/list", 303)


@router.post("/undo")
async def undo(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    item: ItemIds,
) -> Response:
    """Takes decisions back; their items are this moderator's again."""
    work = Work(service, signed.account.id)
    answers = await work.undo_many(item)
    back = [each for each in answers if isinstance(each, Item)]
    if not back:
        raise next(each for each in answers if isinstance(each, Conflict))
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    return await _items(request, signed, work, back)


@router.get("/{id}")
async def one(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """One item by its own address, whoever holds it."""
    work = Work(service, signed.account.id)
    shown = await _prepared([await work.get(item_id)], work)
    return page(
        request,
        "queue_item.html",
        signed=signed,
        each=shown[0],
        clauses=clauses_of(service.equipment.policy),
        undo_seconds=service.settings.undo_seconds,
    )


@router.get("/{id}/alike")
async def alike(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """What would be decided on together with an item, and what somebody else holds of it."""
    work = Work(service, signed.account.id)
    shown = await _prepared(await work.alike(item_id), work, histories=False)
    return page(request, "queue_alike.html", signed=signed, shown=shown)


@router.post("/{id}/take")
async def take(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """Leases one item that nobody holds."""
    work = Work(service, signed.account.id)
    item = await work.take(item_id)
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/queue#item-{item_id}", 303)
    return await _items(request, signed, work, [item])


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
    work = Work(service, signed.account.id)
    done = await work.resolve(item_id, resolution, note=note, request=request_id, together=together)
    await service.care.count(signed.account.id, done)
    if "hx-request" not in request.headers:
        return RedirectResponse("/console/queue", 303)
    answer: dict[str, object] = {"items": [each.id for each in done]}
    if golden := await work.known_answer(item_id):
        answer["told"] = _known(golden, resolution, signed, service)
    return JSONResponse(answer)


@router.post("/{id}/release")
async def release(
    request: Request, item_id: ItemId, signed: Moderator, service: ServiceHere
) -> Response:
    """Skips: the item waits again, for others."""
    await Work(service, signed.account.id).release(item_id)
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
    item = await Work(service, signed.account.id).note(item_id, text.strip())
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


def _known(golden: GoldenItem, resolution: Resolution, signed: Signed, service: Service) -> str:
    """What a decision on a golden item is answered with: its right answer, told afterwards."""
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
    return told


async def _items(request: Request, signed: Signed, work: Work, items: Sequence[Item]) -> Response:
    return page(
        request,
        "queue_items.html",
        signed=signed,
        shown=await _prepared(items, work),
        clauses=clauses_of(work.service.equipment.policy),
    )


async def _prepared(items: Sequence[Item], work: Work, *, histories: bool = True) -> list[OnDesk]:
    clauses = clauses_of(work.service.equipment.policy)
    descriptions = work.service.equipment.descriptions
    known = {
        author: await work.author(author)
        for author in {item.comment.author for item in items if histories}
        if author
    }
    return [
        on_desk(item, clauses, descriptions, known.get(item.comment.author or "")) for item in items
    ]
