"""Word lists and checks of other systems, brought into the editor as a new pack."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from api.console.access import Senior, Signed
from api.console.clauses import clauses_of
from api.console.render import page
from api.console.rule_editor import MOST_CHARACTERS, ServiceHere
from api.console.workshop.workshop import Workshop, workshop_of
from api.rulebook.files import PACKS
from api.service import Service
from rules.imports import Imported, ImportingError, Origin, import_rules
from rules.model import SEVERITY_SCORES, Severity

router = APIRouter()

WorkshopHere = Annotated[Workshop, Depends(workshop_of)]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
SHOWN: Final = 200
"""Entries that are listed of what was carried over."""


@router.get("/import")
async def asked(
    request: Request, signed: Senior, service: ServiceHere, workshop: WorkshopHere
) -> Response:
    """Asks for a list, and what is to become of it."""
    return await _page(request, signed, service, workshop)


@router.post("/import")
async def preview(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    origin: Annotated[Origin, Form()] = Origin.WORDS,
    name: Annotated[str, Form(max_length=80)] = "",
    clause: Annotated[str, Form(max_length=200)] = "",
    severity: Annotated[Severity, Form()] = "mild",
    content: Annotated[str, Form()] = "",
    upload: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """The pack that would come of it, what was carried over, and what was left and why."""
    values: dict[str, Any] = {
        "origin": origin, "name": name, "clause": clause, "severity": severity, "content": content
    }  # fmt: skip
    current = await workshop.current()
    file = f"{PACKS}/{name.strip()}.yaml"
    wrong = ""
    try:
        given = await _given(content, upload)
    except ValueError as error:
        return await _page(request, signed, service, workshop, failure=str(error), **values)
    if not _NAME.fullmatch(name.strip()):
        wrong = "name"
    elif file in (await workshop.files(current.version)).texts:
        wrong = "taken"
    elif clause not in service.equipment.policy.clauses:
        wrong = "clause"
    elif not given.strip():
        wrong = "content"
    if wrong:
        return await _page(request, signed, service, workshop, wrong=wrong, **values)
    source = upload.filename if upload and upload.filename else str(origin)
    try:
        imported = await asyncio.to_thread(
            import_rules,
            given,
            origin,
            pack=name.strip(),
            clause=clause,
            severity=severity,
            source=source[:100],
        )
    except ImportingError as error:
        return await _page(request, signed, service, workshop, failure=str(error), **values)
    return await _page(
        request, signed, service, workshop, imported=imported, file=file, status=200, **values
    )


async def _given(content: str, upload: UploadFile | None) -> str:
    """What was pasted, or uploaded. Raises ValueError."""
    if upload is None or not upload.filename:
        return content
    raw = await upload.read(MOST_CHARACTERS * 4 + 1)
    if len(raw) > MOST_CHARACTERS * 4:
        raise ValueError("the file is too large: split it, or use `moderation rules import`")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is not in UTF-8 (byte {error.start}); save it so") from error


async def _page(
    request: Request,
    signed: Signed,
    service: Service,
    workshop: Workshop,
    *,
    status: int = 422,
    imported: Imported | None = None,
    **told: Any,
) -> Response:
    values: dict[str, Any] = {
        "origin": Origin.WORDS, "name": "", "clause": "", "severity": "mild", "content": "",
        "wrong": "", "failure": "", "file": "",
    }  # fmt: skip
    current = await workshop.current()
    return page(
        request,
        "rules_import.html",
        signed=signed,
        status=status if told else 200,
        origins=tuple(Origin),
        severities=tuple(SEVERITY_SCORES),
        clauses=clauses_of(service.equipment.policy),
        current=current,
        imported=imported,
        shown=SHOWN,
        **(values | told),
    )
