"""Times as elements of a page: exact to a machine, and readable before a script has touched them.

The service does not know where somebody sits. What it writes is UTC and says so; `times.js` tells
the same in the viewer's own time zone and language, and keeps what is told relatively up to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from markupsafe import Markup

from api.console.language import Words

Shown = Literal["moment", "day", "ago", "hour", "weekday_hour"]
"""What a script tells of a time: `times.js` knows each."""

_TIME: Final = Markup('<time datetime="{}" data-shown="{}"{}>{}</time>')
_TITLE: Final = Markup(' title="{}"')


@dataclass(frozen=True, slots=True)
class Times:
    """Tells times in the language of `words`, as `<time>` elements."""

    words: Words

    def moment(self, at: datetime) -> Markup:
        """A date and time."""
        return self._element(at, "moment", self._utc(self.words.moment(at)))

    def day(self, at: datetime) -> Markup:
        """The day on which something happened."""
        return self._element(at, "day", self._utc(self.words.day(at)), self.words.moment(at))

    def ago(self, at: datetime) -> Markup:
        """How long ago, or in how long; the date and time on pointing at it."""
        return self._element(at, "ago", self.words.ago(at), self.words.moment(at))

    def place(self, at: datetime, shown: Shown, text: str) -> Markup:
        """A time that a plot names by `text`, in the table of its numbers."""
        return self._element(at, shown, text)

    def _element(self, at: datetime, shown: Shown, text: str, title: str = "") -> Markup:
        hint = _TITLE.format(self._utc(title)) if title else Markup("")
        return _TIME.format(machine(at), shown, hint, text)

    @staticmethod
    def _utc(told: str) -> str:
        return f"{told} UTC"


def in_drawing(at: datetime, shown: Shown, text: str) -> Markup:
    """Attributes for an element of a drawing that begins with a time, told there as `text`."""
    attributes = Markup(' data-at="{}" data-shown="{}" data-told="{}"')
    return attributes.format(machine(at), shown, text)


def machine(at: datetime) -> str:
    """A time as the attribute `datetime` has it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
