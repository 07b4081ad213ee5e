"""What other programs say, set apart in a sentence of another language.

It stays in English: the system's errors, what a parser or a receiver says. In a text it stands
between isolates, so that its direction is its own; on a page it is marked as English too.
"""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_SET_APART: Final = re.compile("\u2068([^\u2069]*)\u2069")
_ENGLISH: Final = Markup('<span lang="en" dir="ltr">{}</span>')


def set_apart(said: str) -> str:
    """What another program says, for a sentence around it."""
    return f"\u2068{said}\u2069"


def marked(text: str) -> Markup:
    """A text as markup, with what is set apart in it marked as English."""
    parts = _SET_APART.split(text)
    return Markup("").join(
        _ENGLISH.format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )
