"""The transparency report of a period: what the EU's Digital Services Act (15 and 24) asks for.

Numbers only; no comment, no commenter, and of moderators only how many they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.console.access import Moderator
from api.console.clauses import ClauseShown, clauses_of
from api.console.figures import clause_rows, length, overall
from api.console.language import LANGUAGES, Words
from api.console.period import PRESETS, Period, Preset
from api.console.render import page
from api.console.sheet import sheet
from api.service import Service, service_of
from moderation.store.item import Outcome
from moderation.store.record import Decider, Status
from moderation.store.statistics import Statistics, Waits

router = APIRouter(prefix="/console/transparency")

ServiceHere = Annotated[Service, Depends(service_of)]


class Reported(Period):
    """The period of a report: a month, where the address does not say."""

    period: Preset = "month"


Asked = Annotated[Reported, Query()]


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the report. `of` is what it is a part of; a share is never told without it.

    `key` names its words; where `name` is given, that is told instead.
    """

    key: str
    value: int | timedelta | None
    of: int | None = None
    name: Callable[[Words], str] | None = None

    def told(self, words: Words) -> str:
        """What it is."""
        return self.name(words) if self.name else words(f"transparency.{self.key}")

    @property
    def share(self) -> float | None:
        """0..1; None where it is no part of anything."""
        return self.value / self.of if isinstance(self.value, int) and self.of else None


Sections = Mapping[str, list[Line]]


@router.get("")
async def shown(
    request: Request, signed: Moderator, service: ServiceHere, asked: Asked
) -> Response:
    """The report as a page, made to be printed."""
    now = datetime.now(UTC)
    statistics = await service.statistics.between(*asked.ends(now))
    words = Words(signed.language)
    return page(
        request,
        "transparency.html",
        signed=signed,
        asked=asked,
        presets=PRESETS,
        now=now,
        statistics=statistics,
        sections=sections_of(statistics, clauses_of(service.equipment.policy)),
        length=lambda time: length(words, time),
    )


@router.get("/report.csv")
async def as_sheet(_: Moderator, service: ServiceHere, asked: Asked) -> Response:
    """The report as a file, in both languages."""
    statistics = await service.statistics.between(*asked.ends(datetime.now(UTC)))
    sections = sections_of(statistics, clauses_of(service.equipment.policy))
    name = f"transparency-{statistics.since:%Y-%m-%d}-{statistics.until:%Y-%m-%d}"
    return sheet(name, _rows(statistics, sections))


def sections_of(statistics: Statistics, clauses: Mapping[str, ClauseShown]) -> Sections:
    """The report, section by section."""
    return {
        "volume": _volume(statistics),
        "by_clause": _by_clause(statistics, clauses),
        "automation": _automation(statistics),
        "accuracy": _accuracy(statistics),
        "times": _times(statistics),
        "appeals": _appeals(statistics),
        "languages": _languages(statistics),
        "people": [Line("active_moderators", _active(statistics))],
    }


def _volume(statistics: Statistics) -> list[Line]:
    became, comments = statistics.became, statistics.comments
    return [
        Line("comments", comments),
        Line("published_at_once", became[Status.PUBLISHED], comments),
        Line("refused_at_once", became[Status.REFUSED], comments),
        Line("sent_to_moderators", became[Status.WAITING], comments),
        Line("moderators_published", statistics.decided[Outcome.APPROVE], statistics.decisions),
        Line("moderators_refused", statistics.decided[Outcome.REJECT], statistics.decisions),
    ]


def _by_clause(statistics: Statistics, clauses: Mapping[str, ClauseShown]) -> list[Line]:
    lines = []
    for row in clause_rows(statistics.clauses, clauses):
        clause, numbers = row.clause, row.numbers
        refused = numbers.refused_by_machine + numbers.refused_by_moderators

        def name(words: Words, clause: ClauseShown = clause) -> str:
            return clause.name(words.language)

        lines.append(Line(f"refused.{clause.code}", refused, name=name))
        if refused:
            lines.append(Line("by_machine", numbers.refused_by_machine, refused))
            lines.append(Line("by_moderators", numbers.refused_by_moderators, refused))
    return lines


def _automation(statistics: Statistics) -> list[Line]:
    became = statistics.became
    automated = became[Status.PUBLISHED] + became[Status.REFUSED]
    every = automated + statistics.decisions
    return [
        Line("decisions", every),
        Line("automated", automated, every),
        Line("human", statistics.decisions, every),
        Line("without_classifier", statistics.degraded, statistics.comments),
    ]


def _accuracy(statistics: Statistics) -> list[Line]:
    agreement = overall(statistics)
    by_appeal, all_appealed = _changed(statistics, "appeal", Status.REFUSED)
    on_review, all_reviewed = _changed(statistics, "review", Status.REFUSED)
    found_late, all_looked_at = _changed(statistics, "review", Status.PUBLISHED)
    return [
        Line("flags_published", agreement.overturned, agreement.decided),
        Line("refusals_changed_on_appeal", by_appeal, all_appealed),
        Line("refusals_changed_on_review", on_review, all_reviewed),
        Line("refusals_changed", by_appeal + on_review, statistics.became[Status.REFUSED]),
        Line("published_then_refused", found_late, all_looked_at),
        Line("undone", statistics.undone),
    ]


def _changed(statistics: Statistics, way: str, status: Status) -> tuple[int, int]:
    """How many of the machine's decisions were changed, of those that were looked at again."""
    found = [
        each
        for each in statistics.again
        if (each.way, each.by, each.status) == (way, Decider.MACHINE, status)
    ]
    changed = sum(each.changed for each in found)
    return changed, changed + sum(each.kept for each in found)


def _times(statistics: Statistics) -> list[Line]:
    return [
        Line("decided_from_queue", statistics.waits.number),
        *_quantiles("decision", statistics.waits),
    ]


def _quantiles(what: str, waits: Waits) -> list[Line]:
    return [
        Line(f"{what}_p50", waits.quantile(0.5)),
        Line(f"{what}_p90", waits.quantile(0.9)),
    ]


def _appeals(statistics: Statistics) -> list[Line]:
    appeals = statistics.appeals
    decided = appeals.approve + appeals.reject
    return [
        Line("appeals_made", appeals.made),
        Line("appeals_upheld", appeals.reject, decided),
        Line("appeals_overturned", appeals.approve, decided),
        *_quantiles("appeal", statistics.appeal_waits),
    ]


def _languages(statistics: Statistics) -> list[Line]:
    comments = statistics.comments
    told = sorted(statistics.dialects.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = []
    for dialect, count in told:

        def name(words: Words, dialect: str = dialect) -> str:
            key = f"queue.dialect_{dialect}"
            return words(key) if words.knows(key) else dialect

        lines.append(Line(f"dialect.{dialect}", count, comments, name))
    lines.append(Line("dialect_unknown", comments - sum(statistics.dialects.values()), comments))
    return lines


def _active(statistics: Statistics) -> int:
    return sum(each.decided + each.escalate > 0 for each in statistics.moderators.values())


_COLUMNS: Final = ("section", "measure", "ar", "en", "value", "of", "share")


def _rows(
    statistics: Statistics, sections: Sections
) -> Iterator[tuple[str | int | float | None, ...]]:
    yield _COLUMNS
    languages = [Words(language) for language in LANGUAGES]
    for end, moment in (("since", statistics.since), ("until", statistics.until)):
        told = [words(f"dashboard.{end}") for words in languages]
        yield ("period", end, *told, moment.isoformat(), None, None)
    for section, lines in sections.items():
        clause = ""
        for line in lines:
            measure = line.key
            if line.name is not None:
                clause = f"{line.key}."
            elif measure.startswith("by_"):
                measure = f"{clause}{measure}"
            value = line.value
            if isinstance(value, timedelta):
                value = round(value.total_seconds())
            share = None if line.share is None else round(line.share, 4)
            told = [line.told(words) for words in languages]
            yield (section, measure, *told, value, line.of, share)
