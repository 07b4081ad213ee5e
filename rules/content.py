"""What compiled rules say, apart from the numbers that patterns happen to have in one rule set."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Final

from rules.compile import CompiledRule
from rules.condition import AnyOf, Phrases, Regexes, Words
from rules.pattern import Pattern

Patterns = Sequence[Hashable]
"""What stands for each pattern by its index: the patterns themselves, where sets are compared."""
_PARTS: Final = tuple(field.name for field in fields(Pattern))


def content_of(compiled: CompiledRule, patterns: Patterns) -> Hashable:
    """Equal for rules that find alike in every comment, whatever set they stand in.

    What is only told (description, message, version) does not count.
    """
    rule = compiled.rule
    nodes = (compiled.when, compiled.unless, compiled.mention)
    told = (
        compiled.name, rule.clause, rule.severity, rule.shadow, rule.enabled, rule.throttle,
        rule.expires,
    )  # fmt: skip
    return (told, _said(nodes, patterns))


def fingerprints(rules: Sequence[CompiledRule], patterns: Sequence[Pattern]) -> dict[str, str]:
    """By name of a rule, a short hash of its content: the same in every process."""
    digests = [
        _digest(",".join(_written(getattr(pattern, name)) for name in _PARTS))
        for pattern in patterns
    ]
    return {rule.name: _digest(_written(content_of(rule, digests))) for rule in rules}


def patterns_of(node: object) -> Iterator[int]:
    """The indexes of the patterns that a condition asks for, of frames and alternatives too."""
    for leaf in _leaves(node):
        if isinstance(leaf, Words):
            yield from leaf.patterns
        else:
            for phrases in leaf.by_rarest_word.values():
                for phrase in phrases:
                    yield from phrase


def telling_patterns_of(node: object) -> Iterator[int]:
    """The same, of each phrase only the word that is rarest."""
    for leaf in _leaves(node):
        yield from leaf.patterns if isinstance(leaf, Words) else leaf.by_rarest_word


def _leaves(node: object) -> Iterator[Words | Phrases]:
    if isinstance(node, Words | Phrases):
        yield node
    elif isinstance(node, AnyOf):
        yield from _leaves(node.children)
    elif isinstance(node, tuple):
        for each in node:
            yield from _leaves(each)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _leaves(getattr(node, field.name))


def _said(node: object, patterns: Patterns) -> Hashable:
    match node:
        case Words():
            said: Hashable = frozenset(patterns[index] for index in node.patterns)
        case Phrases():
            said = (_phrases(node.by_rarest_word, patterns), node.gap)
        case Regexes():
            said = tuple(expression.pattern for expression in node.expressions)
        case AnyOf():
            # Its guards only spare work.
            said = _said(node.children, patterns)
        case tuple():
            said = tuple(_said(each, patterns) for each in node)
        case _ if is_dataclass(node):
            said = tuple(_said(getattr(node, field.name), patterns) for field in fields(node))
        case _:
            assert isinstance(node, Hashable)  # noqa: S101
            said = node
    return (type(node).__name__, said)


def _written(content: object) -> str:
    if isinstance(content, frozenset):
        return f"{{{','.join(sorted(map(_written, content)))}}}"
    if isinstance(content, tuple):
        return f"({','.join(map(_written, content))})"
    return content if isinstance(content, str) else repr(content)


def _digest(written: str) -> str:
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _phrases(
    by_rarest_word: Mapping[int, Sequence[tuple[int, ...]]], patterns: Patterns
) -> frozenset[tuple[Hashable, ...]]:
    return frozenset(
        tuple(patterns[index] for index in phrase)
        for phrases in by_rarest_word.values()
        for phrase in phrases
    )
