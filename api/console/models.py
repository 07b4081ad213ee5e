"""The model that serves, a challenger in its shadow, and putting one in the other's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.champion import PromotionError, Shelved, shelved
from api.console import plot
from api.console.access import Admin, Senior, Signed
from api.console.clauses import clauses_of
from api.console.figures import Figure
from api.console.language import Words
from api.console.render import page
from api.console.standing import judgements, standings
from api.differences import CLAUSE, DROPPED, FAILED, SAME, Hour, summed
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.verdict import Action

router = APIRouter(prefix="/console/models")

MOST_JUDGED: Final = 1_000
"""Newest differences among which it is counted who was right."""
_ON_A_PAGE: Final = 20
_DAYS: Final = 14
_KINDS: Final = (
    *(f"{one}_{other}" for one in Action for other in Action if one is not other),
    CLAUSE,
)

ServiceHere = Annotated[Service, Depends(service_of)]
Version = Annotated[str, Form(pattern=r"^[0-9a-f]{12}$")]


@dataclass(frozen=True, slots=True)
class Card:
    """What a manifest tells of a model, in brief. `rows` were trained on or held out."""

    version: str
    labels: Sequence[str]
    rows: int
    files: Sequence[str]
    base: str | None
    measures: Mapping[tuple[str, str], Mapping[str, Any]]
    decisions: Mapping[str, Any] | None


@router.get("")
async def shown(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    kind: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[str, Query(pattern=r"^(\d{1,16}-\d{1,10})?$")] = "",
) -> Response:
    """Both models, where they differ, and what moderators said of that."""
    if kind and kind not in _KINDS:
        raise invalid([FieldError(detail=f"One of {', '.join(_KINDS)}", parameter="kind")])
    return await _shown(request, signed, service, kind=kind, before=before)


@router.post("/promote")
async def promote(
    request: Request,
    signed: Admin,
    service: ServiceHere,
    version: Version,
    why: Annotated[str, Form(min_length=1, max_length=500)],
    base: Annotated[str, Form(pattern=r"^([0-9a-f]{12})?$")] = "",
) -> Response:
    """Has another model judge from now on; `base` is what was promoted last, as the page knew."""
    try:
        await service.champion.promote(version, base=base or None, by=signed.account.id, why=why)
    except PromotionError as error:
        return await _shown(request, signed, service, status=422, problem=str(error))
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#/why")]) from error
    return RedirectResponse("/console/models", 303)


async def _shown(
    request: Request,
    signed: Signed,
    service: Service,
    *,
    kind: str = "",
    before: str = "",
    status: int = 200,
    problem: str = "",
) -> Response:
    champion, challenger = service.champion, service.challenger
    clauses = clauses_of(service.equipment.policy)
    at_hand = shelved(service.settings)
    history = await champion.history()
    served, other = champion.served, challenger.version
    values: dict[str, Any] = {"judged": None, "listed": [], "next": None}
    if served is not None and other not in (None, served):
        hours = await challenger.totals(served, days=_DAYS)
        newest = await challenger.differences(served, limit=MOST_JUDGED)
        page_of = await challenger.differences(
            served, limit=_ON_A_PAGE, before=before or None, kind=kind or None
        )
        by_kind, by_clause, total = standings(await judgements(service.store, newest), clauses)
        counts = summed(hours)
        values = {
            "judged": sum(counts[each] for each in (SAME, *_KINDS)),
            "counts": counts,
            "dropped": counts[DROPPED],
            "failed": counts[FAILED],
            "by_kind": by_kind,
            "by_clause": by_clause,
            "total": total,
            "listed": await judgements(service.store, page_of),
            "next": page_of[-1].id if len(page_of) == _ON_A_PAGE else None,
            "drawn": _figure(Words(signed.language), hours),
        }
    return page(
        request,
        "models.html",
        signed=signed,
        status=status,
        problem=problem,
        champion=_card(at_hand.get(served)) if served else None,
        challenger=_card(at_hand.get(other)) if other else None,
        why_none=challenger.loaded.problem,
        missing=champion.missing,
        fixed=champion.is_fixed or not service.settings.classifier,
        history=history,
        former=history[0].parent if history and history[0].parent in at_hand else None,
        base=history[0].version if history else "",
        clauses=clauses,
        kinds=_KINDS,
        kind=kind,
        days=_DAYS,
        most_judged=MOST_JUDGED,
        **values,
    )


def _card(found: Shelved | None) -> Card | None:
    """A manifest is a file that anybody may have written: what is not as it should be is left."""
    if found is None:
        return None
    manifest = found.manifest
    try:
        sources = [(str(each["name"]), int(each["rows"])) for each in manifest["sources"]]
        measures = {
            (str(row["corpus"]), str(row["label"])): row
            for row in manifest["metrics"]["held_out"]
            if {"auc", "average_precision", "rows"} <= row.keys()
        }
        decisions = manifest.get("decisions")
        return Card(
            found.version,
            [str(label) for label in manifest["labels"]],
            sum(rows for _, rows in sources),
            [name for name, _ in sources],
            manifest.get("base"),
            measures,
            decisions if decisions and any(decisions["models"].values()) else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Card(found.version, (), 0, (), None, {}, None)


def _figure(words: Words, hours: Sequence[Hour]) -> Figure:
    """Differences by day: where the challenger is stricter, milder, or names another clause."""
    today = datetime.now(UTC)
    days = {
        _day(today - timedelta(days=back)): dict.fromkeys(("stricter", "milder", CLAUSE), 0)
        for back in reversed(range(_DAYS))
    }
    for hour in hours:
        day = days.get(_day(hour.at), {})
        for kind, count in hour.counts.items():
            if kind in _KINDS and day:
                day[_direction(kind)] += count
    places = list(days)
    series = [
        plot.Series(words(f"models.{way}"), tone, [day[way] for day in days.values()])
        for way, tone in (("stricter", "reject"), ("milder", "allow"), (CLAUSE, "flag"))
    ]
    total = sum(sum(day.values()) for day in days.values())
    return Figure(
        plot.stacked_bars(
            "differences-plot",
            words("models.per_day"),
            words("models.described", total=words.number(total)),
            plot.Axis(places, words.number, plot.whole_step),
            series,
        ),
        [
            (plot.swatch("differences-plot", number, each.tone), each.name)
            for number, each in enumerate(series)
        ],
        [each.name for each in series],
        [
            (place, [words.number(each.values[at] or 0) for each in series])
            for at, place in enumerate(places)
        ],
    )


def _day(at: datetime) -> str:
    """A day as it stands under a bar, where letters of two directions would be disordered."""
    return f"{at.day}/{at.month}"


def _direction(kind: str) -> str:
    if kind == CLAUSE:
        return CLAUSE
    before, after = (Action(each).severity for each in kind.split("_"))
    return "stricter" if after > before else "milder"
