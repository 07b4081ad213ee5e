"""What makes two comments near-identical: the same letters, however they are dressed up."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from moderation.letters import LETTER
from moderation.text import Text
from moderation.view import collapse, decode

_LINK: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_DIGITS: Final = 32


def likeness(text: str) -> str:
    """A key of 32 hexadecimal digits that near-identical texts share.

    Texts that differ only in diacritics, tatweel, elongation, spelling variants of a letter, gaps,
    punctuation, digits, links or emoji have one key. Texts without any letter are alike only where
    they are equal.
    """
    folded = Text(_LINK.sub(" ", text)).folded
    kept = LETTER[folded.codes]
    letters, _ = collapse(folded.codes[kept], folded.starts[kept])
    # The prefixes keep a text without letters from meeting one whose letters spell it.
    told = f"letters {decode(letters)}" if letters.size else f"text {text}"
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
