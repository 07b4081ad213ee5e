"""`moderation rules coverage`: which rules match in a set of comments, and which never do."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from api.cli.failure import fail
from api.cli.rules.reading import comments_in, packs_in, rules_of
from api.cli.sources import OWN_PACKS, sources

if TYPE_CHECKING:
    from rules.coverage import Coverage

_WIDE: Final = 120
"""Columns where the output is no terminal."""
_ROOMY: Final = 100
"""Columns from which a terminal has room for clause and severity of a rule."""
_MOST_BARS: Final = 60


class Form(StrEnum):
    """How the counts are told."""

    TEXT = "text"
    JSON = "json"


def coverage(
    comments: Annotated[
        Path,
        typer.Argument(
            exists=True, help='JSON Lines file (.gz too) of {"text": …}, or a folder of them.'
        ),
    ],
    rules: Annotated[
        Path | None, typer.Option(help=f"Folder of rule packs; default: {OWN_PACKS}.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="text: for people. json.")] = Form.TEXT,
    plot: Annotated[
        Path | None, typer.Option(help="PNG file to write: matches by rule, as bars.")
    ] = None,
) -> None:
    """Count which rules match in a set of comments, how often, and which never do.

    A rule that never matches is dead or waits for rarer comments; one that matches too often is
    worth a dry run. `alone` counts comments in which no other rule of the clause matched.

        moderation rules coverage comments.jsonl --plot coverage.png
    """
    from api.settings import Settings
    from rules.coverage import coverage as counted

    ruleset = rules_of(packs_in(sources(Settings(), rules).packs))
    judged = list(comments_in(comments))
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(judged))
        found = counted(ruleset, judged, lambda: progress.advance(task))
    if plot is not None:
        try:
            plot.write_bytes(_picture(found))
        except OSError as error:
            fail(f"{plot} cannot be written: {error.strerror}", "name a file in a folder that is")
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _show(found)


def _show(found: Coverage) -> None:
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=_WIDE)
    told = ("clause", "severity") if console.width >= _ROOMY else ()
    table = Table(box=None)
    table.add_column("rule", overflow="fold")
    for name in told:
        table.add_column(name, no_wrap=True)
    for name in ("matches", "share", "mentions", "alone"):
        table.add_column(name, justify="right", no_wrap=True)
    for rule in found.rules:
        if rule.matches:
            share = f"{rule.matches / found.comments:.2%}"
            counts = (str(rule.matches), share, str(rule.mentions), str(rule.alone))
            table.add_row(rule.rule, *(getattr(rule, name) for name in told), *counts)
    console.print(table)
    console.print(f"{found.comments} comments, {found.matched} with a match of any rule")
    if found.never:
        console.print(f"{len(found.never)} rules never match:")
    for rule in found.never:
        console.print(f"  {rule.rule} ({rule.severity})")


def _picture(found: Coverage) -> bytes:
    """Matches by rule, the commonest first, mentions set apart."""
    import io

    from matplotlib.figure import Figure

    rules = [rule for rule in found.rules if rule.matches][:_MOST_BARS]
    figure = Figure(figsize=(9, 1.5 + 0.22 * len(rules)), layout="constrained")
    axes = figure.subplots()
    names = [rule.rule for rule in rules]
    used = [rule.matches - rule.mentions for rule in rules]
    axes.barh(names, used, color="#3b7dd8", label="use")
    axes.barh(names, [rule.mentions for rule in rules], left=used, color="#c9a227", label="mention")
    axes.invert_yaxis()
    axes.set_title(f"Matches by rule in {found.comments} comments")
    axes.set_xlabel("comments")
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
