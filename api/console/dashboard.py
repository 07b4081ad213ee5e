"""The dashboard: what comes in, what waits, and how far moderators and the machine agree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.console.access import Moderator, Signed
from api.console.accounts import Role
from api.console.clauses import clauses_of
from api.console.figures import (
    FEW,
    ClauseRow,
    ModeratorRow,
    SourceRow,
    clause_rows,
    comments_figure,
    length,
    moderator_rows,
    overall,
    overturned_first,
    waits_figure,
)
from api.console.golden import Agreement, machine_agreement
from api.console.language import Words
from api.console.period import PRESETS, Period
from api.console.plot import proportions
from api.console.render import page
from api.console.sheet import sheet
from api.console.work import Work
from api.service import Service, service_of
from moderation.store import Facets
from moderation.store.breaker import Tripped
from moderation.store.projection import Progress, Waiting
from moderation.store.statistics import Statistics

router = APIRouter(prefix="/console/dashboard")

SHOWN: Final = 25
"""Rules in the table; all of them are in the file."""
BEHIND: Final = 1000
"""Entries not yet counted from which on the page says so."""

ServiceHere = Annotated[Service, Depends(service_of)]
Asked = Annotated[Period, Query()]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything on the page."""

    statistics: Statistics
    progress: Progress
    facets: Facets
    waiting: Waiting
    clauses: list[ClauseRow]
    rules: list[SourceRow]
    labels: list[SourceRow]
    moderators: list[ModeratorRow]
    machine: Agreement
    tripped: Mapping[str, Tripped]

    @property
    def automated(self) -> int:
        """Comments that the machine published or refused by itself."""
        became = self.statistics.became
        return sum(count for status, count in became.items() if status != "waiting")


@router.get("")
async def shown(
    request: Request, signed: Moderator, service: ServiceHere, asked: Asked
) -> Response:
    """The whole page."""
    return await _answer(request, "dashboard.html", signed, service, asked)


@router.get("/numbers")
async def numbers(
    request: Request, signed: Moderator, service: ServiceHere, asked: Asked
) -> Response:
    """The part that changes as time goes by."""
    return await _answer(request, "dashboard_numbers.html", signed, service, asked)


@router.get("/numbers.csv")
async def as_sheet(signed: Moderator, service: ServiceHere, asked: Asked) -> Response:
    """Every number of the page, one a line."""
    found = await _numbers(signed, service, asked)
    name = f"dashboard-{found.statistics.since:%Y-%m-%d}-{found.statistics.until:%Y-%m-%d}"
    return sheet(name, [("table", "row", "measure", "value"), *_lines(found)])


async def _answer(
    request: Request, template: str, signed: Signed, service: Service, asked: Period
) -> Response:
    found = await _numbers(signed, service, asked)
    words = Words(signed.language)
    return page(
        request,
        template,
        signed=signed,
        asked=asked,
        presets=PRESETS,
        goes_on=asked.goes_on(datetime.now(UTC)),
        numbers=found,
        statistics=found.statistics,
        agreement=overall(found.statistics),
        comments=comments_figure(words, found.statistics),
        waits=waits_figure(words, found.statistics),
        rules=found.rules[:SHOWN],
        length=lambda time: length(words, time),
        proportions=proportions,
        few=FEW,
        behind=found.progress.head - found.progress.counted >= BEHIND,
    )


async def _open(signed: Signed, service: Service) -> Facets:
    """How much is open: to a moderator as their queue says it, to seniors of readers' comments."""
    if signed.account.role.includes(Role.SENIOR):
        return await service.store.queue.facets()
    return await Work(service, signed.account.id).facets()


async def _numbers(signed: Signed, service: Service, asked: Period) -> Numbers:
    statistics = await service.statistics.between(*asked.ends(datetime.now(UTC)))
    golden = await service.golden.agreement()
    people = moderator_rows(statistics.moderators, golden)
    if not signed.account.role.includes(Role.SENIOR):
        people = [row for row in people if row.name == signed.account.id]
    items = tuple(await service.golden.all())
    return Numbers(
        statistics=statistics,
        progress=await service.statistics.progress(),
        facets=await _open(signed, service),
        waiting=await service.statistics.waiting(),
        clauses=clause_rows(statistics.clauses, clauses_of(service.equipment.policy)),
        rules=overturned_first(statistics.rules),
        labels=overturned_first(statistics.labels),
        moderators=people,
        machine=await asyncio.to_thread(machine_agreement, items, service.equipment.engine),
        tripped=service.breaker.tripped(),
    )


def _lines(found: Numbers) -> Iterator[tuple[Cell, ...]]:
    """Table, row, measure and value, in the order of the page."""
    statistics = found.statistics
    yield ("period", "", "since", statistics.since.isoformat())
    yield ("period", "", "until", statistics.until.isoformat())
    for name, value in _totals(found).items():
        yield ("totals", "", name, value)
    for point in statistics.points:
        at = point.at.isoformat()
        for action, count in point.judged.items():
            yield ("comments", at, action, count)
        for outcome, count in point.decided.items():
            yield ("decisions", at, outcome, count)
        for share in (0.5, 0.9):
            time = point.waits.quantile(share)
            seconds = None if time is None else round(time.total_seconds(), 1)
            yield ("seconds_to_decision", at, f"p{share * 100:.0f}", seconds)
    for clause in found.clauses:
        yield from _measures("clauses", clause.clause.code, clause.numbers)
    for table, rows in (("rules", found.rules), ("labels", found.labels)):
        for row in rows:
            yield from _measures(table, row.name, row.numbers)
    for person in found.moderators:
        yield from _measures("moderators", person.name, person.numbers)
        if person.golden is not None:
            yield from _measures("golden", person.name, person.golden)
    yield from _measures("golden", "machine", found.machine)
    for state, count in found.facets.states.items():
        yield ("queue_now", "", state, count)
    for rule, tripped in found.tripped.items():
        yield ("breakers", rule, "hits", tripped.hits)
        yield ("breakers", rule, "comments", tripped.comments)


def _totals(found: Numbers) -> dict[str, Cell]:
    statistics = found.statistics
    agreement = overall(statistics)
    times = {share: statistics.waits.quantile(share) for share in (0.5, 0.9)}
    return {
        "comments": statistics.comments,
        "revisions": statistics.revised,
        "automated": found.automated,
        "degraded": statistics.degraded,
        "judged_again": sum(statistics.rejudged.values()),
        "decisions": statistics.decisions,
        "undone": statistics.undone,
        **{
            f"seconds_to_decision_p{share * 100:.0f}": None
            if time is None
            else time.total_seconds()
            for share, time in times.items()
        },
        "upheld": agreement.upheld,
        "overturned": agreement.overturned,
        "appeals_made": statistics.appeals.made,
        "appeals_upheld": statistics.appeals.reject,
        "appeals_overturned": statistics.appeals.approve,
        "oldest_waiting": found.waiting.oldest.isoformat() if found.waiting.oldest else None,
        "median_waiting": found.waiting.median.isoformat() if found.waiting.median else None,
    }


def _measures(table: str, row: str, numbers: Any) -> Iterator[tuple[Cell, ...]]:
    for field in fields(numbers):
        yield (table, row, field.name, getattr(numbers, field.name))
