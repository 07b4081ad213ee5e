"""Packs to one rule set: terms into automatons, conditions into nodes, rules behind guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import re2

from rules import condition as nodes
from rules.condition import FrameNode
from rules.errors import Problem, RulesError
from rules.guard import ANYTHING, Alternative, Guards
from rules.model import Clitics, Condition, Frame, Pack, Rule, Term, TermList, Tolerance
from rules.pattern import Kind, Pattern, make
from rules.reading import Guard, Node
from rules.remedy import nearest_list, of_expression
from rules.sentence import Foreign, sentence
from rules.source import Location, Source

_QUIET = re2.Options()
_QUIET.log_errors = False


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to be evaluated.

    `alternatives` are those of `guard`; none where it asks for nothing. `reads_scores` says that
    the rule waits for the classifier.
    """

    pack: str
    pack_version: str
    rule: Rule
    when: Node
    unless: tuple[FrameNode, ...]
    mention: tuple[FrameNode, ...]
    guard: Guard
    alternatives: tuple[Alternative, ...]
    reads_scores: bool

    @cached_property
    def name(self) -> str:
        """`pack/rule`."""
        return f"{self.pack}/{self.rule.id}"

    @cached_property
    def anchors(self) -> frozenset[int]:
        """Patterns of which one hits wherever the guard is met; none where it asks for nothing."""
        return frozenset[int]().union(*(each.anchors for each in self.alternatives))


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything that a rule set is made of. `bits` are in step with `patterns`."""

    patterns: tuple[Pattern, ...]
    bits: tuple[int, ...]
    rules: tuple[CompiledRule, ...]
    lists: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack, the file that it came from, and the terms of the files that it names."""

    pack: Pack
    source: Source
    terms: Mapping[str, tuple[Term, ...]]


def compile_packs(files: Sequence[PackFile]) -> Compiled:
    """Compiles packs together. Raises RulesError with every problem found."""
    compiler = _Compiler()
    for file in files:
        compiler.add_lists(file)
    for file in files:
        compiler.add_rules(file)
    if compiler.problems:
        raise RulesError(compiler.problems)
    return Compiled(
        tuple(compiler.patterns), compiler.guards.bits(), tuple(compiler.rules), compiler.lists
    )


@dataclass(frozen=True, slots=True)
class _Place:
    file: PackFile
    location: Location

    def at(self, *parts: str | int) -> _Place:
        return _Place(self.file, (*self.location, *parts))


@dataclass(frozen=True, slots=True)
class _Result:
    node: Node
    guard: Guard = ANYTHING
    reads_scores: bool = False


@dataclass
class _Compiler:
    patterns: dict[Pattern, int] = field(default_factory=dict)
    guards: Guards = field(default_factory=Guards)
    rules: list[CompiledRule] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    declared: dict[str, tuple[TermList, tuple[Term, ...], _Place]] = field(default_factory=dict)
    compiled_lists: dict[str, _Result] = field(default_factory=dict)
    rule_names: set[str] = field(default_factory=set)
    interned: dict[Node, Node] = field(default_factory=dict)
    lists: dict[str, frozenset[int]] = field(default_factory=dict)

    def add_lists(self, file: PackFile) -> None:
        for name, declared in file.pack.lists.items():
            place = _Place(file, ("lists", name))
            self.declared[f"{file.pack.pack}/{name}"] = (declared, file.terms[name], place)

    def add_rules(self, file: PackFile) -> None:
        pack = file.pack
        for index, rule in enumerate(pack.rules):
            place = _Place(file, ("rules", index))
            name = f"{pack.pack}/{rule.id}"
            if name in self.rule_names:
                first = next(at for at, other in enumerate(pack.rules) if other.id == rule.id)
                line, _ = file.source.place(("rules", first, "id"))
                self._complain(
                    place.at("id"),
                    sentence(
                        "the pack has another rule {rule!r}, in line {line}",
                        rule=rule.id,
                        line=line,
                    ),
                    "give one of them another id",
                )
            self.rule_names.add(name)
            when = self._condition(rule.when, place.at("when"))
            unless = pack.unless if rule.unless is None else rule.unless
            mention = pack.mention if rule.mention is None else rule.mention
            frames = [
                self._frames(frames, place.at(key) if own is not None else _Place(file, (key,)))
                for key, own, frames in (
                    ("unless", rule.unless, unless),
                    ("mention", rule.mention, mention),
                )
            ]
            self.rules.append(
                CompiledRule(
                    pack=pack.pack,
                    pack_version=pack.version,
                    rule=rule,
                    when=when.node,
                    unless=tuple(node for node, _ in frames[0]),
                    mention=tuple(node for node, _ in frames[1]),
                    guard=when.guard,
                    alternatives=self.guards.alternatives(when.guard),
                    reads_scores=when.reads_scores
                    or any(reads for both in frames for _, reads in both),
                )
            )

    def _frames(self, frames: Sequence[Frame], place: _Place) -> list[tuple[FrameNode, bool]]:
        compiled: list[tuple[FrameNode, bool]] = []
        for index, frame in enumerate(frames):
            result = self._condition(frame, place.at(index))
            node = FrameNode(result.node, frame.within, frame.side, frame.sentence)
            compiled.append((node, result.reads_scores))
        return compiled

    def _condition(self, condition: Condition, place: _Place) -> _Result:
        """Equal conditions become one node, which a reading evaluates once."""
        result = self._compiled(condition, place)
        return replace(result, node=self.interned.setdefault(result.node, result.node))

    def _compiled(self, condition: Condition, place: _Place) -> _Result:
        operator = condition.operator
        here = place.at(operator)
        match operator:
            case "word" | "stem" | "contains" | "emoji" | "phrase":
                return self._terms(condition, operator, here)
            case "list":
                return self._lists(condition, here)
            case "regex":
                return self._regexes(condition.regex or (), here)
            case "any" | "all" | "none" | "at_least" | "near":
                return self._combination(condition, operator, here)
            case "parent":
                assert condition.parent is not None  # noqa: S101
                child = self._condition(condition.parent, here)
                return _Result(nodes.Parent(child.node), reads_scores=child.reads_scores)
        return _Result(_context(condition, operator), reads_scores=operator == "score")

    def _terms(self, condition: Condition, operator: str, place: _Place) -> _Result:
        if operator == "emoji":
            entries: Sequence[Term] = [Term(term=text) for text in condition.emoji or ()]
            return self._compile_terms(entries, "contains", "none", ("folded",), 0, place)
        entries = getattr(condition, operator)
        return self._compile_terms(
            entries, operator, condition.clitics or "all", condition.tolerance, condition.gap, place
        )

    def _compile_terms(
        self,
        entries: Sequence[Term],
        kind: str,
        clitics: Clitics,
        tolerance: tuple[Tolerance, ...] | None,
        gap: int,
        place: _Place,
    ) -> _Result:
        words: set[int] = set()
        phrases: list[tuple[int, ...]] = []
        for index, entry in enumerate(entries):
            own = (entry.clitics or clitics, entry.tolerance or tolerance)
            parts = entry.term.split() if kind in {"word", "phrase"} else [entry.term]
            part_kind: Kind = "word" if kind == "phrase" else kind  # type: ignore[assignment]
            try:
                found = tuple(self._pattern(make(part, part_kind, *own)) for part in parts)
            except ValueError as error:
                self._complain(place.at(index), error.args[0], "write the letters of the term")
                continue
            if len(found) == 1:
                words.update(found)
            else:
                phrases.append(found)
        if not phrases:
            return _Result(nodes.Words(frozenset(words)), self.guards.touching(words))
        by_rarest: dict[int, list[tuple[int, ...]]] = {}
        for phrase in phrases:
            by_rarest.setdefault(min(phrase, key=self.guards.commonness), []).append(phrase)
        node: Node = nodes.Phrases({rarest: tuple(all_) for rarest, all_ in by_rarest.items()}, gap)
        if not words:
            return _Result(node, self.guards.touching(by_rarest))
        return self._any(
            (
                _Result(nodes.Words(frozenset(words)), self.guards.touching(words)),
                _Result(node, self.guards.touching(by_rarest)),
            )
        )

    def _pattern(self, pattern: Pattern) -> int:
        if pattern not in self.patterns:
            self.patterns[pattern] = self.guards.add(pattern.text)
        return self.patterns[pattern]

    def _lists(self, condition: Condition, place: _Place) -> _Result:
        results: list[_Result] = []
        for name in condition.list or ():
            full = name if "/" in name else f"{place.file.pack.pack}/{name}"
            if full not in self.declared:
                self._complain(
                    place,
                    sentence("there is no list {name!r}", name=full),
                    nearest_list(full, self.declared),
                )
                continue
            if full not in self.compiled_lists:
                declared, terms, where = self.declared[full]
                self.compiled_lists[full] = self._compile_terms(
                    terms,
                    declared.match,
                    declared.clitics,
                    declared.tolerance,
                    declared.gap,
                    where.at("terms"),
                )
                self.lists[full] = self.guards.anchors(self.compiled_lists[full].guard)
            results.append(self.compiled_lists[full])
        return self._any(results)

    def _regexes(self, expressions: Sequence[str], place: _Place) -> _Result:
        compiled: list[re2._Regexp[str]] = []
        for expression in expressions:
            try:
                compiled.append(re2.compile(expression, _QUIET))
            except re2.error as error:
                reason = error.args[0]
                message = reason.decode() if isinstance(reason, bytes) else str(reason)
                self._complain(
                    place,
                    sentence("not an RE2 expression: {message}", message=Foreign(message)),
                    of_expression(message),
                )
        return _Result(nodes.Regexes(tuple(compiled)))

    def _combination(self, condition: Condition, operator: str, place: _Place) -> _Result:
        at_least, near = condition.at_least, condition.near
        if at_least is not None:
            children, place = at_least.of, place.at("of")
        elif near is not None:
            children, place = near.of, place.at("of")
        else:
            children = getattr(condition, operator)
        if not children:
            self._complain(place, "has no conditions", "add at least one")
        results = [self._condition(child, place.at(i)) for i, child in enumerate(children)]
        reads = any(result.reads_scores for result in results)
        inner = tuple(result.node for result in results)
        guards = [result.guard for result in results]
        if operator == "any":
            return self._any(results)
        if operator == "none":
            return _Result(nodes.NoneOf(inner), reads_scores=reads)
        if at_least is not None:
            if at_least.count > len(inner):
                self._complain(
                    place,
                    sentence(
                        "{number} of {all} conditions can never hold",
                        number=at_least.count,
                        all=len(inner),
                    ),
                    "lower `count`",
                )
            return _Result(
                nodes.AtLeastOf(at_least.count, inner), self.guards.either(guards), reads
            )
        if near is not None:
            node: Node = nodes.NearOf(inner, near.within, near.ordered)
            return _Result(node, self.guards.every(guards), reads)
        return _Result(nodes.AllOf(inner), self.guards.every(guards), reads)

    def _any(self, results: Sequence[_Result]) -> _Result:
        """One node for several of which any suffices; sets of words become one set."""
        if len(results) == 1:
            return results[0]
        leaves = [leaf for result in results for leaf in _leaves(result)]
        sets = [leaf.node.patterns for leaf in leaves if isinstance(leaf.node, nodes.Words)]
        others = [leaf for leaf in leaves if not isinstance(leaf.node, nodes.Words)]
        if sets:
            words = frozenset[int]().union(*sets)
            others.insert(0, _Result(nodes.Words(words), self.guards.touching(words)))
        reads = any(result.reads_scores for result in results)
        if len(others) == 1:
            return replace(others[0], reads_scores=reads)
        node = nodes.AnyOf.of(
            tuple(leaf.node for leaf in others),
            tuple(leaf.guard for leaf in others),
            self.guards.rarest,
        )
        return _Result(node, self.guards.either(leaf.guard for leaf in others), reads)

    def _complain(self, place: _Place, message: str, remedy: str) -> None:
        self.problems.append(place.file.source.problem(place.location, message, remedy))


def _context(condition: Condition, operator: str) -> Node:
    makers: dict[str, Callable[[Any], Node]] = {
        "named": nodes.NamedThere,
        "quoted": lambda _: nodes.Quoted(),
        "article": nodes.UnderArticle,
        "reply": nodes.Reply,
        "section": lambda names: nodes.Section(frozenset(names)),
        "tag": lambda names: nodes.Tag(frozenset(names)),
        "score": nodes.Score,
        "length": nodes.Length,
        "links": nodes.Links,
        "author": lambda ids: nodes.Author(frozenset(ids)),
        "newcomer": nodes.Newcomer,
        "repeated": nodes.Repeated,
    }
    return makers[operator](getattr(condition, operator))


def _leaves(result: _Result) -> tuple[_Result, ...]:
    node = result.node
    if not isinstance(node, nodes.AnyOf):
        return (result,)
    return tuple(map(_Result, node.children, node.guards))
