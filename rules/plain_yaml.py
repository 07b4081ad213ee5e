"""Reads by libyaml, in a tenth of the time, a YAML document that says nothing out of the ordinary.

Rule packs are large, and whoever starts the service waits for them. Documents in which the two
readers could differ are left to `rules.source`: it keeps comments and places, and tells errors.
"""

from __future__ import annotations

import re
from typing import Final

import yaml

_UNUSUAL: Final = re.compile(
    # Tags and directives; lines of blanks, comments and anchors where libyaml is lenient; and signs
    # that YAML 1.1 and 1.2 read in two ways.
    r"(?:^|[\s\[{,])(?:![\w!<]|!\s)|[:\"'\]}]![\w!<]|[\"']:\S|^%|^ +$|[|>][-+0-9]*#|&[^\s,\]}]*:|"
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
    re.MULTILINE,
)
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_DECIMAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})\.[0-9]{1,15}")
_TEXT: Final = re.compile(
    r"[^\W\d_].*|(?![~=<]|[-+]?(?:0[box]|\.)|[0-9]{4}-).*?[a-df-z\x80-\U0010ffff].*",
    re.IGNORECASE | re.DOTALL,
)
"""It begins with a letter, or has a sign that stands in no number and no date."""
_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")
_OWN_MEANING: Final = frozenset("true false null yes no on off y n nan inf".split())
_BOOLEANS: Final = {"true": True, "false": False}
_DEEPEST: Final = 40
"""What nests deeper may be too deep for the other reader, which is asked for places."""
_TEXT_TAG: Final = "tag:yaml.org,2002:str"


class Unusual(Exception):  # noqa: N818 - it is no error: another reader is to be asked
    """The document is not plain, or is broken."""


def plain_values(written: str, most: int) -> object:
    """The mappings, lists and values of a document. Raises Unusual where it is not plain YAML.

    Plain are texts, decimal numbers, `true` and `false`, each key once, and `most` values, what is
    meant by reference counted wherever it is meant.
    """
    if not yaml.__with_libyaml__ or _UNUSUAL.search(written) is not None:
        raise Unusual
    reader = _Reader()
    try:
        root = yaml.compose(written, Loader=yaml.CBaseLoader)
        values = reader.read(root)
    except (yaml.YAMLError, RecursionError) as error:
        raise Unusual from error
    if reader.sizes[id(root)] > most:
        raise Unusual
    return values


class _Reader:
    """Makes values of nodes: of a node that is meant several times once."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self._values: dict[int, object] = {}

    def read(self, node: yaml.Node | None, depth: int = 0) -> object:
        known = id(node)
        if depth > _DEEPEST:
            raise Unusual
        if known in self.sizes:
            if known not in self._values:
                # It stands in itself.
                raise Unusual
            return self._values[known]
        self.sizes[known] = 1
        if isinstance(node, yaml.ScalarNode):
            value: object = _meaning(node)
        elif isinstance(node, yaml.SequenceNode):
            value = [self.read(child, depth + 1) for child in node.value]
            self.sizes[known] += sum(self.sizes[id(child)] for child in node.value)
        elif isinstance(node, yaml.MappingNode):
            value = self._mapping(node, depth + 1)
        else:
            raise Unusual
        self._values[known] = value
        return value

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, object]:
        mapping = {_key(key): self.read(value, depth) for key, value in node.value}
        if len(mapping) != len(node.value):
            raise Unusual
        self.sizes[id(node)] += sum(self.sizes[id(value)] for _, value in node.value)
        return mapping


def _key(node: yaml.Node) -> str:
    key = _meaning(node) if isinstance(node, yaml.ScalarNode) else None
    if not isinstance(key, str):
        raise Unusual
    return key


def _meaning(node: yaml.ScalarNode) -> str | int | float | bool:
    value: str = node.value
    if node.tag != _TEXT_TAG:
        raise Unusual
    if node.style:
        return value
    if value in _BOOLEANS:
        return _BOOLEANS[value]
    if _VERSION.fullmatch(value) is not None:
        return value
    if _TEXT.fullmatch(value) is not None and value.lower() not in _OWN_MEANING:
        return value
    if _INTEGER.fullmatch(value) is not None:
        return int(value)
    if _DECIMAL.fullmatch(value) is not None:
        return float(value)
    raise Unusual
