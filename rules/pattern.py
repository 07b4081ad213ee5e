"""A term made ready for the automatons: its folded form and what the matcher must check."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from moderation import arabizi
from moderation.text import fold
from rules.model import Clitics, Tolerance
from rules.sentence import sentence

Kind = Literal["word", "stem", "contains"]

DEFAULT_TOLERANCE: Final[tuple[Tolerance, ...]] = ("folded", "joined", "substituted", "arabizi")
_SHORT: Final = 3
"""Terms shorter than this are joined or read from Latin letters only where their rule says so."""
_SHORT_SKELETON: Final = 3
_ARABIC: Final = range(0x0600, 0x0700)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One term as the scanner looks for it.

    `exact` is set for a term of strict tolerance: the written form that must be there.
    """

    text: str
    kind: Kind
    clitics: Clitics
    tolerance: frozenset[Tolerance]
    exact: str | None = None


def plain(text: str) -> str:
    """The text with marks, tatweel and invisible characters taken out, and nothing folded."""
    return "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if character != "ـ" and unicodedata.category(character) not in {"Mn", "Me", "Cf"}
    )


def make(
    term: str, kind: Kind, clitics: Clitics, tolerance: tuple[Tolerance, ...] | None
) -> Pattern:
    """The pattern of one word. Raises ValueError where nothing is left of it when folded."""
    folded = fold(term).strip()
    if not folded:
        raise ValueError(
            sentence(
                "nothing is left of {term!r} when marks and invisible characters go", term=term
            )
        )
    is_arabic = any(ord(character) in _ARABIC for character in folded)
    if tolerance is None:
        tolerated = set(DEFAULT_TOLERANCE)
        if not is_arabic:
            tolerated -= {"joined", "substituted", "arabizi"}
        if len(folded) < _SHORT:
            tolerated -= {"joined", "substituted"}
        if len(arabizi.skeleton(folded)) < _SHORT_SKELETON:
            tolerated.discard("arabizi")
        if kind != "word":
            tolerated -= {"joined", "arabizi"}
    else:
        tolerated = {*tolerance, "folded"} - ({"folded"} if "strict" in tolerance else set())
    return Pattern(
        text=folded,
        kind=kind,
        clitics=clitics if is_arabic else "none",
        tolerance=frozenset(tolerated),
        exact=plain(term) if "strict" in tolerated else None,
    )
