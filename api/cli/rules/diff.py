"""`moderation rules diff`: what sets two folders of rules apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.rules.reading import packs_in

if TYPE_CHECKING:
    from rules.difference import Difference, FieldChange, RuleDifference

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~"}
_MOST_TERMS: Final = 40


class Form(StrEnum):
    """How the difference is told."""

    TEXT = "text"
    JSON = "json"


def diff(
    old: Annotated[Path, typer.Argument(exists=True, help="Folder of packs, or one pack.")],
    new: Annotated[Path, typer.Argument(exists=True, help="The same, to compare with it.")],
    form: Annotated[Form, typer.Option("--format", help="text: for people. json.")] = Form.TEXT,
) -> None:
    """Say what sets two folders or files of rules apart: rules, lists, terms, severities, clauses.

    The order of what they say, their comments and their spelling in YAML make no difference. What
    it would change for comments, `moderation rules dry-run` says.

        moderation rules diff rules/ my-rules/
    """
    from rules.difference import difference

    found = difference(packs_in(old), packs_in(new))
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    for line in _lines(found):
        typer.echo(line)
    if not found:
        typer.echo("they say the same")


def _lines(found: Difference) -> Iterator[str]:
    yield from (f"+ pack {name}" for name in found.packs_added)
    yield from (f"- pack {name}" for name in found.packs_removed)
    for rule in found.rules:
        yield f"{_SIGNS[rule.what]} rule {rule.rule} ({rule.clause}, {rule.severity})"
        if rule.what == "changed":
            yield from _changes(rule)
            yield from _terms(rule.terms_added, rule.terms_removed)
    for each in found.lists:
        count = len(each.terms_added) + len(each.terms_removed)
        yield f"{_SIGNS[each.what]} list {each.name} ({count} terms)"
        if each.what == "changed":
            yield from map(_field, each.fields)
            yield from _terms(each.terms_added, each.terms_removed)
    yield from (f"~ frames of pack {name}" for name in found.frames)


def _changes(rule: RuleDifference) -> Iterator[str]:
    yield from map(_field, rule.fields)
    yield from (f"    {part} asks for something else" for part in rule.conditions)
    if rule.examples_added or rule.examples_removed:
        yield f"    examples: {rule.examples_added} added, {rule.examples_removed} removed"


def _field(change: FieldChange) -> str:
    return f"    {change.name}: {change.old} → {change.new}"


def _terms(added: Sequence[str], removed: Sequence[str]) -> Iterator[str]:
    for sign, terms in (("+", added), ("-", removed)):
        if terms:
            more = f" and {len(terms) - _MOST_TERMS} more" if len(terms) > _MOST_TERMS else ""
            yield f"    {sign} {'، '.join(terms[:_MOST_TERMS])}{more}"
