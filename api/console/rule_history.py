"""The published versions: who, when and why; what sets two apart; going back to one."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Admin, Senior, Signed
from api.console.language import Words
from api.console.render import page
from api.console.workshop.merging import lines_of
from api.console.workshop.telling import teller
from api.console.workshop.workshop import Workshop, workshop_of
from api.rulebook.versions import LONGEST_WHY
from api.service import Service, service_of
from rules.errors import Problem, RulesError

router = APIRouter()

ServiceHere = Annotated[Service, Depends(service_of)]
WorkshopHere = Annotated[Workshop, Depends(workshop_of)]
Version = Annotated[str, Query(pattern=r"^[0-9a-f]{12}$")]

PAGE: Final = 50


@router.get("/history")
async def history(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """Every publication, the newest first."""
    lines = await service.rulebook.history(limit=PAGE, before=before)
    more = lines[-1].number if len(lines) == PAGE and lines[-1].number > 1 else None
    current = await workshop.current()
    return page(
        request,
        "rules_history.html",
        signed=signed,
        told=teller(Words(signed.language)),
        lines=lines,
        current=current,
        more=more,
    )


@router.get("/difference")
async def difference(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    before: Version,
    after: Version,
) -> Response:
    """What sets two versions apart, file by file; for an old one, the way back to it."""
    return await _difference(request, signed, service, workshop, before, after)


@router.post("/rollback")
async def rollback(
    request: Request,
    signed: Admin,
    service: ServiceHere,
    workshop: WorkshopHere,
    version: Annotated[str, Form(pattern=r"^[0-9a-f]{12}$")],
    why: Annotated[str, Form(max_length=LONGEST_WHY)] = "",
) -> Response:
    """Makes an old version current again, with a line of its own in the history."""
    current = await workshop.current()
    problems: tuple[Problem, ...] = ()
    if why.strip():
        try:
            await service.rulebook.rollback(version, by=signed.account.id, why=why)
        except RulesError as error:
            problems = error.problems
        else:
            return RedirectResponse("/console/rules/history", 303)
    return await _difference(
        request,
        signed,
        service,
        workshop,
        current.version,
        version,
        status=422,
        unreasoned=not why.strip(),
        problems=problems,
    )


async def _difference(
    request: Request,
    signed: Signed,
    service: Service,
    workshop: Workshop,
    before: str,
    after: str,
    *,
    status: int = 200,
    unreasoned: bool = False,
    problems: tuple[Problem, ...] = (),
) -> Response:
    found = await service.rulebook.difference(before, after)
    return page(
        request,
        "rules_difference.html",
        signed=signed,
        told=teller(Words(signed.language)),
        status=status,
        before=before,
        after=after,
        files={name: lines_of(unified) for name, unified in found.items()},
        current=await workshop.current(),
        unreasoned=unreasoned,
        problems=problems,
    )
