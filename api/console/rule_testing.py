"""Trying unpublished rules: on one comment as it is typed, and on the comments of late."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Senior, Signed
from api.console.clauses import clauses_of
from api.console.highlight import Stretch, stretches
from api.console.language import Words
from api.console.render import page
from api.console.rule_editor import Draft, editor
from api.console.workshop.running import Run, Tell
from api.console.workshop.telling import teller
from api.console.workshop.trying import tried
from api.console.workshop.workshop import Workshop, workshop_of
from api.dry_run import DryRun, dry_run_beside, read_store
from api.dry_run.result import Sample, Side
from api.service import Service, service_of
from moderation.span import Span
from moderation.store import NotFound
from rules.errors import RulesError

router = APIRouter()

ServiceHere = Annotated[Service, Depends(service_of)]
WorkshopHere = Annotated[Workshop, Depends(workshop_of)]

_LOOK_AGAIN_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class _Marked:
    clause: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SampleShown:
    """A comment of a dry run with the stretches marked that either side's reasons rest on."""

    sample: Sample
    marked: tuple[Stretch, ...]


@router.post("/try")
async def try_comment(
    request: Request, signed: Senior, service: ServiceHere, workshop: WorkshopHere, sent: Draft
) -> Response:
    """One comment under the unpublished text."""
    found, problems = None, None
    if sent.comment.strip():
        try:
            loaded = await workshop.loaded(await workshop.draft(sent.base, sent.texts))
            found = await asyncio.to_thread(tried, loaded, sent.asked)
        except RulesError as error:
            problems = error.problems
    if "hx-request" not in request.headers:
        return await editor(
            request, signed, service, workshop, sent, problems=problems, found=found
        )
    clauses = clauses_of(service.equipment.policy)
    return page(
        request,
        "rules_tried.html",
        signed=signed,
        found=found,
        broken=bool(problems),
        clauses=clauses,
        told=teller(Words(signed.language)),
    )


@router.post("/dry-run")
async def begin(
    request: Request, signed: Senior, service: ServiceHere, workshop: WorkshopHere, sent: Draft
) -> Response:
    """Begins to judge the last recorded comments by the unpublished text too."""
    try:
        files = await workshop.draft(sent.base, sent.texts)
        new = await workshop.loaded(files)
    except RulesError as error:
        if "hx-request" in request.headers:
            return page(
                request, "rules_tried.html", signed=signed, found=None, broken=True, told=str
            )
        return await editor(
            request, signed, service, workshop, sent, status=422, problems=error.problems
        )
    old = service.equipment.engine

    async def work(tell: Tell) -> DryRun:
        cases = await read_store(service.store, sent.count)
        tell(0, len(cases))
        return await dry_run_beside(old, new.equipment.engine, cases, progress=tell)

    run = workshop.runs.begin(signed.account.id, sent.file, files.version, work)
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/console/rules/dry-run?run={run.id}", 303)
    return _shown(request, signed, service, run)


@router.get("/dry-run")
async def progress(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    run: Annotated[str, Query(pattern=r"^[0-9a-f]{16}$")],
) -> Response:
    """How far a dry run is, and what it found."""
    found = workshop.runs.find(run, signed.account.id)
    if found is None:
        raise NotFound("this dry run is not kept any more; begin it again")
    return _shown(request, signed, service, found)


def _shown(request: Request, signed: Signed, service: Service, run: Run) -> Response:
    part = "hx-request" in request.headers
    result = run.result
    headers = {} if part or run.is_over else {"Refresh": str(_LOOK_AGAIN_SECONDS)}
    return page(
        request,
        "rules_run.html" if part else "rules_dry_run.html",
        signed=signed,
        headers=headers,
        run=run,
        samples=_samples(result) if result else {},
        told=teller(Words(signed.language)),
        clauses=clauses_of(service.equipment.policy),
    )


def _samples(result: DryRun) -> Mapping[str, Sequence[SampleShown]]:
    kinds = {
        "reject": result.rejected,
        "flag": result.flagged,
        "allow": result.allowed,
        "near": result.near_misses,
    }
    return {kind: [_sample(each) for each in found] for kind, found in kinds.items() if found}


def _sample(sample: Sample) -> SampleShown:
    stricter = max(sample.before, sample.after, key=lambda side: side.action.severity)
    marks = _marks(stricter)
    if sample.near:
        near = tuple(Span(each.start, each.end) for each in sample.near)
        marks = [_Marked("near", near)]
    return SampleShown(sample, stretches(sample.text, marks))


def _marks(side: Side) -> list[_Marked]:
    return [
        _Marked(ground.clause, tuple(Span(each.start, each.end) for each in ground.spans))
        for ground in side.grounds
    ]
