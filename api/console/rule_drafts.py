"""Beginning something new: a pack, a word list, or a rule from words of a comment in the queue."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.access import Senior, Signed
from api.console.clauses import clauses_of
from api.console.language import Words
from api.console.render import page
from api.console.rule_editor import Sent, Text, editor
from api.console.work import Work
from api.console.workshop.drafting import (
    OPERATORS,
    SITE,
    NewRule,
    Operator,
    innocent_beside,
    matches,
    new_pack,
    operator_for,
    term_of,
    with_list,
    with_rule,
)
from api.console.workshop.telling import teller
from api.console.workshop.workshop import Workshop, workshop_of
from api.rulebook.files import PACKS, POLICY
from api.service import Service, service_of
from moderation.comment import Comment
from rules.errors import Problem, RulesError
from rules.model import SEVERITY_SCORES, Severity

router = APIRouter()

ServiceHere = Annotated[Service, Depends(service_of)]
WorkshopHere = Annotated[Workshop, Depends(workshop_of)]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


class FromItem(BaseModel):
    """The form of a rule that is made from a comment."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(max_length=80)] = ""
    description: Annotated[str, Field(max_length=500)] = ""
    clause: Annotated[str, Field(max_length=200)] = ""
    severity: Severity = "mild"
    operator: Operator = "word"
    term: Annotated[str, Field(max_length=200)] = ""
    match: Annotated[Text, Field(max_length=20_000)] = ""
    no_match: Annotated[Text, Field(max_length=20_000)] = ""
    shadow: bool = False
    title: Annotated[str, Field(max_length=1000)] = ""
    author: Annotated[str, Field(max_length=300)] = ""
    parent: Annotated[Text, Field(max_length=20_000)] = ""
    pack: Annotated[str, Field(max_length=300)] = SITE

    @property
    def rule(self) -> NewRule:
        """The rule that it describes."""
        return NewRule(
            self.id.strip(),
            self.description.strip(),
            self.clause,
            self.severity,
            self.operator,
            " ".join(self.term.split()),
            self.match,
            self.no_match,
            self.shadow,
        )


@router.post("/from-item")
async def from_item(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    item: Annotated[str, Form(pattern=r"^[0-9]{1,15}$")],
    chosen: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """A form for a rule, filled with what was chosen in a comment of the queue."""
    comment, clause = await _comment(service, signed, item)
    term = term_of(chosen)[:200]
    operator = operator_for(term)
    form = FromItem(
        id=f"site-{item}",
        clause=clause or next(iter(service.equipment.policy.clauses)),
        operator=operator,
        term=term,
        match=comment.text,
        no_match=await asyncio.to_thread(innocent_beside, operator, term),
        shadow=True,
        title=comment.article.title[:1000] if comment.article else "",
        author=(comment.article.authors or ("",))[0][:300] if comment.article else "",
        parent=comment.parent or "",
    )
    return await _form(request, signed, service, workshop, form)


@router.post("/draft")
async def draft(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    form: Annotated[FromItem, Form()],
) -> Response:
    """The editor with the rule at the end of its pack, and the comment ready to be tried."""
    wrong = _wrong(form, service)
    if not wrong:
        wrong = await asyncio.to_thread(_misses, form.rule)
    if wrong:
        return await _form(request, signed, service, workshop, form, wrong=wrong)
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    before = texts.get(form.pack) or new_pack("site", "The rules of this site alone.")
    try:
        text = with_rule(form.pack, before, form.rule.mapping)
    except RulesError as error:
        return await _form(request, signed, service, workshop, form, problems=error.problems)
    sent = Sent(
        file=form.pack,
        base=current.version,
        text=text,
        comment=form.match,
        title=form.title,
        author=form.author,
        parent=form.parent,
    )
    line = text.count("\n", 0, text.rindex(f"id: {form.rule.id}")) + 1
    return await editor(request, signed, service, workshop, sent, line=line)


@router.get("/new")
async def new(request: Request, signed: Senior, workshop: WorkshopHere) -> Response:
    """Asks what the new file is to be."""
    return await _new_form(request, signed, workshop)


@router.post("/new")
async def begin(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    name: Annotated[str, Form(max_length=80)] = "",
    kind: Annotated[Literal["pack", "list"], Form()] = "pack",
    description: Annotated[str, Form(max_length=500)] = "",
    pack: Annotated[str, Form(max_length=300)] = SITE,
) -> Response:
    """The editor on a new pack, or on a new word list that a pack names."""
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    file = f"{PACKS}/{name.strip()}.{'yaml' if kind == 'pack' else 'txt'}"
    told = description.strip() or name
    wrong = ""
    if not _NAME.fullmatch(name.strip()):
        wrong = "name"
    elif file in texts:
        wrong = "taken"
    if wrong:
        return await _new_form(
            request, signed, workshop, wrong=wrong, name=name, kind=kind, description=description
        )
    sent = Sent(file=file, base=current.version, text=new_pack(name.strip(), told))
    if kind == "list":
        declared = {"description": told, "file": f"{name.strip()}.txt"}
        before = texts.get(pack) or new_pack("site", "The rules of this site alone.")
        try:
            named = with_list(pack, before, name.strip(), declared)
        except RulesError as error:
            return await _new_form(
                request, signed, workshop, name=name, kind=kind, problems=error.problems
            )
        text = f"# {told}\n"
        sent = Sent(file=file, base=current.version, text=text, other=pack, other_text=named)
    return await editor(request, signed, service, workshop, sent)


async def _form(
    request: Request,
    signed: Signed,
    service: Service,
    workshop: Workshop,
    form: FromItem,
    *,
    wrong: str = "",
    problems: tuple[Problem, ...] = (),
) -> Response:
    return page(
        request,
        "rules_from_item.html",
        signed=signed,
        told=teller(Words(signed.language)),
        status=422 if wrong or problems else 200,
        form=form,
        wrong=wrong,
        problems=problems,
        clauses=clauses_of(service.equipment.policy),
        severities=tuple(SEVERITY_SCORES),
        operators=OPERATORS,
        packs=await _packs(workshop),
    )


async def _new_form(request: Request, signed: Signed, workshop: Workshop, **told: Any) -> Response:
    values = {"wrong": "", "name": "", "kind": "pack", "description": "", "problems": ()} | told
    return page(
        request,
        "rules_new.html",
        signed=signed,
        told=teller(Words(signed.language)),
        status=422 if values["wrong"] or values["problems"] else 200,
        packs=await _packs(workshop),
        **values,
    )


async def _packs(workshop: Workshop) -> list[str]:
    """The packs, the site's own first, there or not."""
    current = await workshop.current()
    names = (await workshop.files(current.version)).texts
    others = [name for name in names if name.endswith(".yaml") and name not in (POLICY, SITE)]
    return [SITE, *others]


async def _comment(service: Service, signed: Signed, item: str) -> tuple[Comment, str | None]:
    """The comment of a queue item, and the clause of its gravest reason."""
    found = await Work(service, signed.account.id).get(item)
    clause = found.verdict.reasons[0].clause if found.verdict.reasons else None
    return found.comment, clause


def _wrong(form: FromItem, service: Service) -> str:
    """Which field of the form cannot be used."""
    if not _NAME.fullmatch(form.id.strip()):
        return "id"
    if form.clause not in service.equipment.policy.clauses:
        return "clause"
    for field in ("description", "term", "match", "no_match"):
        if not getattr(form, field).strip():
            return field
    return ""


def _misses(rule: NewRule) -> str:
    """Which example the rule gets wrong."""
    try:
        if not matches(rule, rule.match):
            return "missed"
        return "caught" if matches(rule, rule.no_match) else ""
    except RulesError:
        return "term"
