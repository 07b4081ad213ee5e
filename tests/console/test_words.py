"""The console speaks Arabic and English: every text in both, and none is asked for in vain."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import api.console
from api.console.language import LANGUAGES, Words, catalogue, preferred

FOLDER = Path(api.console.__file__).parent
FORMS = {"ar": {"zero", "one", "two", "few", "many", "other"}, "en": {"one", "other"}}
ASKED = re.compile(r"""words(?:\.knows)?\(\s*["']([a-z_]+\.[a-z0-9_]+)["']\s*[,)]""")


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_is_there_in_both_languages(key: str) -> None:
    text = catalogue()[key]
    assert set(text) == set(LANGUAGES), key
    kinds = {type(text[language]) for language in LANGUAGES}
    assert kinds <= {str, dict}
    for language in LANGUAGES:
        if isinstance(text[language], dict):
            assert set(text[language]) == FORMS[language], key


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_speak_of_the_same_values(key: str) -> None:
    values = [
        {
            field
            for form in (text.values() if isinstance(text, dict) else [text])
            for _, field, _, _ in string.Formatter().parse(form)
            if field
        }
        for text in (catalogue()[key][language] for language in LANGUAGES)
    ]
    assert values[0] == values[1]


def test_every_text_that_pages_ask_for_is_there() -> None:
    sources = [*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")]
    asked = {
        (key, source.name) for source in sources for key in ASKED.findall(source.read_text("utf-8"))
    }
    assert asked
    assert [each for each in sorted(asked) if each[0] not in catalogue()] == []


def test_numbers_and_times_are_told_in_the_language() -> None:
    arabic, english = Words("ar"), Words("en")
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert arabic.ago(now - timedelta(minutes=3), now) == "قبل 3 دقائق"
    assert english.ago(now - timedelta(minutes=3), now) == "3 minutes ago"
    assert arabic.number(12345) == english.number(12345) == "12,345"
    assert english.share(0.254) == "25%"


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "ar"),
        (None, "fr-FR,fr;q=0.9", "ar"),
        (None, "en-US,en;q=0.9,ar;q=0.8", "en"),
        ("ar", "en-US", "ar"),
        ("en", "ar", "en"),
        ("xx", "ar-EG", "ar"),
    ],
)
def test_the_chosen_language_goes_before_the_browsers(
    cookie: str | None, accepted: str, language: str
) -> None:
    assert preferred(cookie, accepted) == language
