"""What an import gives back, and the drafts of rules that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rules.model import Severity

Kind = Literal["word", "stem", "contains", "regex"]


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of an entry: it stands in this rule now. Lines count from 1."""

    line: int
    what: str
    rule: str


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be carried over, whole or in part, or should be looked at, and why.

    Lines count from 1; 0 speaks of the whole file.
    """

    line: int
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A pack as YAML text, which `rules check` finds good, and what was made of the source.

    `warned` are terms that were carried over and hit everyday words. `text` is empty where nothing
    could be carried over.
    """

    text: str
    carried: tuple[Carried, ...]
    left: tuple[Left, ...]
    warned: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One term or expression of a source; `example` is a text that an expression should match."""

    line: int
    text: str
    kind: Kind
    example: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be written. `lists` are its term lists by name, `when` its condition as YAML has
    it. `tries` are texts of which some should match, `origin` a comment that names the source."""

    id: str
    description: str
    severity: Severity
    origin: str
    when: Mapping[str, Any]
    lists: Mapping[str, Sequence[str]]
    tries: Sequence[str]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Read:
    """What a source says, as drafts, and what of it cannot be said."""

    drafts: Sequence[Draft]
    left: Sequence[Left]


class ImportingError(ValueError):
    """A source that cannot be read at all. The message says what it should look like."""
