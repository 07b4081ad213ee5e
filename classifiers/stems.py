"""What a word may be without what is attached to it: conjunctions, the article, pronouns, endings.

Guesses, for looking words up: which of them is a word is for whoever asks to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_BEFORE: Final = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
_BEHIND: Final = ("هم", "كم", "نا", "ها", "ه", "ك")
_BEFORE_VERBS: Final = ("ه", "ح", "س", "م", "ش")
_INFLECTED: Final = (
    *_BEHIND,
    *("ونهم", "هما", "كما", "ونا", "وها", "وهم", "وكم", "تها", "تهم", "تكم", "تنا", "اته", "كن"),
    *("هن", "ني", "ين", "ون", "ات", "تك", "ته", "تي", "وا", "ي", "ت", "ا", "و", "ش"),
)
_SHORTEST: Final = 3
_SHORTEST_VERB: Final = 4


Stem = tuple[int, int, str]
"""Where in a word its stem begins and ends, exclusive, and a letter that it lost, or none."""


def stems(word: str) -> Iterator[Stem]:
    """A folded word without what stands before it, or without what stands behind it."""
    for start in _beginnings(word, _BEFORE):
        yield start, len(word), ""
    for end in _ends(word, _BEHIND):
        if end >= _SHORTEST:
            yield 0, end, ""
            yield 0, end, "ه"


def inner_stems(word: str) -> Iterator[Stem]:
    """The same without both, the particles before verbs, and inflections; the likeliest first."""
    ends = _ends(word, _INFLECTED)
    for start in (0, *_beginnings(word, _BEFORE)):
        for end in ends:
            if end - start >= _SHORTEST:
                yield start, end, ""
                yield start, end, "ه"
                yield start, end, "ي"
    for start in _beginnings(word, _BEFORE_VERBS, _SHORTEST_VERB):
        yield start, len(word), ""
        for end in ends:
            if end - start >= _SHORTEST:
                yield start, end, ""


def _beginnings(word: str, attached: tuple[str, ...], shortest: int = _SHORTEST) -> list[int]:
    room = len(word) - shortest
    return [len(each) for each in attached if len(each) <= room and word.startswith(each)]


def _ends(word: str, attached: tuple[str, ...]) -> list[int]:
    return [len(word) - len(each) for each in attached if word.endswith(each)]
