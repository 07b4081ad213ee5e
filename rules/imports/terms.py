"""Entries of word lists as terms and expressions of rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from moderation.text import Text, fold
from rules.imports.expression import example_of, in_re2
from rules.imports.imported import Draft, Entry, Kind, Left
from rules.model import Severity
from rules.pattern import make
from rules.scan import Scanner

MOST_TERMS: Final = 20_000
_LONGEST_TERM: Final = 200


def weaker(severity: Severity) -> Severity:
    """The severity of what a source only suspects: a flag by the shipped policy."""
    return "hint" if severity == "hint" else "mild"


def entry_of(line: int, written: str) -> Entry:
    """An entry of a list, where `*` stands for any letters."""
    text = " ".join(written.split())
    inner = text.strip("*")
    if "*" not in text or not inner:
        return Entry(line, text, _kind(text))
    if "*" in inner:
        # Between the letters of one word.
        parts = map(re.escape, re.split(r"\*+", text.strip("*")))
        return Entry(line, r"\S*".join(parts), "regex")
    before, after = text.startswith("*"), text.endswith("*")
    if before:
        return Entry(
            line, inner if after else rf"{re.escape(inner)}\b", "contains" if after else "regex"
        )
    return Entry(line, inner, "stem" if " " not in inner else "contains")


def _kind(text: str) -> Kind:
    """Signs alone stand in no word."""
    return "word" if any(character.isalnum() for character in text) else "contains"


def usable(entries: Iterable[Entry]) -> tuple[list[Entry], list[Left]]:
    """The entries that a rule can hold, each once, and what is wrong with the others."""
    kept: list[Entry] = []
    left: list[Left] = []
    seen: dict[tuple[Kind, str], str] = {}
    for entry in entries:
        try:
            made, folded = _usable(entry)
        except ValueError as error:
            left.append(Left(entry.line, entry.text, str(error)))
            continue
        first = seen.setdefault((entry.kind, folded), entry.text)
        if len(seen) > MOST_TERMS:
            why = f"a list holds {MOST_TERMS:,} terms; import the rest as another pack"
            left.append(Left(entry.line, entry.text, why))
        elif first is not entry.text:
            left.append(Left(entry.line, entry.text, f"the same as {first!r} when folded"))
        else:
            kept.append(made)
    return kept, left


def _usable(entry: Entry) -> tuple[Entry, str]:
    if entry.kind == "regex":
        expression = in_re2(entry.text.strip())
        return Entry(entry.line, expression, "regex", example_of(entry.text.strip())), expression
    if len(entry.text) > _LONGEST_TERM:
        raise ValueError(f"longer than {_LONGEST_TERM} characters")
    folded = fold(entry.text).strip()
    if not folded:
        raise ValueError("nothing is left of it when marks and invisible characters go")
    kind = entry.kind
    if kind == "word" and not all(part.isalnum() for part in folded.split()):
        # Words have no signs in them.
        kind = "contains"
    if not folded.isalpha() and not _stands_in_itself(entry.text, kind):
        raise ValueError("it does not match its own spelling: write letters and single spaces")
    return Entry(entry.line, entry.text, kind), folded


def _stands_in_itself(term: str, kind: Kind) -> bool:
    whole = kind == "word"
    patterns = [
        make(part, "word" if whole else "contains", "all", None)
        for part in (term.split() if whole else [term])
    ]
    found = Scanner(patterns).scan(Text(term)).places
    return all(at in found for at in range(len(patterns)))


def condition_of(
    entries: Sequence[Entry], name: str
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """A condition that holds where one entry does, and the list that it names, if it needs one."""
    by_kind: dict[Kind, list[str]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry.text)
    words = by_kind.pop("word", [])
    parts: list[dict[str, Any]] = [{"list": name}] if words else []
    parts += [{kind: texts} for kind, texts in by_kind.items()]
    lists = {name: words} if words else {}
    return (parts[0] if len(parts) == 1 else {"any": parts}), lists


def tries_of(entries: Sequence[Entry]) -> list[str]:
    """Texts that should match, some of every kind."""
    tries: list[str] = []
    for kind in ("word", "stem", "contains", "regex"):
        own = [entry for entry in entries if entry.kind == kind][:20]
        tries += [entry.example or entry.text for entry in own]
    return [text for text in tries if text.strip()]


def draft_of(
    name: str, description: str, severity: Severity, origin: str, entries: Iterable[Entry]
) -> tuple[Draft | None, list[Left]]:
    """One rule that holds where one of the entries does; None where no entry can be used."""
    kept, left = usable(entries)
    if not kept:
        return None, left
    when, lists = condition_of(kept, name)
    return Draft(name, description, severity, origin, when, lists, tries_of(kept), kept), left
