"""Where terms and conditions stand in the files of a rule set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.compile import Compiled, PackFile
from rules.model import Clitics, Condition, Term, Tolerance
from rules.pattern import Kind, Pattern, make
from rules.source import Location

_TERM_OPERATORS = ("word", "stem", "phrase", "contains")


@dataclass(frozen=True, slots=True)
class TermPlace:
    """A term, its place in a file, and the options that hold for it there."""

    file: PackFile
    location: Location
    term: str
    kind: str
    clitics: Clitics
    tolerance: tuple[Tolerance, ...] | None
    gap: int

    @property
    def parts(self) -> tuple[Pattern, ...]:
        """The pattern of each word of the term, in order. Raises ValueError where one is empty."""
        several = self.kind in {"word", "phrase"}
        kind: Kind = "word" if several else self.kind  # type: ignore[assignment]
        words = self.term.split() if several else [self.term]
        return tuple(make(word, kind, self.clitics, self.tolerance) for word in words)


def terms_of_list(file: PackFile, name: str) -> Iterator[TermPlace]:
    """The terms of a list of a pack."""
    declared = file.pack.lists[name]
    for index, term in enumerate(file.terms[name]):
        location = ("lists", name, "terms", index)
        yield _place(
            file, location, term, declared.match, declared.clitics, declared.tolerance, declared.gap
        )


def terms_of_condition(
    file: PackFile, condition: Condition, location: Location
) -> Iterator[TermPlace]:
    """The terms that stand in a condition itself."""
    operator = condition.operator
    if operator in _TERM_OPERATORS:
        for index, term in enumerate(getattr(condition, operator)):
            yield _place(
                file,
                (*location, operator, index),
                term,
                operator,
                condition.clitics or "all",
                condition.tolerance,
                condition.gap,
            )


def groups_of_terms(file: PackFile) -> Iterator[tuple[TermPlace, ...]]:
    """Terms of which any suffices: those of each list, and of each condition."""
    for name in file.pack.lists:
        yield tuple(terms_of_list(file, name))
    for condition, location in conditions_of_pack(file):
        if terms := tuple(terms_of_condition(file, condition, location)):
            yield terms


def conditions_of_pack(file: PackFile) -> Iterator[tuple[Condition, Location]]:
    """Every condition of a pack, frames and nested ones too."""
    pack = file.pack
    for key in ("unless", "mention"):
        for number, frame in enumerate(getattr(pack, key)):
            yield from nested(frame, (key, number))
    for index, rule in enumerate(pack.rules):
        yield from nested(rule.when, ("rules", index, "when"))
        for key in ("unless", "mention"):
            for number, frame in enumerate(getattr(rule, key) or ()):
                yield from nested(frame, ("rules", index, key, number))


def nested(condition: Condition, location: Location) -> Iterator[tuple[Condition, Location]]:
    """A condition and all conditions in it, each with its location."""
    yield condition, location
    for child, place in children(condition, location):
        yield from nested(child, place)


def children(condition: Condition, location: Location) -> Iterator[tuple[Condition, Location]]:
    """The conditions that stand in one directly."""
    operator = condition.operator
    value = getattr(condition, operator)
    if isinstance(value, Condition):
        yield value, (*location, operator)
        return
    inner: Location = (*location, operator)
    if operator in {"at_least", "near"}:
        value, inner = value.of, (*inner, "of")
    if operator in {"any", "all", "none", "at_least", "near"}:
        for index, child in enumerate(value):
            yield child, (*inner, index)


def sufficient(condition: Condition, location: Location) -> Iterator[tuple[Condition, Location]]:
    """The conditions of which each alone makes `condition` hold."""
    if condition.any is None:
        yield condition, location
        return
    for child, place in children(condition, location):
        yield from sufficient(child, place)


def reached_terms(
    files: Mapping[str, PackFile], file: PackFile, condition: Condition, location: Location
) -> Iterator[TermPlace]:
    """The terms of a condition and of the lists that it names; `files` are by name of the pack."""
    yield from terms_of_condition(file, condition, location)
    for name in condition.list or ():
        pack, _, own = full_name(file, name).partition("/")
        if pack in files and own in files[pack].pack.lists:
            yield from terms_of_list(files[pack], own)


def full_name(file: PackFile, name: str) -> str:
    """`pack/list` of a list as a condition of a file names it."""
    return name if "/" in name else f"{file.pack.pack}/{name}"


def indexes(compiled: Compiled) -> Mapping[Pattern, int]:
    """The index of every pattern of a rule set."""
    return {pattern: index for index, pattern in enumerate(compiled.patterns)}


def _place(
    file: PackFile,
    location: Location,
    term: Term,
    kind: str,
    clitics: Clitics,
    tolerance: tuple[Tolerance, ...] | None,
    gap: int,
) -> TermPlace:
    return TermPlace(
        file,
        location,
        term.term,
        kind,
        term.clitics or clitics,
        term.tolerance or tolerance,
        gap,
    )
