"""A person's name, taken apart: which parts tell who is meant, and which many people bear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, Literal

from moderation.text import fold
from rules.people import compounds, first_names, particles, titles, together, with_article

ARTICLE: Final = "ال"
VOCATIVES: Final = ("يا", "ويا", "ايا")
_TELLING: Final = 4
"""A part that counts alone has so many letters at least, its article included."""
_MOST_WORDS: Final = 4
"""One part has so many words at most: each way to write it is looked for."""
_LONGEST_NAME: Final = 12
"""So many words of a name are read: longer ones are no names."""
_WORD: Final = re.compile(r"\w+")
_SPELLINGS: Final = (
    frozenset(("ابو", "ابي", "ابا", "بو")),
    frozenset(("ابن", "بن")),
)
"""Particles that change with the case or are shortened."""
_SERVANT: Final = "عبد"
_KINSHIP: Final = frozenset(("ابن", "بن", "ام", "بنت")) | _SPELLINGS[0]

Form = tuple[str, ...]
"""Words that follow one another in the folded view."""
Why = Literal["first_name", "title", "short"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a name, in every way to write it. `free` are those without its article too.

    `called` are words that «يا» is written together with. `alone` is None where the part tells by
    itself who is meant, else why it does not.
    """

    key: str
    strict: tuple[Form, ...]
    free: tuple[Form, ...]
    called: frozenset[str]
    alone: Why | None


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the article has it, and its parts in their order."""

    written: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=4096)
def name_of(written: str) -> Name:
    """A name taken apart. Titles before it («د. سامي») are left out."""
    words = [word for whole in _WORD.findall(fold(written)) for word in _apart(whole)]
    while len(words) > 1 and words[0] in titles():
        del words[0]
    groups = list(_grouped(words[:_LONGEST_NAME]))
    last = len(groups) - 1
    return Name(
        written,
        tuple(_part(group, is_family=0 < at == last) for at, group in enumerate(groups)),
    )


def _apart(word: str) -> Form:
    """A compound that is written together, by its words: «عبدالله» is «عبد الله»."""
    if word in compounds():
        return compounds()[word]
    rest = word.removeprefix(_SERVANT)
    return (_SERVANT, rest) if rest != word and rest.startswith(ARTICLE) else (word,)


def _grouped(words: Sequence[str]) -> list[Form]:
    """The words of a name by parts: «عبد الله», «أبو بكر» and «نور الدين» are one each."""
    known = particles()
    groups: list[list[str]] = []
    is_open = False
    for word in words:
        joins = bool(groups) and word in known.after and len(groups[-1]) == 1
        if is_open or joins:
            groups[-1].append(word)
        else:
            groups.append([word])
        # «بن عبد الله» is one part too.
        is_open = word in known.before and not joins and len(groups[-1]) < _MOST_WORDS
    return [tuple(group) for group in groups]


def _part(words: Form, *, is_family: bool) -> Part:
    strict = _forms(words)
    free = strict
    if words[0].startswith(ARTICLE) and len(words[0]) > len(ARTICLE) + 1:
        free = (*strict, *_forms((words[0].removeprefix(ARTICLE), *words[1:])))
    called = frozenset(together(each, form[0]) for each in VOCATIVES for form in free)
    alone = _why_not_alone(words, is_family=is_family)
    return Part(together(*words), strict, free, called, alone)


def _forms(words: Form) -> tuple[Form, ...]:
    choices = [next((each for each in _SPELLINGS if word in each), {word}) for word in words[:-1]]
    found: dict[Form, None] = {}
    for chosen in product(*map(sorted, choices), (words[-1],)):
        found[chosen] = None
        found[(together(*chosen),)] = None
    return tuple(found)


def _why_not_alone(words: Form, *, is_family: bool) -> Why | None:
    whole = together(*words)
    if whole in titles():
        return "title"
    if _is_common(words, whole, is_family=is_family):
        return "first_name"
    return "short" if len(whole) < _TELLING else None


def _is_common(words: Form, whole: str, *, is_family: bool) -> bool:
    """Whether many bear a part of a name."""
    if len(words) == 1:
        return whole in with_article(first_names()) or whole in particles().before
    if whole in first_names() or words[0] == _SERVANT:
        return True
    if words[-1] in particles().after:
        return not is_family
    # Of «محمد بن سلمان» all say «بن سلمان»; in the midst of a name it is the father's first name.
    return words[0] in _KINSHIP and not is_family and words[-1] in first_names()
