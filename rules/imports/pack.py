"""Drafts of rules as one pack: tried, given examples, written as YAML that people can read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from moderation.comment import Comment
from moderation.text import Text, fold
from rules.compile import PackFile, compile_packs
from rules.everyday import everyday_words
from rules.imports.imported import Carried, Draft, Imported, Left, Read
from rules.model import Pack
from rules.ruleset import RuleSet, evaluate
from rules.source import Source

_MOST_EXAMPLES: Final = 3
_PLACEHOLDER: Final = "x"
CIVIL: Final = (
    "شكرا للكاتب على هذا المقال",
    "قرأت الخبر صباح اليوم وأتفق مع الرأي",
    "أرى أن الأرقام تحتاج إلى مصدر",
    "Thank you for this article",
    "2024",
)
"""Comments that nobody refuses, of which one should not match."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a pack says of itself, and the clause of all its rules."""

    name: str
    clause: str
    source: str


def pack_of(read: Read, heading: Heading) -> Imported:
    """The pack, with what could not be written into it among what is left."""
    left = list(read.left)
    drafts: list[tuple[Draft, list[str], str]] = []
    rules = _compiled(read.drafts, heading)
    for draft in read.drafts:
        matching = list(_matching(rules, f"{heading.name}/{draft.id}", draft.tries))
        civil = next((each for each in CIVIL if not _matches(rules, heading, draft, each)), None)
        if not matching or civil is None:
            left += [
                Left(
                    entry.line,
                    entry.text,
                    "no example that matches could be made: write the rule by hand"
                    if not matching
                    else "it matches everything that was tried: narrow it and write it by hand",
                )
                for entry in draft.entries
            ]
        else:
            drafts.append((draft, matching, civil))
    carried = [
        Carried(entry.line, entry.text, f"{heading.name}/{draft.id}")
        for draft, _, _ in drafts
        for entry in draft.entries
    ]
    warned = [
        Left(entry.line, entry.text, "an everyday word: it will hit comments that mean no harm")
        for draft, _, _ in drafts
        for entry in draft.entries
        if entry.kind != "regex" and fold(entry.text) in everyday_words()
    ]
    text = _written(drafts, heading) if drafts else ""
    return Imported(text, tuple(carried), tuple(sorted(left, key=_line)), tuple(warned))


def _line(left: Left) -> int:
    return left.line


def _compiled(drafts: Sequence[Draft], heading: Heading) -> RuleSet:
    """The drafts as rules, with examples that stand for those that are not known yet."""
    tree = _tree([(draft, [_PLACEHOLDER], _PLACEHOLDER) for draft in drafts], heading)
    pack = Pack.model_validate(tree)
    terms = {name: declared.terms or () for name, declared in pack.lists.items()}
    file = PackFile(pack, Source(Path(f"{heading.name}.yaml"), b"", tree), terms)
    return RuleSet(compile_packs([file]), "imported")


def _matching(rules: RuleSet, name: str, tries: Sequence[str]) -> Iterator[str]:
    """Some texts of which a rule holds, spread over what was tried."""
    own = next(rule for rule in rules.rules if rule.name == name)
    texts = list(dict.fromkeys(text.strip() for text in tries))
    found = [text for text in texts if _holds(rules, own, text)]
    step = max(1, len(found) // _MOST_EXAMPLES)
    yield from found[::step][:_MOST_EXAMPLES]


def _matches(rules: RuleSet, heading: Heading, draft: Draft, text: str) -> bool:
    name = f"{heading.name}/{draft.id}"
    return any(_holds(rules, rule, text) for rule in rules.rules if rule.name == name)


def _holds(rules: RuleSet, own: Any, text: str) -> bool:
    reading = rules.read(Comment(id="example", text=text), Text(text))
    return evaluate(own, reading) is not None


def _tree(drafts: Sequence[tuple[Draft, list[str], str]], heading: Heading) -> dict[str, Any]:
    lists = {
        name: {"description": draft.description, "match": "word", "terms": list(terms)}
        for draft, _, _ in drafts
        for name, terms in draft.lists.items()
    }
    return {
        "pack": heading.name,
        "version": "1.0.0",
        "description": f"Imported from {heading.source}.",
        **({"lists": lists} if lists else {}),
        "rules": [
            {
                "id": draft.id,
                "description": draft.description,
                "clause": heading.clause,
                "severity": draft.severity,
                "when": dict(draft.when),
                "examples": {"match": matching, "no_match": [civil]},
            }
            for draft, matching, civil in drafts
        ],
    }


def _written(drafts: Sequence[tuple[Draft, list[str], str]], heading: Heading) -> str:
    tree = _commented(_tree(drafts, heading))
    tree.yaml_set_start_comment(
        f"Imported from {heading.source}. Look through the terms, and try the pack before it\n"
        "serves: moderation rules dry-run."
    )
    for at, (draft, _, _) in enumerate(drafts):
        tree["rules"].yaml_set_comment_before_after_key(at, before=draft.origin, indent=2)
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 100
    stream = io.StringIO()
    writer.dump(tree, stream)
    return stream.getvalue()


def _commented(node: Any) -> Any:
    if isinstance(node, dict):
        return CommentedMap({key: _commented(value) for key, value in node.items()})
    if isinstance(node, list):
        return CommentedSeq([_commented(value) for value in node])
    if isinstance(node, str) and not node.isprintable():
        return DoubleQuotedScalarString(node)
    return node
