"""The console's words, in Arabic and in English.

Each file `words/<section>.toml` holds one section: `[name]` with `ar` and `en`. A text that counts
something gives the plural forms of each language (zero, one, two, few, many, other), as CLDR names
them. Templates ask by `section.name`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

Language = Literal["ar", "en"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT: Final[Language] = "ar"

_DIRECTIONS: Final[Mapping[Language, str]] = {"ar": "rtl", "en": "ltr"}
_COMMAS: Final[Mapping[Language, str]] = {"ar": "،", "en": ","}
_LATIN_DIGITS: Final = "latn"


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Every text by `section.name`: its wording, or its plural forms, by language."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in (files("api.console") / "words").iterdir():
        section, _, kind = file.name.partition(".")
        if kind == "toml":
            texts = tomllib.loads(file.read_text("utf-8"))
            found.update({f"{section}.{name}": text for name, text in texts.items()})
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """Speaks one language: texts, numbers, times. Digits are the Latin ones in both."""

    language: Language

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return _DIRECTIONS[self.language]

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language)

    def __call__(self, key: str, count: int | None = None, **values: object) -> str:
        """A text with its values put in; `count` chooses the plural form. Raises KeyError.

        Where a value is markup the text is too, and everything else in it is escaped.
        """
        text = catalogue()[key][self.language]
        if isinstance(text, dict):
            number = count or 0
            text = text.get(self._locale.plural_form(number), text["other"])
        if count is not None:
            values["count"] = self.number(count)
        if any(isinstance(value, Markup) for value in values.values()):
            return escape(text).format(**values)
        return str(text.format(**values)) if values else str(text)

    def forms(self, key: str) -> str:
        """The plural forms of a text that counts, as JSON, for scripts that count themselves."""
        return json.dumps(catalogue()[key][self.language], ensure_ascii=False)

    def knows(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in catalogue()

    def number(self, value: float) -> str:
        """A number as people of this language write it."""
        return str(format_decimal(value, locale=self._locale, numbering_system=_LATIN_DIGITS))

    def share(self, value: float, form: str = "0%") -> str:
        """A share of 0..1 in per cent."""
        return str(format_percent(value, form, locale=self._locale, numbering_system=_LATIN_DIGITS))

    def moment(self, at: datetime) -> str:
        """A date and time, in UTC."""
        form = f"d MMM y{_COMMAS[self.language]} HH:mm"
        return str(format_datetime(at.astimezone(UTC), form, locale=self._locale))

    def day(self, at: datetime) -> str:
        """A date, in UTC."""
        return str(format_date(at.astimezone(UTC), "d MMM y", locale=self._locale))

    def ago(self, at: datetime, now: datetime | None = None) -> str:
        """How long ago, or in how long: `قبل 3 دقائق`."""
        distance = at - (now or datetime.now(UTC))
        return str(format_timedelta(distance, add_direction=True, locale=self._locale))

    def duration(self, length: timedelta) -> str:
        """A length of time in its largest unit."""
        return str(format_timedelta(length, locale=self._locale, threshold=1.2))


def preferred(cookie: str | None, accept_language: str) -> Language:
    """What the person chose; else the first of their browser's languages that there is."""
    for asked in (cookie or "", *accept_language.split(",")):
        code = asked.strip().partition(";")[0].partition("-")[0].lower()
        for language in LANGUAGES:
            if code == language:
                return language
    return DEFAULT
