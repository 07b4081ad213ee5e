"""Plots as SVG, drawn by the server: from numbers and words to markup, and nothing else.

A plot is one image to a screen reader, with a title and a description; its numbers stand in a table
beside it. Series differ by texture or dash as well as by colour. Colours come from the style sheet
by class, since the console's policy allows no styles in markup. Time goes from left to right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 760
HEIGHT: Final = 240
_LEFT: Final = 64
_RIGHT: Final = 8
_TOP: Final = 12
_BOTTOM: Final = 28
_TICKS: Final = 4
_MOST_LABELS: Final = 8
_DASHES: Final = ("", "7 4", "2 3")
_NICE_SECONDS: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
    172_800, 345_600, 604_800, 1_209_600, 2_592_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers over the places of a plot; None where there is none. `tone` is a class."""

    name: str
    tone: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands under the places (as many as values; empty for none), and at the heights.

    `number` writes a height, `step` says how far apart heights stand, given the greatest value.
    `attributes`, where there are any, go to whatever names a place.
    """

    places: Sequence[str]
    number: Callable[[float], str]
    step: Callable[[float], float]
    attributes: Sequence[Markup] = ()

    def attributes_of(self, place: int) -> Markup:
        """What an element that begins with the name of a place carries."""
        return self.attributes[place] if self.attributes else Markup("")


def whole_step(greatest: float) -> float:
    """Heights for counts: 1, 2 or 5 times a power of ten, never less than 1."""
    rough = max(greatest / _TICKS, 1)
    power = 10 ** floor(log10(rough))
    return float(next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough))


def seconds_step(greatest: float) -> float:
    """Heights for lengths of time that people speak of."""
    rough = greatest / _TICKS
    month = _NICE_SECONDS[-1]
    nice = next((each for each in _NICE_SECONDS if each >= rough), ceil(rough / month) * month)
    return float(nice)


def stacked_bars(
    name: str, title: str, description: str, axis: Axis, series: Sequence[Series]
) -> Markup:
    """A bar for each place, with one part for each series, the first at the bottom.

    `name` is an id of its own on the page.
    """
    places = len(axis.places)
    sums = [sum(each.values[at] or 0 for each in series) for at in range(places)]
    scale = _Scale.up_to(max(sums, default=0), axis)
    wide = (WIDTH - _LEFT - _RIGHT) / max(places, 1)
    gap = min(wide * 0.2, 6)
    drawn: list[Markup] = []
    for at in range(places):
        left, height = _LEFT + at * wide + gap / 2, 0.0
        parts: list[Markup] = []
        for number, each in enumerate(series):
            value = each.values[at] or 0
            if value <= 0:
                continue
            bottom, height = height, height + value
            box = Markup('x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"').format(
                left, scale.y(height), wide - gap, scale.y(bottom) - scale.y(height)
            )
            parts.append(Markup('<rect class="{}" {}/>').format(each.tone, box))
            if number:
                parts.append(Markup('<rect fill="url(#{}-{})" {}/>').format(name, number, box))
        if parts:
            told = "، ".join([axis.places[at], *(_said(each, at, axis) for each in series)])
            hint = Markup("<title{}>{}</title>").format(axis.attributes_of(at), told)
            parts.insert(0, hint)
            drawn.append(Markup("<g>{}</g>").format(_joined(parts)))
    body = [_textures(name), scale.grid(axis), _places(axis, wide), *drawn]
    return _svg(name, title, description, body)


def lines(name: str, title: str, description: str, axis: Axis, series: Sequence[Series]) -> Markup:
    """A line for each series, broken where there is no value."""
    places = len(axis.places)
    values = [value for each in series for value in each.values if value is not None]
    scale = _Scale.up_to(max(values, default=0), axis)
    wide = (WIDTH - _LEFT - _RIGHT) / max(places, 1)
    drawn: list[Markup] = []
    for number, each in enumerate(series):
        dash = _DASHES[number % len(_DASHES)]
        for run in _runs(each.values):
            points = [(_LEFT + (at + 0.5) * wide, scale.y(value), at, value) for at, value in run]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
            drawn.append(
                Markup('<polyline class="line {}" points="{}" stroke-dasharray="{}"/>').format(
                    each.tone, path, dash or "none"
                )
            )
            drawn.extend(
                Markup(
                    '<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="2.5">'
                    "<title{}>{}</title></circle>"
                ).format(
                    each.tone,
                    x,
                    y,
                    axis.attributes_of(at),
                    f"{axis.places[at]}، {_said(each, at, axis)}",
                )
                for x, y, at, _ in points
            )
    return _svg(name, title, description, [scale.grid(axis), _places(axis, wide), *drawn])


def proportions(parts: Sequence[tuple[str, float]], greatest: float) -> Markup:
    """A thin bar for a row of a table: parts of given tones, as long as their share of `greatest`.

    It says nothing that the row does not: screen readers pass over it.
    """
    drawn, left = [], 0.0
    for tone, value in parts:
        width = 100 * value / greatest if greatest > 0 else 0
        if width > 0:
            drawn.append(
                Markup('<rect class="{}" x="{:.2f}" width="{:.2f}" height="8"/>').format(
                    tone, left, width
                )
            )
        left += width
    return Markup(
        '<svg class="plot proportions" viewBox="0 0 100 8" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">{}</svg>'
    ).format(_joined(drawn))


def swatch(name: str, number: int, tone: str, *, line: bool = False) -> Markup:
    """What a series of a plot looks like, for its legend. `number` is its place among them."""
    if line:
        inside = Markup(
            '<line class="line {}" x1="1" y1="7" x2="27" y2="7" stroke-dasharray="{}"/>'
        ).format(tone, _DASHES[number % len(_DASHES)] or "none")
    else:
        inside = Markup('<rect class="{}" width="28" height="14"/>').format(tone)
        if number:
            texture = Markup('<rect fill="url(#{}-{})" width="28" height="14"/>')
            inside += texture.format(name, number)
    return Markup(
        '<svg class="plot swatch" viewBox="0 0 28 14" aria-hidden="true" focusable="false">{}</svg>'
    ).format(inside)


@dataclass(frozen=True, slots=True)
class _Scale:
    step: float
    top: float

    @classmethod
    def up_to(cls, greatest: float, axis: Axis) -> _Scale:
        step = axis.step(greatest)
        return cls(step, max(ceil(greatest / step), 1) * step)

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / self.top

    def grid(self, axis: Axis) -> Markup:
        drawn = []
        for at in range(round(self.top / self.step) + 1):
            value = at * self.step
            drawn.append(
                Markup(
                    '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                    '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
                ).format(
                    _LEFT,
                    WIDTH - _RIGHT,
                    self.y(value),
                    self.y(value),
                    _LEFT - 8,
                    self.y(value) + 4,
                    axis.number(value),
                )
            )
        return _joined(drawn)


def _places(axis: Axis, wide: float) -> Markup:
    """Words under every so many places, so that they do not touch."""
    every = max(ceil(len(axis.places) / _MOST_LABELS), 1)
    drawn = []
    for at in range(every // 2, len(axis.places), every):
        middle = _LEFT + (at + 0.5) * wide
        # A word in the middle of the last place might not fit.
        ends = middle > WIDTH - _LEFT
        drawn.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="{}"{}>{}</text>').format(
                min(middle + wide / 2, WIDTH - _RIGHT) if ends else middle,
                HEIGHT - 8,
                "end" if ends else "middle",
                axis.attributes_of(at),
                axis.places[at],
            )
        )
    return _joined(drawn)


def _textures(name: str) -> Markup:
    """What lies over the second and the third series: stripes, and a grid."""
    stripes = ("M0 6 L6 0", "M0 3 H6 M3 0 V6")
    return Markup("<defs>{}</defs>").format(
        _joined(
            Markup(
                '<pattern id="{}-{}" width="6" height="6" patternUnits="userSpaceOnUse">'
                '<path class="texture" d="{}"/></pattern>'
            ).format(name, number, path)
            for number, path in enumerate(stripes, 1)
        )
    )


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of values without a gap, with their places."""
    runs: list[list[tuple[int, float]]] = []
    last = -2
    for at, value in enumerate(values):
        if value is None:
            continue
        if at != last + 1:
            runs.append([])
        runs[-1].append((at, value))
        last = at
    return runs


def _said(series: Series, at: int, axis: Axis) -> str:
    value = series.values[at]
    return f"{series.name} {axis.number(value) if value is not None else '–'}"


def _svg(name: str, title: str, description: str, body: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg class="plot" id="{0}" viewBox="0 0 {1} {2}" role="img" '
        'aria-labelledby="{0}-title {0}-desc">'
        '<title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>{5}</svg>'
    ).format(name, WIDTH, HEIGHT, title, description, _joined(body))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(escape(part) for part in parts)
