"""Changing what commenters are told, in the text of a policy file: the rest stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from moderation.policy import Wording
from rules.source import parser


def with_messages(policy: str, messages: Mapping[str, Wording]) -> str:
    """The policy file with other messages for some clauses.

    Raises KeyError for a clause that it does not have.
    """
    clauses = _at(parser().compose(policy), "clauses")
    changes = [
        (scalar, text)
        for clause, message in messages.items()
        for language, text in message.model_dump().items()
        for scalar in [_at(_at(_at(clauses, clause), "message"), language)]
        if isinstance(scalar, ScalarNode) and scalar.value != text
    ]
    # From the end, so that what comes before keeps its place.
    for scalar, text in sorted(changes, key=lambda change: -change[0].start_mark.index):
        # A string of JSON is one of YAML too, whatever it holds.
        told = json.dumps(text, ensure_ascii=False)
        start, end = scalar.start_mark.index, scalar.end_mark.index
        policy = policy[:start] + told + policy[end:]
    return policy


def _at(node: Node, key: str) -> Node:
    for name, value in _pairs(node):
        if name == key:
            return value
    raise KeyError(key)


def _pairs(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        yield from ((name.value, value) for name, value in node.value)
