"""Names of people: what they are made of, and where a comment names somebody.

`README.md` beside this file says what the lists hold and where they are from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from moderation.text import fold

FOLDER: Final = Path(__file__).parent


class Particles(NamedTuple):
    """Folded words that make one part with the word after them, and with the word before them."""

    before: frozenset[str]
    after: frozenset[str]


@cache
def first_names() -> frozenset[str]:
    """Common first names, folded; compounds are written together («عبدالله»)."""
    return frozenset(together(*fold(line).split()) for line in _lines("first_names.txt"))


@cache
def spelled_first_names() -> tuple[str, ...]:
    """The same as they are written, sorted."""
    return tuple(_lines("first_names.txt"))


@cache
def compounds() -> Mapping[str, tuple[str, ...]]:
    """The words of the compounds among them, by how they are written together."""
    words = (tuple(fold(line).split()) for line in _lines("first_names.txt"))
    return {together(*each): each for each in words if len(each) > 1}


@cache
def titles() -> frozenset[str]:
    """Titles and roles, folded, with the article and without it."""
    return with_article(frozenset(fold(line) for line in _lines("titles.txt")))


@cache
def with_article(words: frozenset[str]) -> frozenset[str]:
    """Folded words, and the same with the article: letters that meet are one («اللاعب»)."""
    return words | {together("ال", word) for word in words}


@cache
def particles() -> Particles:
    """The particles of names."""
    lines = list(_lines("particles.txt"))
    return Particles(
        before=frozenset(fold(line[:-1]) for line in lines if line.endswith("-")),
        after=frozenset(fold(line[1:]) for line in lines if line.startswith("-")),
    )


def together(*words: str) -> str:
    """Folded words as they are folded where no blank stands between them."""
    return fold("".join(words))


def _lines(name: str) -> Iterator[str]:
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line
