"""What is particular to this site: messages to commenters, the watch list, golden items."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Admin, Senior, Signed
from api.console.clauses import clauses_of
from api.console.golden import machine_agreement
from api.console.render import page
from api.problems import FieldError, invalid
from api.rulebook.files import POLICY
from api.service import Service, service_of
from moderation.policy import Wording
from moderation.store.item import Outcome
from moderation.store.review import ReviewKind
from rules.errors import RulesError
from rules.wording import with_messages

router = APIRouter(prefix="/console/site")

LONGEST_MESSAGE: Final = 1000

ServiceHere = Annotated[Service, Depends(service_of)]
Kind = Annotated[Literal["articles", "sections", "authors"], Form()]
Name = Annotated[str, Form(min_length=1, max_length=500)]


@router.get("")
async def shown(request: Request, signed: Senior, service: ServiceHere) -> Response:
    """Everything on one page."""
    return await _shown(request, signed, service)


@router.post("/messages")
async def messages(request: Request, signed: Admin, service: ServiceHere) -> Response:
    """Publishes the policy with other messages; says so where somebody else published meanwhile."""
    sent = await request.form()
    told = {}
    for clause in service.equipment.policy.clauses:
        ar, en = (str(sent.get(f"{clause}.{language}", "")).strip() for language in ("ar", "en"))
        if not ar or not en or max(len(ar), len(en)) > LONGEST_MESSAGE:
            detail = f"A message has 1 to {LONGEST_MESSAGE} characters in each language"
            raise invalid([FieldError(detail=detail, pointer=f"#/{clause}")])
        told[clause] = Wording(ar=_one_line(ar), en=_one_line(en))
    current = await service.rulebook.current()
    if current is None:
        raise invalid([FieldError(detail="Nothing was published yet", pointer="#/base")])
    files = dict(await service.rulebook.files(current.version))
    files[POLICY] = with_messages(files[POLICY], told)
    why = str(sent.get("why", "")).strip()[:500] or "messages to commenters"
    base = str(sent.get("base", ""))
    try:
        await service.rulebook.publish(files, by=signed.account.id, why=why, base=base)
    except RulesError as error:
        problems = [str(problem) for problem in error.problems]
        return await _shown(request, signed, service, status=422, problems=problems)
    return RedirectResponse("/console/site#messages", 303)


@router.post("/watch")
async def watch(signed: Senior, service: ServiceHere, kind: Kind, name: Name) -> Response:
    """Has everything under an article or in a section, or by an author, looked at."""
    try:
        await service.store.review.add(ReviewKind(kind), name.strip(), by=signed.account.id)
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#/name")]) from error
    return RedirectResponse("/console/site#watch", 303)


@router.post("/unwatch")
async def unwatch(signed: Senior, service: ServiceHere, kind: Kind, name: Name) -> Response:
    """Takes a name off the watch list."""
    await service.store.review.remove(ReviewKind(kind), name, by=signed.account.id)
    return RedirectResponse("/console/site#watch", 303)


@router.post("/golden")
async def add_golden(
    signed: Senior,
    service: ServiceHere,
    text: Annotated[str, Form(min_length=1, max_length=5000)],
    outcome: Annotated[Literal["approve", "reject"], Form()],
    clause: Annotated[str, Form(max_length=200)] = "",
    title: Annotated[str, Form(max_length=500)] = "",
    why: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """A comment with a known answer, to be mixed into the queue."""
    rejected = outcome == "reject"
    if rejected and clause not in service.equipment.policy.clauses:
        raise invalid([FieldError(detail="A rejection names a clause", pointer="#/clause")])
    try:
        await service.golden.add(
            text,
            Outcome(outcome),
            clause if rejected else None,
            title=title,
            why=why,
            by=signed.account.id,
        )
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#/text")]) from error
    return RedirectResponse("/console/site#golden", 303)


@router.post("/golden/remove")
async def remove_golden(
    _: Senior, service: ServiceHere, item: Annotated[str, Form(pattern=r"^[0-9]{15}$")]
) -> Response:
    """Takes a golden item out."""
    await service.golden.remove(item)
    return RedirectResponse("/console/site#golden", 303)


async def _shown(
    request: Request,
    signed: Signed,
    service: Service,
    *,
    status: int = 200,
    problems: list[str] | None = None,
) -> Response:
    current = await service.rulebook.current()
    golden = tuple(await service.golden.all())
    return page(
        request,
        "site.html",
        signed=signed,
        status=status,
        policy=service.equipment.policy,
        base=current.version if current else "",
        problems=problems or [],
        watched=await service.store.review.all(),
        golden=golden,
        notes=await service.golden.notes(),
        clauses=clauses_of(service.equipment.policy),
        agreement=await service.golden.agreement(),
        machine=await asyncio.to_thread(machine_agreement, golden, service.equipment.engine),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
