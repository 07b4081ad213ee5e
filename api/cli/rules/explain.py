"""`moderation rules explain`: why each rule did or did not match a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text as Styled
from rich.tree import Tree

from api.cli.failure import fail
from api.cli.printable import printable
from api.cli.rules.reading import packs_in, rules_of
from api.cli.sources import OWN_PACKS, OWN_POLICY, sources

if TYPE_CHECKING:
    from rules.explain import Explanation, NearMiss, RuleExplanation, ShownView
    from rules.steps import Found, Step

_WIDE: Final = 120
"""Columns where the output is no terminal."""
_COLOURS: Final = {"match": "bold red", "mention": "yellow", "cancelled": "cyan"}


class Form(StrEnum):
    """How the explanation is told."""

    TEXT = "text"
    JSON = "json"


def explain(
    comment: Annotated[str, typer.Argument(help="The comment, as it was written.")],
    rule: Annotated[
        str | None,
        typer.Option(help="Only this rule, whether it matches or not: `pack/rule` or its name."),
    ] = None,
    article_title: Annotated[str, typer.Option(help="Title of the article.")] = "",
    author: Annotated[
        list[str] | None, typer.Option(help="Author of the article; may repeat.")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Person whom the article names; may repeat.")
    ] = None,
    section: Annotated[str | None, typer.Option(help="Section of the article.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tag of the article; may repeat.")] = None,
    parent: Annotated[str | None, typer.Option(help="The comment that this one answers.")] = None,
    commenter: Annotated[str | None, typer.Option(help="Id of the commenter.")] = None,
    newcomer: Annotated[
        bool | None,
        typer.Option(
            "--newcomer/--known",
            help="Whether it is one of the commenter's first comments.",
            show_default="not known",
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="How often the same text came within a day, this one included."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help=f"Folder of rule packs; default: {OWN_PACKS}.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help=f"Policy file; default: {OWN_POLICY}.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="text: for people. json.")] = Form.TEXT,
) -> None:
    """Say why each rule did or did not match a comment, step by step.

    Without `--rule`: the views of the text, the rules that match, and those that nearly do, which
    answers "why was this not caught?":

        moderation rules explain "يا ك.ل.ب"

    With `--rule`: each of its conditions, held or not, and the nearest that the comment has: a term
    in another view, inside another word or a letter away, or a frame that cancels the match:

        moderation rules explain "الكلب حيوان وفي" --rule called-strong

    The classifier is not asked: `moderation check` judges with it.
    """
    from api.settings import Settings
    from moderation.comment import Article, Comment
    from rules.errors import RulesError
    from rules.explain import UnknownRuleError
    from rules.explain import explain as explained
    from rules.load import load_policy

    article = None
    if article_title or author or person or section or tag:
        article = Article(
            article_title,
            tuple(author or ()),
            section=section,
            tags=tuple(tag or ()),
            people=tuple(person or ()),
        )
    judged = Comment(
        "1", comment, article, commenter, parent=parent, newcomer=newcomer, repeats=repeats
    )
    read = sources(Settings(), rules, policy)
    try:
        terms = load_policy(read.policy)
        ruleset = rules_of(packs_in(read.packs))
        explanation = explained(ruleset, judged, terms, rule=rule)
    except (RulesError, UnknownRuleError) as error:
        fail(str(error))
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(explanation), ensure_ascii=False, indent=2))
    else:
        width = None if Console().is_terminal else _WIDE
        _show(Console(highlight=False, width=width), explanation)


def _show(console: Console, explanation: Explanation) -> None:
    action = explanation.action.value if explanation.action is not None else ""
    console.print(Styled(f"{action}  {printable(explanation.text)}", style="bold"))
    for view in explanation.views:
        if view.text:
            console.print(_view(view))
    for rule in explanation.rules:
        console.print(_rule(rule))
    if not explanation.rules:
        console.print(Styled("no rule matches", style="bold"))
    if explanation.near_misses:
        console.print(Styled("near misses, the nearest first", style="bold"))
    for miss in explanation.near_misses:
        console.print(_near_miss(miss))


def _view(view: ShownView) -> Styled:
    line = Styled(f"  {view.name:<12}{printable(view.text)}", style="dim")
    for difference in view.differences:
        written, read = printable(difference.written), printable(difference.read)
        line.append(f"\n{'':14}«{written}» reads {read}")
    return line


def _rule(rule: RuleExplanation) -> Tree:
    head = Styled(f"{rule.rule}  ", style="bold")
    head.append(rule.outcome, _COLOURS.get(rule.outcome, "dim"))
    shadow = ", in shadow" if rule.shadow else ""
    head.append(f"  {rule.clause}, {rule.severity}{shadow}: {rule.description}", "not bold")
    tree = Tree(head)
    _grow(tree, rule.when)
    for framed in rule.frames:
        does = "is cancelled" if framed.kind == "unless" else "is a mention"
        words = f": {_quoted(framed.words)}" if framed.words else ""
        tree.add(Styled(f"{_quoted(framed.occurrence)} {does} by {framed.frame}{words}", "cyan"))
    return tree


def _grow(tree: Tree, step: Step) -> None:
    line = Styled("✓ " if step.held else "✗ ", style="green" if step.held else "red")
    line.append(printable(step.asks), "default")
    if step.found:
        line.append(f"  {_quoted(step.found)}", "bold default")
    if step.reason:
        line.append(f"  {printable(step.reason)}", "dim")
    branch = tree.add(line)
    for near in step.near:
        branch.add(Styled(f"nearly: {printable(str(near))}", style="yellow"))
    for inner in step.steps:
        _grow(branch, inner)


def _near_miss(miss: NearMiss) -> Styled:
    line = Styled(f"  {miss.closeness:.2f} {miss.explanation.rule}")
    return line.append(f"  {printable(miss.because)}", "dim")


def _quoted(found: Iterable[Found]) -> str:
    return "، ".join(
        f"«{printable(each.written)}»" + (f" ({each.view})" if each.view else "") for each in found
    )
