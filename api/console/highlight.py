"""A comment as a moderator reads it: the stretches that reasons speak of, marked in the original.

Characters that show nothing or turn the direction of what follows are made visible, so that no
text looks different from what it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from moderation.span import Span

_UNSEEN: Final = {
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
    "\u0000": "NUL",
}
"""Characters that are shown by name. The joiners ZWNJ and ZWJ are ordinary spelling: they stay."""
_MASK: Final = "•"


class Told(Protocol):
    """What a reason, or a finding, says of the text."""

    @property
    def clause(self) -> str:
        """The clause that it speaks of."""

    @property
    def spans(self) -> Sequence[Span]:
        """Where, in code points of the original."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the text under the same clauses. `unseen` names a character that shows nothing."""

    text: str
    clauses: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def masked(self) -> str:
        """The text with all but the first letter of each marked word hidden."""
        if not self.clauses:
            return self.text
        return " ".join(word[:1] + _MASK * (len(word) - 1) for word in self.text.split(" "))


def stretches(text: str, reasons: Iterable[Told]) -> tuple[Stretch, ...]:
    """The whole text in order, cut where marks begin and end; joined, it is the text again.

    Marks take in whole words; words of one clause that only spaces part are one stretch.
    """
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for reason in reasons:
        for span in reason.spans:
            start, end = _whole_words(text, span)
            if start < end:
                opens.setdefault(start, []).append(reason.clause)
                closes.setdefault(end, []).append(reason.clause)
    unseen = {at for at, letter in enumerate(text) if letter in _UNSEEN}
    cuts = sorted({0, len(text), *opens, *closes, *unseen, *(at + 1 for at in unseen)})
    found: list[Stretch] = []
    under: list[str] = []
    for start, end in pairwise(cuts):
        for clause in closes.get(start, ()):
            under.remove(clause)
        under.extend(opens.get(start, ()))
        part = text[start:end]
        found.append(Stretch(part, tuple(dict.fromkeys(under)), _UNSEEN.get(part, "")))
    return tuple(_bridged(found))


def _whole_words(text: str, span: Span) -> tuple[int, int]:
    """A span with the rest of the words that it touches: a mark within would tear the letters."""
    start, end = max(0, span.start), min(len(text), span.end)
    if start < end:
        while start and _of_word(text[start - 1]) and _of_word(text[start]):
            start -= 1
        while end < len(text) and _of_word(text[end]) and _of_word(text[end - 1]):
            end += 1
    return start, end


def _of_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _bridged(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """The stretches with equal neighbours joined, over spaces that are not marked too."""
    one, gap = Stretch(""), ""
    for each in found:
        joins = one.clauses and not one.unseen
        if joins and each.clauses == one.clauses and not each.unseen:
            one, gap = Stretch(one.text + gap + each.text, one.clauses), ""
        elif joins and not gap and not each.clauses and each.text.isspace():
            gap = each.text
        else:
            if one.text:
                yield one
            if gap:
                yield Stretch(gap)
            one, gap = each, ""
    if one.text:
        yield one
    if gap:
        yield Stretch(gap)
