"""What the dashboard shows of a period: rows, plots and lengths of time, made from statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Final

from babel.dates import format_datetime, format_timedelta
from markupsafe import Markup

from api.console import plot
from api.console.clauses import ClauseShown, clause_shown
from api.console.golden import Agreement as GoldenAgreement
from api.console.language import Words
from api.console.times import Shown, Times, in_drawing
from moderation.store.item import Outcome
from moderation.store.projection import HOUR
from moderation.store.statistics import (
    Agreement,
    ClauseNumbers,
    ModeratorNumbers,
    RuleNumbers,
    Statistics,
    Waits,
)
from moderation.verdict import Action

FEW: Final = 20
"""Decisions below which a share says little; the page marks those."""
_CONFIDENCE: Final = 1.96
_SHARES: Final = (0.5, 0.9)
_HOURS: Final[tuple[str, Shown]] = ("HH:mm", "hour")
_WEEKDAYS_AND_HOURS: Final[tuple[str, Shown]] = ("EEE HH:mm", "weekday_hour")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A rule or a label of the classifier."""

    name: str
    numbers: RuleNumbers

    @property
    def agreement(self) -> Agreement:
        """What moderators made of it."""
        return self.numbers.agreement


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause of the policy, or one that records still name."""

    clause: ClauseShown
    numbers: ClauseNumbers

    @property
    def agreement(self) -> Agreement:
        """What moderators made of it."""
        return self.numbers.agreement


@dataclass(frozen=True, slots=True)
class ModeratorRow:
    """A moderator, by pseudonym. `golden` is None where they answered none."""

    name: str
    numbers: ModeratorNumbers
    golden: GoldenAgreement | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot and the same numbers as a table: the first column is the place.

    Places are days of UTC, or, where it is `hourly`, times to be told in the viewer's zone.
    """

    image: Markup
    legend: Sequence[tuple[Markup, str]]
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    hourly: bool = False


def length(words: Words, time: timedelta | None) -> str:
    """A length of time as exact as its quantile is: `90 minutes`, and not `2 hours`."""
    if time is None:
        return "–"
    return str(format_timedelta(time, threshold=3, locale=words.language))


def overturned_first(numbers: Mapping[str, RuleNumbers]) -> list[SourceRow]:
    """Rules or labels, what is surely often overturned first, then by hits.

    A share of few decisions is surely only as high as the lower end of its 95 % interval (Wilson).
    """
    rows = [SourceRow(name, each) for name, each in numbers.items()]
    return sorted(
        rows,
        key=lambda row: (-_surely(row.agreement), -row.numbers.hits, row.name),
    )


def clause_rows(
    numbers: Mapping[str, ClauseNumbers], clauses: Mapping[str, ClauseShown]
) -> list[ClauseRow]:
    """Every clause of the policy, in its order, then others that records name."""
    others = sorted(numbers.keys() - clauses.keys())
    return [
        ClauseRow(clause_shown(clauses, code), numbers.get(code, ClauseNumbers()))
        for code in [*clauses, *others]
    ]


def moderator_rows(
    numbers: Mapping[str, ModeratorNumbers], golden: Mapping[str, GoldenAgreement]
) -> list[ModeratorRow]:
    """Everybody who decided in the period or answered golden items, by pseudonym."""
    names = sorted(numbers.keys() | golden.keys())
    return [
        ModeratorRow(name, numbers.get(name, ModeratorNumbers()), golden.get(name))
        for name in names
    ]


def overall(statistics: Statistics) -> Agreement:
    """What moderators published and refused of what the machine flagged or rejected."""
    answered = statistics.answered
    by_outcome = {
        outcome: sum(answered.get((action, outcome), 0) for action in (Action.FLAG, Action.REJECT))
        for outcome in (Outcome.APPROVE, Outcome.REJECT)
    }
    return Agreement(by_outcome[Outcome.REJECT], by_outcome[Outcome.APPROVE])


def comments_figure(words: Words, statistics: Statistics) -> Figure:
    """Comments per hour or day, by the machine's action."""
    actions = tuple(Action)
    places = _Places.of(statistics, words)
    series = [
        plot.Series(
            words(f"common.{action}"),
            action,
            [point.judged[action] for point in statistics.points],
        )
        for action in actions
    ]
    axis = plot.Axis(places.names, words.number, plot.whole_step, places.attributes)
    told = words("dashboard.comments_described", total=words.number(statistics.comments))
    title = words("dashboard.per_hour" if statistics.step == HOUR else "dashboard.per_day")
    return Figure(
        plot.stacked_bars("comments-plot", title, told, axis, series),
        [
            (plot.swatch("comments-plot", number, each.tone), each.name)
            for number, each in enumerate(series)
        ],
        [each.name for each in series],
        _table(places.elements, series, words.number),
        places.hourly,
    )


def waits_figure(words: Words, statistics: Statistics) -> Figure:
    """How long decisions took, per hour or day: half of them, and nine of ten."""
    places = _Places.of(statistics, words)
    series = [
        plot.Series(
            words(f"dashboard.p{share * 100:.0f}"),
            f"p{share * 100:.0f}",
            [_seconds(point.waits, share) for point in statistics.points],
        )
        for share in _SHARES
    ]

    def short(seconds: float) -> str:
        told = format_timedelta(
            timedelta(seconds=seconds), threshold=3, format="short", locale=words.language
        )
        return str(told)

    axis = plot.Axis(places.names, short, plot.seconds_step, places.attributes)
    told = words("dashboard.waits_described", total=words.number(statistics.waits.number))
    return Figure(
        plot.lines("waits-plot", words("dashboard.waits"), told, axis, series),
        [
            (plot.swatch("waits-plot", number, each.tone, line=True), each.name)
            for number, each in enumerate(series)
        ],
        [each.name for each in series],
        _table(places.elements, series, short),
        places.hourly,
    )


def _surely(agreement: Agreement) -> float:
    number, share = agreement.decided, agreement.overturned_share
    if share is None:
        return 0.0
    square = _CONFIDENCE**2
    middle = share + square / (2 * number)
    spread = _CONFIDENCE * sqrt(share * (1 - share) / number + square / (4 * number**2))
    return max((middle - spread) / (1 + square / number), 0.0)


def _seconds(waits: Waits, share: float) -> float | None:
    time = waits.quantile(share)
    return None if time is None else time.total_seconds()


@dataclass(frozen=True, slots=True)
class _Places:
    """The points' names: hours within two days, days and hours within eight, else days.

    `elements` are the names for a table, `attributes` what goes with them in a drawing.
    """

    names: Sequence[str]
    elements: Sequence[str]
    attributes: Sequence[Markup]
    hourly: bool

    @classmethod
    def of(cls, statistics: Statistics, words: Words) -> _Places:
        points = [point.at for point in statistics.points]
        if statistics.step != HOUR:
            days = [_told(at, "d MMM", words.language) for at in points]
            return cls(days, days, (), hourly=False)
        short = statistics.until - statistics.since <= timedelta(days=2)
        form, shown = _HOURS if short else _WEEKDAYS_AND_HOURS
        names = [_told(at, form, words.language) for at in points]
        named = list(zip(points, names, strict=True))
        times = Times(words)
        return cls(
            names,
            [times.place(at, shown, name) for at, name in named],
            [in_drawing(at, shown, name) for at, name in named],
            hourly=True,
        )


def _told(at: datetime, form: str, language: str) -> str:
    return str(format_datetime(at.astimezone(UTC), form, locale=language))


def _table(
    places: Sequence[str], series: Sequence[plot.Series], number: Callable[[float], str]
) -> list[tuple[str, list[str]]]:
    """The places where there is something, the newest first."""
    rows = []
    for at, place in enumerate(places):
        values = [each.values[at] for each in series]
        if any(values):
            rows.append((place, ["–" if value is None else number(value) for value in values]))
    return rows[::-1]
