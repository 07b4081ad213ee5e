"""The editor of rule files: opening, checking as one types, publishing, and what to do where
somebody else published meanwhile.

Nothing that is not published is kept by the service: a form carries it, and the browser keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.console.access import Admin, Senior, Signed
from api.console.clauses import clauses_of
from api.console.language import Words
from api.console.render import page
from api.console.workshop.checking import CheckFailedError, checked
from api.console.workshop.merging import difference, merge
from api.console.workshop.running import Run
from api.console.workshop.telling import teller, told
from api.console.workshop.texts import as_sent, blocks, list_names
from api.console.workshop.trying import Asked, Tried
from api.console.workshop.workshop import Workshop, workshop_of
from api.rulebook.files import Files
from api.rulebook.versions import LONGEST_WHY
from api.service import Service, service_of
from moderation.store import Conflict, NotFound
from rules.errors import Problem, RulesError
from rules.schema import json_schema

router = APIRouter()

ServiceHere = Annotated[Service, Depends(service_of)]
WorkshopHere = Annotated[Workshop, Depends(workshop_of)]
Text = Annotated[str, AfterValidator(as_sent)]

MOST_CHARACTERS: Final = 900_000
"""A longer file is edited on disk: a form would not carry it."""
LARGE: Final = frozenset(
    f"/console/rules/{each}"
    for each in (
        "edit", "check", "publish", "reapply", "try", "dry-run", "import", "draft", "explain"
    )
)  # fmt: skip
"""Addresses to which a whole file is sent, or a comment with all that is around it."""
_LOOK_SECONDS: Final = 0.5
SAMPLE_COUNTS: Final = (500, 2_000, 10_000)


class Sent(BaseModel):
    """What the editor's form carries: a file on top of a version, and a comment to try.

    `other` is a second file that goes with it: the pack, say, that names a new list. `unchecked`
    publishes though the whole check cannot be run, `unawaited` though a dry run has not ended.
    """

    model_config = ConfigDict(frozen=True)

    file: Annotated[str, Field(min_length=1, max_length=300)]
    base: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    text: Text = ""
    other: Annotated[str, Field(max_length=300)] = ""
    other_text: Text = ""
    why: Annotated[str, Field(max_length=LONGEST_WHY)] = ""
    comment: Annotated[Text, Field(max_length=20_000)] = ""
    title: Annotated[str, Field(max_length=1000)] = ""
    author: Annotated[str, Field(max_length=300)] = ""
    parent: Annotated[Text, Field(max_length=20_000)] = ""
    section: Annotated[str, Field(max_length=200)] = ""
    count: Annotated[int, Field(ge=1, le=10_000)] = SAMPLE_COUNTS[1]
    thorough: bool = False
    unchecked: bool = False
    unawaited: bool = False

    @property
    def texts(self) -> dict[str, str]:
        """The files that are changed."""
        return {self.file: self.text} | ({self.other: self.other_text} if self.other else {})

    @property
    def asked(self) -> Asked:
        """The comment to try."""
        return Asked(self.comment, self.title, self.author, self.parent, self.section)


Draft = Annotated[Sent, Form()]


@router.get("/edit/{file:path}")
async def opened(
    request: Request,
    file: str,
    signed: Senior,
    workshop: WorkshopHere,
    service: ServiceHere,
    rule: Annotated[str, Query(max_length=80)] = "",
    published: Annotated[str, Query(pattern=r"^[0-9a-f]{0,12}$")] = "",
) -> Response:
    """A file of the version that serves."""
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    if file not in texts:
        raise NotFound(f"there is no file `{file}` in the rules that serve")
    sent = Sent.model_construct(file=file, base=current.version, text=texts[file])
    line = next((block.line for block in blocks(texts[file]) if block.rule == rule), 0)
    return await editor(
        request, signed, service, workshop, sent, line=line, published=published, kept=True
    )


@router.post("/edit")
async def reopened(
    request: Request, signed: Senior, service: ServiceHere, workshop: WorkshopHere, sent: Draft
) -> Response:
    """The editor with an unpublished text, and what is wrong with it."""
    try:
        problems = await _problems(workshop, sent, thorough=True)
    except CheckFailedError as error:
        return await editor(request, signed, service, workshop, sent, failure=error.reason)
    await _shown(request, workshop, signed, sent)
    return await editor(request, signed, service, workshop, sent, problems=problems)


@router.post("/check")
async def check(request: Request, signed: Senior, workshop: WorkshopHere, sent: Draft) -> Response:
    """What is wrong with an unpublished text, for the editor while one types.

    `failure` says why it could not be checked, and is empty where it was.
    """
    checking = asyncio.create_task(_problems(workshop, sent, thorough=sent.thorough))
    while not (await asyncio.wait([checking], timeout=_LOOK_SECONDS))[0]:
        if await request.is_disconnected():
            # Whoever asked has left: nothing waits for the answer, a stop of the service least.
            checking.cancel()
            return Response(status_code=204)
    words = Words(signed.language)
    try:
        found = [_told(problem, sent.file, words) for problem in checking.result()]
    except CheckFailedError as error:
        return JSONResponse({"problems": [], "failure": told(error.reason, words)})
    if sent.thorough:
        await _shown(request, workshop, signed, sent)
    return JSONResponse({"problems": found, "failure": ""})


@router.get("/schema")
async def schema(signed: Senior, service: ServiceHere, workshop: WorkshopHere) -> Response:
    """What the editor completes: keys and values, the policy's clauses, the lists that there are.

    It says nothing that the rules' readers may not see.
    """
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    clauses = clauses_of(service.equipment.policy)
    return JSONResponse(
        {
            "schema": json_schema(),
            "clauses": {code: each.name(signed.language) for code, each in clauses.items()},
            "lists": list_names(texts),
        }
    )


@router.post("/publish")
async def publish(
    request: Request, signed: Admin, service: ServiceHere, workshop: WorkshopHere, sent: Draft
) -> Response:
    """Makes the text current for every service; a conflict is shown, and nothing overwritten.

    Whoever has not seen what the check of the text finds is shown it before the text serves.
    """
    if not sent.why.strip():
        return await editor(request, signed, service, workshop, sent, status=422, unreasoned=True)
    try:
        files = await workshop.draft(sent.base, sent.texts)
        if halted := await _halted(request, workshop, signed, sent, files):
            return await editor(request, signed, service, workshop, sent, **halted)
        done = await service.rulebook.publish(
            files.texts, by=signed.account.id, why=sent.why, base=sent.base
        )
    except RulesError as error:
        return await editor(
            request, signed, service, workshop, sent, status=422, problems=error.problems
        )
    except Conflict:
        return await _conflict(request, signed, workshop, sent)
    return RedirectResponse(f"/console/rules/edit/{quote(sent.file)}?published={done.version}", 303)


@router.post("/reapply")
async def reapply(
    request: Request, signed: Senior, service: ServiceHere, workshop: WorkshopHere, sent: Draft
) -> Response:
    """The edits of a text on top of what is current now. Where both changed the same lines, both
    stand there."""
    current = await workshop.current()
    base, theirs = await workshop.files(sent.base), await workshop.files(current.version)
    overlaps = 0
    texts: dict[str, str] = {}
    for name, mine in sent.texts.items():
        merged = merge(base.texts.get(name, ""), mine, theirs.texts.get(name, ""))
        texts[name] = merged.text
        overlaps += merged.overlaps
    again = sent.model_copy(
        update={
            "base": current.version,
            "text": texts[sent.file],
            "other_text": texts.get(sent.other, ""),
        }
    )
    try:
        checking: dict[str, Any] = {
            "problems": await _problems(workshop, again, thorough=False),
        }
    except CheckFailedError as error:
        checking = {"failure": error.reason}
    return await editor(
        request, signed, service, workshop, again, overlaps=overlaps, merged=True, **checking
    )


async def editor(
    request: Request,
    signed: Signed,
    service: Service,
    workshop: Workshop,
    sent: Sent,
    *,
    status: int = 200,
    problems: Sequence[Problem] | None = None,
    found: Tried | None = None,
    run: Run | None = None,
    **more: Any,
) -> Response:
    """The editor's page. `problems` are None where nothing was checked yet."""
    base = (await workshop.files(sent.base)).texts
    current = await workshop.current()
    words = Words(signed.language)
    values: dict[str, Any] = {
        "line": 0,
        "published": "",
        "kept": False,
        "unreasoned": False,
        "merged": False,
        "overlaps": 0,
        "halted": "",
        "failure": "",
    }
    return page(
        request,
        "rules_edit.html",
        signed=signed,
        status=status,
        sent=sent,
        asked=sent.asked,
        current=current,
        outdated=current.version != sent.base,
        is_new=sent.file not in base,
        changes=difference(base.get(sent.file, ""), sent.text),
        other_changes=difference(base.get(sent.other, ""), sent.other_text) if sent.other else (),
        too_long=len(sent.text) > MOST_CHARACTERS,
        problems=None if problems is None else [_told(each, sent.file, words) for each in problems],
        found=found,
        run=run,
        clauses=clauses_of(service.equipment.policy),
        counts=SAMPLE_COUNTS,
        told=teller(words),
        **(values | more),
    )


async def _halted(
    request: Request, workshop: Workshop, signed: Signed, sent: Sent, files: Files
) -> dict[str, Any] | None:
    """What the editor shows in the place of publishing; None where nothing keeps it from that.

    Neither a check that fails to run nor a dry run that goes on keeps anybody from publishing for
    good: whoever says so publishes all the same.
    """
    if not sent.unchecked and not workshop.checks.seen(signed.account.id, files, sent.file):
        try:
            problems = await workshop.checks.of(files, sent.file)
        except CheckFailedError as error:
            return {"status": 409, "halted": "failed", "failure": error.reason}
        await _shown(request, workshop, signed, sent)
        levels = {problem.level for problem in problems}
        if "error" in levels:
            return {"status": 422, "halted": "broken", "problems": problems}
        if "warning" in levels:
            return {"status": 409, "halted": "doubtful", "problems": problems}
    run = None if sent.unawaited else workshop.runs.going(signed.account.id, files.version)
    return {"status": 409, "halted": "running", "run": run} if run else None


async def _shown(request: Request, workshop: Workshop, signed: Signed, sent: Sent) -> None:
    """Notes that whoever asked sees what the whole check found, unless they left before that."""
    if await request.is_disconnected():
        return
    with suppress(RulesError):
        files = await workshop.draft(sent.base, sent.texts)
        workshop.checks.shown(signed.account.id, files, sent.file)


async def _problems(workshop: Workshop, sent: Sent, *, thorough: bool) -> Sequence[Problem]:
    try:
        files = await workshop.draft(sent.base, sent.texts)
    except RulesError as error:
        return error.problems
    if thorough:
        return await workshop.checks.of(files, sent.file)
    return await checked(files, sent.file, thorough=False)


def _told(problem: Problem, file: str, words: Words) -> dict[str, Any]:
    code = f"rules.code_{problem.code.replace('-', '_')}"
    message = told(problem.message, words)
    return {
        "file": str(problem.path),
        "here": problem.path == Path(file),
        "line": problem.line,
        "column": problem.column,
        "level": problem.level,
        "title": words(code) if words.knows(code) else problem.code,
        "key": problem.key,
        "message": message,
        "remedy": told(problem.remedy, words),
        "language": "en" if message == problem.message else words.language,
    }


async def _conflict(request: Request, signed: Signed, workshop: Workshop, sent: Sent) -> Response:
    """Both edits, side by side with what they began from."""
    current = await workshop.current()
    base = (await workshop.files(sent.base)).texts
    theirs = (await workshop.files(current.version)).texts
    name = sent.file
    return page(
        request,
        "rules_conflict.html",
        signed=signed,
        told=teller(Words(signed.language)),
        status=409,
        sent=sent,
        current=current,
        theirs=difference(base.get(name, ""), theirs.get(name, "")),
        mine=difference(base.get(name, ""), sent.text),
        between=difference(theirs.get(name, ""), sent.text),
        elsewhere=[
            each
            for each in sorted(base.keys() | theirs.keys())
            if each != name and base.get(each) != theirs.get(each)
        ],
    )
