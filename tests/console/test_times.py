"""Times on pages: exact to a machine, UTC where nobody knows the viewer's zone, never bare text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import api.console
from api.console.language import Words
from api.console.times import Times

AT = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
TEMPLATES = Path(api.console.__file__).parent / "templates"


def test_a_time_says_utc_until_a_script_tells_it_in_the_viewers_zone() -> None:
    assert Times(Words("en")).moment(AT) == (
        '<time datetime="2026-11-25T22:30:00.000Z" data-shown="moment">'
        "25 Nov 2026, 22:30 UTC</time>"
    )
    assert "25 نوفمبر 2026، 22:30 UTC" in Times(Words("ar")).moment(AT)
    assert ">25 Nov 2026 UTC<" in Times(Words("en")).day(AT)


def test_the_same_instant_is_one_time_whatever_zone_it_was_given_in() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=3)))
    assert Times(Words("en")).moment(elsewhere) == Times(Words("en")).moment(AT)


def test_what_is_told_relatively_says_the_moment_too() -> None:
    told = Times(Words("en")).ago(AT)
    assert 'title="25 Nov 2026, 22:30 UTC"' in told
    assert 'data-shown="ago"' in told


def test_a_time_stands_within_a_sentence_and_lets_no_markup_in() -> None:
    told = Words("en")("rules.lead", version="<b>&", ago=Times(Words("en")).moment(AT))
    assert told.startswith("Version &lt;b&gt;&amp;, published <time datetime=")
    assert Words("en")("rules.lead", version="<b>", ago="x") == "Version <b>, published x."


def test_no_page_tells_a_moment_that_a_script_cannot_find() -> None:
    bare = re.compile(r"words\.(moment|ago)\(|isoformat|strftime")
    found = [file.name for file in TEMPLATES.glob("*.html") if bare.search(file.read_text("utf-8"))]
    assert found == []
