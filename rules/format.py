"""Rule files in one canonical form: order of keys, quotes, indentation. Comments stay."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from rules.errors import Problem, RulesError
from rules.model import Description, Pack, Rule, RuleExamples
from rules.source import Source, parser

_OF_A_LIST: Final = ("description", "match", "clitics", "tolerance", "gap", "file", "terms")
"""Options before the terms, which may be many."""
_WIDTH: Final = 100
_UNLIMITED: Final = 1_000_000
_ROUNDS: Final = 4
_NO_BREAK: Final = "\ue000"
_LONG_SEQUENCE: Final = re.compile(r"(\s*(?:- )?)([\w-]+): \[(.+)\]")
_ITEM: Final = re.compile(
    r"""\s*((?:[^,"'{}\[\]]|"(?:[^"\\]|\\.)*"|'[^']*'|\{(?:[^{}\[\]]|\[[^\[\]]*\])*\})+)(?:,|$)"""
)
"""One item of a sequence: a scalar, or a mapping that holds at most sequences of scalars."""


def formatted(source: Source) -> str:
    """The content of a rule file in canonical form; formatting that changes nothing.

    What the file says stays the same, and so do its comments. Raises RulesError where the file is
    no rule pack, or where its form cannot be kept apart from what it says.
    """
    source.validate(Pack)
    content = source.content.decode("utf-8")
    meaning = _plain(source.tree)
    for _ in range(_ROUNDS):
        again = _once(content)
        if again == content:
            break
        content = again
    if again != content or _plain(_yaml().load(content)) != meaning:
        raise RulesError(
            [Problem(source.path, 0, 0, "", "cannot be formatted without changing it", "leave it")]
        )
    return content


def format_file(path: Path, *, write: bool) -> bool:
    """Whether a file was not in canonical form; with `write`, it is afterwards."""
    source = Source.open(path)
    content = formatted(source)
    if content.encode("utf-8") == source.content:
        return False
    if write:
        path.write_bytes(content.encode("utf-8"))
    return True


def _once(content: str) -> str:
    yaml = _yaml()
    tree = yaml.load(content)
    _order(tree, tuple(Pack.model_fields))
    _order(tree["description"], tuple(Description.model_fields))
    for declared in (tree.get("lists") or {}).values():
        _order(declared, _OF_A_LIST)
    for rule in tree.get("rules") or ():
        _order(rule, tuple(Rule.model_fields))
        if isinstance(rule, CommentedMap):
            _order(rule["description"], tuple(Description.model_fields))
            _order(rule.get("examples"), tuple(RuleExamples.model_fields))
    stream = io.StringIO()
    yaml.dump(tree, stream)
    lines = (each for line in stream.getvalue().split("\n") for each in _wrapped(line.rstrip()))
    return "\n".join(lines).rstrip("\n") + "\n"


def _wrapped(line: str) -> Sequence[str]:
    """A line; the terms of a list that is too long for one, in lines of their own."""
    match = _LONG_SEQUENCE.fullmatch(line)
    if match is None or len(line) <= _WIDTH:
        return [line]
    before, key, inside = match.groups()
    items = [item.strip() for item in _ITEM.findall(inside)]
    if ", ".join(items) != inside:
        return [line]
    indent = " " * (len(before) + 2)
    terms = textwrap.wrap(
        ", ".join(item.replace(" ", _NO_BREAK) for item in items),
        _WIDTH,
        initial_indent=f"{indent}  ",
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    inner = [each.replace(_NO_BREAK, " ") for each in terms]
    return [f"{before}{key}:", f"{indent}[", *inner, f"{indent}]"]


def _yaml() -> YAML:
    yaml = parser()
    # Quotes that are not needed are dropped; those that are needed are written again.
    yaml.preserve_quotes = False
    yaml.width = _UNLIMITED
    # Without braces, an anchor before a mapping of one key would be read as that of the key.
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _order(node: object, keys: Sequence[str]) -> None:
    """Puts the keys of a mapping in order; one that is in order, or has an anchor, is left."""
    if not isinstance(node, CommentedMap):
        return
    rank = {key: number for number, key in enumerate(keys)}
    wanted = sorted(node, key=lambda key: rank.get(key, len(rank)))
    if list(node) == wanted:
        return
    for key in wanted:
        node.move_to_end(key)


def _plain(node: object) -> object:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node
