"""The rules as those who answer for them see them: what there is, what it does, and undoing it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, get_args

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console import rule_drafts, rule_editor, rule_history, rule_imports, rule_testing
from api.console.access import Admin, Senior
from api.console.clauses import ClauseShown, clause_shown, clauses_of
from api.console.highlight import Stretch, stretches
from api.console.language import Words
from api.console.render import page
from api.console.workshop.telling import teller
from api.console.workshop.texts import Block, pack_name, rules_in
from api.console.workshop.trying import Asked, examples_tried, tried
from api.console.workshop.wording import said
from api.console.workshop.workshop import Workshop, workshop_of
from api.rulebook.files import POLICY
from api.rulebook.versions import Published
from api.service import Service, service_of
from moderation.store import NotFound, Record, Status
from moderation.store.breaker import Tripped
from moderation.store.search import Search
from moderation.store.statistics import RuleNumbers
from rules.compile import CompiledRule
from rules.explain import UnknownRuleError
from rules.model import SEVERITY_SCORES

router = APIRouter(prefix="/console/rules")
for _group in (rule_editor, rule_testing, rule_history, rule_drafts, rule_imports):
    router.include_router(_group.router)

ServiceHere = Annotated[Service, Depends(service_of)]
WorkshopHere = Annotated[Workshop, Depends(workshop_of)]
Part = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
Order = Literal["name", "clause", "severity", "hits", "overturned", "changed"]
State = Literal["off", "shadow", "ends", "ended", "throttled", "tripped"]

DAYS: Final = 7
"""Of which the list's numbers speak, today included."""
RECENT: Final = 12
SAMPLES: Final = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in the list. `file` is None where its lines are not found in the files."""

    rule: CompiledRule
    clause: ClauseShown
    states: Sequence[State]
    numbers: RuleNumbers
    changed: Published | None
    tripped: Tripped | None

    @property
    def key(self) -> str:
        """What the list is filtered by."""
        rule, described = self.rule.rule, self.rule.rule.description
        return f"{self.rule.name} {described.ar} {described.en} {rule.clause}".lower()


@dataclass(frozen=True, slots=True)
class FileShown:
    """One file of the set: how many rules it has, and how many lines."""

    name: str
    pack: str | None
    rules: int
    lines: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A recorded comment that a rule hit, with its stretches marked."""

    record: Record
    marked: tuple[Stretch, ...]


@router.get("")
async def overview(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Order = "name",
) -> Response:
    """Packs and rules, with what they did of late."""
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    rows = await _rows(service, workshop)
    wanted = q.strip().lower()
    shown = sorted((row for row in rows if wanted in row.key), key=_ORDERS[sort])
    return page(
        request,
        "rules.html",
        signed=signed,
        told=teller(Words(signed.language)),
        files=_files(texts, rows),
        rows=shown,
        total=len(rows),
        days=DAYS,
        current=current,
        problems=service.rule_problems,
        q=q,
        sort=sort,
        orders=get_args(Order),
    )


@router.get("/explain")
async def explain(request: Request, signed: Senior, workshop: WorkshopHere) -> Response:
    """Asks for a comment of which to tell why it was caught, or was not."""
    names = [rule.name for rule in workshop.rules.rules]
    return page(
        request,
        "rules_explain.html",
        signed=signed,
        asked=Asked(""),
        names=names,
        rule="",
        unknown="",
        found=None,
        told=str,
    )


@router.post("/explain")
async def explained(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
    comment: Annotated[str, Form(max_length=20_000)] = "",
    title: Annotated[str, Form(max_length=1000)] = "",
    author: Annotated[str, Form(max_length=300)] = "",
    parent: Annotated[str, Form(max_length=20_000)] = "",
    section: Annotated[str, Form(max_length=200)] = "",
    rule: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Why a comment was caught, or was not: by the rules that serve."""
    asked = Asked(comment, title, author, parent, section)
    unknown, found = "", None
    if comment.strip():
        try:
            found = await asyncio.to_thread(tried, workshop.serving(), asked, rule.strip())
        except UnknownRuleError as error:
            unknown = error.args[0]
    return page(
        request,
        "rules_explain.html",
        signed=signed,
        status=422 if unknown else 200,
        asked=asked,
        names=[each.name for each in workshop.rules.rules],
        rule=rule,
        unknown=unknown,
        found=found,
        told=teller(Words(signed.language)),
        clauses=clauses_of(service.equipment.policy),
    )


@router.get("/{pack}/{rule}")
async def one(
    request: Request,
    pack: Part,
    rule: Part,
    signed: Senior,
    service: ServiceHere,
    workshop: WorkshopHere,
) -> Response:
    """One rule: in words, in YAML, with its examples, and what it hit."""
    compiled = _rule(workshop, pack, rule)
    clauses = clauses_of(service.equipment.policy)
    file, block = await _place(workshop, compiled.name)
    found = await service.store.search(Search(rule=compiled.name), limit=RECENT)
    row = _row(compiled, clauses, await _known(service, workshop))
    words = Words(signed.language)
    return page(
        request,
        "rules_one.html",
        signed=signed,
        told=teller(words),
        row=row,
        rule=compiled.rule,
        file=file,
        block=block,
        when=said(compiled.rule.when, words),
        unless=[said(each, words) for each in compiled.rule.unless or ()],
        mention=[said(each, words) for each in compiled.rule.mention or ()],
        examples=await asyncio.to_thread(examples_tried, workshop.rules, compiled),
        hits=[_hit(record, compiled.name) for record in found.records],
        clauses=clauses,
        days=DAYS,
    )


@router.post("/{pack}/{rule}/reset")
async def reset(pack: Part, rule: Part, signed: Admin, service: ServiceHere) -> Response:
    """Lets a rule reject again that the breaker kept from it."""
    await service.breaker.reset(f"{pack}/{rule}", signed.account.id)
    return RedirectResponse(f"/console/rules/{pack}/{rule}", 303)


@router.post("/{pack}/{rule}/revert")
async def revert(
    request: Request,
    pack: Part,
    rule: Part,
    signed: Admin,
    service: ServiceHere,
    workshop: WorkshopHere,
    days: Annotated[int, Form(ge=1, le=365)] = DAYS,
    why: Annotated[str, Form(max_length=1000)] = "",
    apply: Annotated[bool, Form()] = False,
) -> Response:
    """Shows what undoing everything that a rule did would change; with `apply`, does it."""
    compiled = _rule(workshop, pack, rule)
    since = datetime.now(UTC) - timedelta(days=days)
    plan = await service.rulebook.revert_plan(rule=compiled.name, since=since)
    reverted = None
    if apply and why.strip():
        reverted = await service.rulebook.revert(plan, by=signed.account.id, why=why)
    became = [
        (change.record.status, change.record.revision.verdict.action, change.verdict.action)
        for change in plan.changes
    ]
    return page(
        request,
        "rules_revert.html",
        signed=signed,
        status=422 if apply and not why.strip() else 200,
        name=compiled.name,
        revert_days=days,
        plan=plan,
        published=sum(was is not Status.PUBLISHED and now == "allow" for was, _, now in became),
        samples=[
            (change, stretches(change.record.revision.comment.text, _of(change.record, compiled)))
            for change in plan.changes[:SAMPLES]
        ],
        reverted=reverted,
        unreasoned=apply and not why.strip(),
        clauses=clauses_of(service.equipment.policy),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of rules beside what they say."""

    numbers: Mapping[str, RuleNumbers]
    tripped: Mapping[str, Tripped]
    changed: Mapping[str, Published]
    ended: frozenset[str]


async def _known(service: Service, workshop: Workshop) -> _Known:
    limits = service.equipment.policy.breaker
    tripped = service.breaker.tripped() if limits.hours else {}
    ended = workshop.rules.ended(datetime.now(UTC))
    numbers = await service.statistics.by_rule(DAYS)
    return _Known(numbers, tripped, await workshop.changes.last(), ended)


async def _rows(service: Service, workshop: Workshop) -> list[Row]:
    clauses = clauses_of(service.equipment.policy)
    known = await _known(service, workshop)
    return [_row(rule, clauses, known) for rule in workshop.rules.rules]


def _row(rule: CompiledRule, clauses: Mapping[str, ClauseShown], known: _Known) -> Row:
    return Row(
        rule,
        clause_shown(clauses, rule.rule.clause),
        list(_states(rule, known)),
        known.numbers.get(rule.name, RuleNumbers()),
        known.changed.get(rule.name),
        known.tripped.get(rule.name),
    )


def _states(compiled: CompiledRule, known: _Known) -> Sequence[State]:
    rule = compiled.rule
    holds: dict[State, bool] = {
        "off": not rule.enabled,
        "tripped": compiled.name in known.tripped,
        "shadow": rule.shadow,
        "ended": compiled.name in known.ended,
        "ends": rule.expires is not None and compiled.name not in known.ended,
        "throttled": rule.throttle is not None,
    }
    return [state for state, held in holds.items() if held]


def _files(texts: Mapping[str, str], rows: Sequence[Row]) -> list[FileShown]:
    shown = []
    for name, text in texts.items():
        pack = pack_name(text) if name != POLICY else None
        rules = sum(row.rule.pack == pack for row in rows)
        shown.append(FileShown(name, pack, rules, text.count("\n")))
    return shown


def _rule(workshop: Workshop, pack: str, rule: str) -> CompiledRule:
    name = f"{pack}/{rule}"
    for compiled in workshop.rules.rules:
        if compiled.name == name:
            return compiled
    raise NotFound(f"there is no rule `{name}` in the rules that serve")


async def _place(workshop: Workshop, name: str) -> tuple[str, Block | None]:
    """The file of a rule and its lines there; the first pack's file where they are not found."""
    current = await workshop.current()
    texts = (await workshop.files(current.version)).texts
    if found := rules_in(texts).get(name):
        return found
    pack = name.partition("/")[0]
    file = next((file for file, text in texts.items() if pack_name(text) == pack), POLICY)
    return file, None


def _hit(record: Record, rule: str) -> Hit:
    verdict = record.revision.verdict
    reasons = [each for each in verdict.reasons if each.source.name == rule]
    return Hit(record, stretches(record.revision.comment.text, reasons))


def _of(record: Record, compiled: CompiledRule) -> list[Any]:
    reasons = record.revision.verdict.reasons
    return [reason for reason in reasons if reason.source.name == compiled.name]


_ORDERS: Final[Mapping[Order, Callable[[Row], Any]]] = {
    "name": lambda row: row.rule.name,
    "clause": lambda row: (row.clause.number, row.rule.name),
    "severity": lambda row: (-SEVERITY_SCORES[row.rule.rule.severity], row.rule.name),
    "hits": lambda row: (-row.numbers.hits, -row.numbers.shadow, row.rule.name),
    "overturned": lambda row: (
        -(row.numbers.agreement.overturned_share or 0),
        -row.numbers.hits,
        row.rule.name,
    ),
    "changed": lambda row: (
        -row.changed.at.timestamp() if row.changed else 0.0,
        row.rule.name,
    ),
}
