"""New rules and new files: made from chosen words, put into a pack without touching the rest."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from moderation.comment import Comment
from moderation.text import Text, fold
from rules.clitics import may_follow, may_precede
from rules.compile import PackFile, compile_packs
from rules.errors import RulesError
from rules.everyday import everyday_words
from rules.imports.pack import CIVIL
from rules.model import Pack, Severity
from rules.pattern import plain
from rules.ruleset import RuleSet
from rules.sentence import sentence
from rules.source import Source

SITE: Final = "packs/site.yaml"
"""The pack of a site's own rules; it is made with the first of them."""
_SHORTEST_STEM: Final = 3
_EMPTY_RULES: Final = re.compile(r"^rules:.*$", re.MULTILINE)
_INDENT: Final = re.compile(r"( *)[^\s#]")
_FEW: Final = 40
"""Lines of a file that is still small enough to keep its parts apart."""
_MOST_LOOKED_AT: Final = 20_000
_SHORT: Final = 30
_VOCATIVES: Final = frozenset(("يا", "ايها", "أيها", "ايتها", "أيتها"))

Operator = Literal["word", "stem", "phrase", "contains"]
OPERATORS: Final[tuple[Operator, ...]] = ("word", "stem", "phrase", "contains")


@dataclass(frozen=True, slots=True)
class NewRule:
    """What a form says of a rule to be made. `title` and `author` are of the example's article."""

    id: str
    description: str
    clause: str
    severity: Severity
    operator: Operator
    term: str
    match: str
    no_match: str
    shadow: bool = True
    title: str = ""
    author: str = ""

    @property
    def mapping(self) -> dict[str, Any]:
        """The rule as YAML says it."""
        article = {
            key: value
            for key, value in (("title", self.title), ("authors", [self.author]))
            if value and value != [""]
        }
        match: object = {"text": self.match, "article": article} if article else self.match
        return {
            "id": self.id,
            "description": self.description,
            "clause": self.clause,
            "severity": self.severity,
            **({"shadow": True} if self.shadow else {}),
            "when": {self.operator: [self.term]},
            "examples": {"match": [match], "no_match": [self.no_match]},
        }


def term_of(chosen: str) -> str:
    """Words of a comment as a term: without marks and repeated letters, and put together where
    they were spaced apart."""
    letters = (letter if letter.isalnum() else " " for letter in plain(chosen))
    words = "".join(letters).split()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    if len(words) > 1 and words[0] in _VOCATIVES:
        words = words[1:]
    return " ".join(map(_without_article, map(_unrepeated, words)))


def operator_for(term: str) -> Operator:
    """How a term is best looked for."""
    return "phrase" if " " in term else "word"


def innocent_beside(operator: Operator, term: str) -> str:
    """A text that a rule for a term should not match: an everyday word with the same letters in
    it, where there is one, else an ordinary comment. Without a term any will do."""
    if operator == "word" and len(term) >= _SHORTEST_STEM:
        for word in islice(everyday_words(), _MOST_LOOKED_AT):
            before, found, after = word.partition(fold(term))
            if found and not (may_precede(before, term) and may_follow(after, term)):
                return word
    sought = fold(term)
    return next((text for text in CIVIL if not sought or sought not in fold(text)), CIVIL[0])


def matches(rule: NewRule, text: str) -> bool:
    """Whether a rule of this condition matches a text. Raises RulesError where it cannot be one."""
    pack = new_pack("draft", "A draft.", [rule.mapping])
    source = Source.of(Path("draft.yaml"), pack.encode())
    rules = RuleSet(compile_packs([PackFile(source.validate(Pack), source, {})]), "draft")
    return bool(rules.match(Comment("draft", text), Text(text)).findings({}))


def new_pack(name: str, description: str, rules: list[dict[str, Any]] | None = None) -> str:
    """The text of a new pack."""
    tree = {"pack": name, "version": "1.0.0", "description": description}
    return _written(_commented(tree | ({"rules": rules} if rules else {})))


def with_rule(name: str, text: str, rule: Mapping[str, Any]) -> str:
    """A pack's text with one more rule after its last; everything else stays, letter by letter.

    Raises RulesError where the text is no pack, or has a rule of that id already.
    """
    source = Source.of(Path(name), text.encode())
    rules = source.tree.get("rules") if isinstance(source.tree, CommentedMap) else None
    ids = [each.get("id") for each in rules or () if isinstance(each, CommentedMap)]
    if rule["id"] in ids:
        raise RulesError(
            [
                source.problem(
                    ("rules",),
                    sentence("{name!r} is there already", name=rule["id"]),
                    "choose another id",
                )
            ]
        )
    item = _written([_commented(dict(rule))])
    if not rules:
        kept = _EMPTY_RULES.sub("", text).rstrip()
        return f"{kept}\n\nrules:\n{item}"
    return _inserted(source, text, "rules", textwrap.dedent(item))


def with_list(name: str, text: str, listed: str, declared: Mapping[str, Any]) -> str:
    """A pack's text with one more term list, before its rules where it had none.

    Raises RulesError where the text is no pack, or has a list of that name already.
    """
    source = Source.of(Path(name), text.encode())
    lists = source.tree.get("lists") if isinstance(source.tree, CommentedMap) else None
    if lists and listed in lists:
        raise RulesError(
            [
                source.problem(
                    ("lists",),
                    sentence("{name!r} is there already", name=listed),
                    "choose another name",
                )
            ]
        )
    item = _written(_commented({listed: dict(declared)}))
    if lists:
        return _inserted(source, text, "lists", item)
    before, rules, after = text.partition("\nrules:")
    return f"{before.rstrip()}\n\nlists:\n{textwrap.indent(item, '  ')}{rules}{after}"


def _inserted(source: Source, text: str, key: str, item: str) -> str:
    """The text with an item at the end of what stands under a key of the file."""
    lines = text.rstrip("\n").split("\n")
    begin = next((at for at, line in enumerate(lines) if line.startswith(f"{key}:")), None)
    indented = begin is not None and next(
        filter(None, map(_INDENT.match, lines[begin + 1 :])), None
    )
    if begin is None or not indented:
        raise RulesError([source.problem((key,), "stand in one line", "write them as a list")])
    end = begin + 1
    while end < len(lines) and (not lines[end] or lines[end].startswith((" ", "#", "-"))):
        end += 1
    after = lines[end:]
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    apart = "\n" if "" in lines[begin:end] or len(lines) < _FEW else ""
    rest = "\n" + "\n".join(after) + "\n" if after else ""
    return "\n".join(lines[:end]) + f"\n{apart}{textwrap.indent(item, indented[1])}" + rest


def _unrepeated(word: str) -> str:
    folded = fold(word)
    return word if len(folded) == len(word) else folded


def _without_article(word: str) -> str:
    stem = word.removeprefix("ال")
    return stem if len(stem) >= _SHORTEST_STEM else word


def _written(tree: object) -> str:
    writer = YAML()
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 1_000_000
    stream = io.StringIO()
    writer.dump(tree, stream)
    return stream.getvalue()


def _commented(node: Any) -> Any:
    if isinstance(node, dict):
        return CommentedMap({key: _commented(value) for key, value in node.items()})
    if isinstance(node, list):
        # What fits a line is easier to read in one.
        made = CommentedSeq([_commented(value) for value in node])
        if all(isinstance(each, str) and len(each) < _SHORT for each in node):
            made.fa.set_flow_style()
        return made
    return node
