"""Plots: right heights, one image with a title, and nothing that a page's policy forbids."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from api.console.plot import (
    HEIGHT,
    WIDTH,
    Axis,
    Series,
    lines,
    proportions,
    seconds_step,
    stacked_bars,
    swatch,
    whole_step,
)

HOSTILE = '"><script>alert(1)</script>&'


def drawn(markup: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup))  # noqa: S314 - our own markup


def axis(*places: str) -> Axis:
    return Axis(places, lambda value: f"{value:.0f}", whole_step)


def parts(image: ElementTree.Element, tone: str) -> list[ElementTree.Element]:
    return [each for each in image.iter("rect") if each.get("class") == tone]


def test_bars_are_as_high_as_their_numbers_and_stand_on_one_another() -> None:
    image = drawn(
        stacked_bars(
            "plot",
            "عنوان",
            "وصف",
            axis("10:00", "11:00"),
            [Series("يُنشر", "allow", [30, 10]), Series("يُرفض", "reject", [10, 0])],
        )
    )
    first, second = parts(image, "allow")
    (reject,) = parts(image, "reject")

    def at(bar: ElementTree.Element, name: str) -> float:
        return float(bar.get(name, "nan"))

    assert at(first, "height") == pytest.approx(3 * at(second, "height"), abs=0.2)
    assert at(first, "height") == pytest.approx(3 * at(reject, "height"), abs=0.2)
    assert at(reject, "y") + at(reject, "height") == pytest.approx(at(first, "y"), abs=0.2)
    assert at(first, "y") + at(first, "height") == at(second, "y") + at(second, "height")
    assert at(first, "x") + at(first, "width") < at(second, "x")


def test_an_image_is_named_and_described_for_those_who_do_not_see_it() -> None:
    image = drawn(stacked_bars("one", "عنوان", "وصف", axis(), []))
    assert image.get("role") == "img"
    named = dict(each for each in ((part.get("id"), part.text) for part in image) if each[0])
    assert [named[each] for each in (image.get("aria-labelledby") or "").split()] == [
        "عنوان",
        "وصف",
    ]


def test_series_differ_by_more_than_colour() -> None:
    bars = drawn(
        stacked_bars("p", "", "", axis("a"), [Series(str(n), f"t{n}", [1]) for n in range(3)])
    )
    fills = [each.get("fill") for each in bars.iter("rect") if each.get("fill")]
    assert fills == ["url(#p-1)", "url(#p-2)"]
    assert {each.get("id") for each in bars.iter("pattern")} == {"p-1", "p-2"}
    drawn_lines = drawn(
        lines("l", "", "", axis("a", "b"), [Series("x", "p50", [1, 2]), Series("y", "p90", [2, 3])])
    )
    assert len({each.get("stroke-dasharray") for each in drawn_lines.iter("polyline")}) == 2


def test_a_line_breaks_where_there_is_no_value() -> None:
    series = Series("x", "p50", [1, 2, None, 4, None])
    image = drawn(lines("l", "", "", axis(*"abcde"), [series]))
    runs = [each.get("points", "").split() for each in image.iter("polyline")]
    assert [len(run) for run in runs] == [2, 1]
    assert len(list(image.iter("circle"))) == 3


@pytest.mark.parametrize("number", [0, 1, 24, 168, 800])
def test_everything_is_within_the_image(number: int) -> None:
    places = [f"اسم طويل {at}" for at in range(number)]
    values = [float(at % 7) for at in range(number)]
    series = [Series("x", "allow", values), Series("y", "flag", values)]
    for image in (
        drawn(stacked_bars("p", "t", "d", axis(*places), series)),
        drawn(lines("l", "t", "d", axis(*places), series)),
    ):
        for each in image.iter("rect"):
            if each.get("x"):
                right = float(each.get("x", 0)) + float(each.get("width", 0))
                assert 0 <= right <= WIDTH
                assert 0 <= float(each.get("y", 0)) <= HEIGHT
        texts = [each for each in image.iter("text") if each.get("text-anchor") != "end"]
        assert len(texts) <= 9


def test_nothing_that_a_policy_forbids_and_words_are_only_words() -> None:
    series = [Series(HOSTILE, "allow", [1]), Series(HOSTILE, "flag", [1])]
    images = [
        stacked_bars("p", HOSTILE, HOSTILE, axis(HOSTILE), series),
        lines("l", HOSTILE, HOSTILE, axis(HOSTILE), series),
        proportions([("bar", 1)], 2),
        swatch("p", 1, "flag"),
    ]
    for image in images:
        assert "style" not in image
        assert "<script" not in image
        assert "&amp;amp;" not in image
        drawn(image)


@pytest.mark.parametrize(
    ("greatest", "step"), [(0, 1), (3, 1), (7, 2), (40, 10), (43, 20), (9000, 5000)]
)
def test_heights_of_counts_are_round(greatest: float, step: float) -> None:
    assert whole_step(greatest) == step


@pytest.mark.parametrize(
    ("greatest", "step"),
    [(0, 1), (50, 15), (240, 60), (7000, 1800), (400_000, 172_800), (30_000_000, 7_776_000)],
)
def test_heights_of_times_are_those_people_speak_of(greatest: float, step: float) -> None:
    assert seconds_step(greatest) == step


def test_proportions_are_shares_of_the_greatest() -> None:
    image = drawn(proportions([("flag", 30), ("reject", 10), ("none", 0)], 80))
    assert [(each.get("x"), each.get("width")) for each in image] == [
        ("0.00", "37.50"),
        ("37.50", "12.50"),
    ]
    assert image.get("aria-hidden") == "true"
    assert list(drawn(proportions([("flag", 0)], 0))) == []
