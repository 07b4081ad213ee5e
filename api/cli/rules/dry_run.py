"""`moderation rules dry-run`: what other rules would change."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from rich.console import Console

from api.cli.failure import PROBLEMS, fail
from api.cli.sources import sources

if TYPE_CHECKING:
    from api.dry_run import Case, DryRun
    from api.dry_run.case import Unreadable
    from api.settings import Settings
    from moderation.engine import Engine

_WIDE: Final = 120
"""Columns where the output is no terminal."""


class Form(StrEnum):
    """How the result is told."""

    TEXT = "text"
    JSON = "json"


def dry_run(
    new: Annotated[Path, typer.Argument(help="Folder of the rule packs to try.")],
    old: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the packs to compare with.", show_default="what the site serves"
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file.", show_default="what the site serves")
    ] = None,
    new_policy: Annotated[
        Path | None, typer.Option(help="Policy to try with the new packs.", show_default="the same")
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Recorded comments to judge.",
            show_default="10000 where no file is given, else none",
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="File of comments (JSON Lines, CSV, Parquet, text; .gz too); may repeat.",
        ),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model bundle.")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Judge by rules alone.")] = False,
    samples: Annotated[int, typer.Option(min=0, help="Comments to show of each kind.")] = 10,
    form: Annotated[Form, typer.Option("--format", help="text for people, json for programs.")] = (
        Form.TEXT
    ),
    fail_on_rejects: Annotated[
        int | None,
        typer.Option(min=0, help="Exit with 1 where more comments than this are newly rejected."),
    ] = None,
) -> None:
    """Show what other rules would change, before they are published. Nothing is written.

    The comments recorded last are judged by both sets, beside a running service or without one:

        moderation rules dry-run my-rules/

    A file needs no store; fields are those of `moderation check --format jsonl`:

        moderation rules dry-run my-rules/ --old rules/ --file comments.jsonl

    Comments that are probably caught wrongly come first, then those that are nearly caught. Where
    moderators decided, it is shown whether the new set agrees with them. In a pipeline:

        moderation rules dry-run my-rules/ --file comments.jsonl --format json --fail-on-rejects 20
    """
    from api.dry_run import dry_run as run
    from api.scan.progress import Meter
    from api.settings import Settings
    from api.wiring import settle

    settings = Settings()
    before, after = _engines(settings, old, new, policy, new_policy, model, no_model=no_model)
    cases, unreadable = _cases(settings, file or (), last)
    settle()
    console = Console(stderr=True)
    with Meter(console, len(cases), 0) as meter:
        judged = 0

        def tell(done: int, _: int) -> None:
            nonlocal judged
            meter.advance(done - judged, done)
            judged = done

        found = run(before, after, cases, samples=samples, progress=tell)
    _tell(found, unreadable, form)
    if fail_on_rejects is not None and found.newly.reject > fail_on_rejects:
        typer.echo(
            f"{found.newly.reject} comments are newly rejected, more than {fail_on_rejects}",
            err=True,
        )
        raise typer.Exit(PROBLEMS)


def _engines(
    settings: Settings,
    old: Path | None,
    new: Path,
    policy: Path | None,
    new_policy: Path | None,
    model: Path | None,
    *,
    no_model: bool,
) -> tuple[Engine, Engine]:
    from api.wiring import equip, load_classifier
    from rules.errors import RulesError

    classifier = None
    expected = settings.classifier and not no_model
    if expected:
        loaded = load_classifier(model or settings.served_model)
        classifier = loaded.classifier
        if loaded.problem:
            fail(f"the model cannot be used: {loaded.problem}", "--no-model judges by rules alone")
    read = sources(settings, old, policy)
    try:
        before = equip(read.packs, read.policy, classifier, expects_classifier=expected)
        after = equip(new, new_policy or read.policy, classifier, expects_classifier=expected)
    except RulesError as error:
        fail(str(error), "`moderation rules check` explains rule files")
    return before.engine, after.engine


def _cases(
    settings: Settings, files: Sequence[Path], last: int | None
) -> tuple[list[Case], list[Unreadable]]:
    from api.cli.connected import connected
    from api.dry_run import read_file, read_store
    from api.dry_run.case import Unreadable
    from api.scan.form import ScanError

    number = last if last is not None else 0 if files else 10_000
    cases: list[Case] = []
    unreadable: list[Unreadable] = []
    if number:
        cases.extend(connected(settings, lambda opened: read_store(opened.store, number)))
    try:
        for path in files:
            for found in read_file(path):
                if isinstance(found, Unreadable):
                    unreadable.append(found)
                else:
                    cases.append(found)
    except (ScanError, OSError) as error:
        fail(str(error))
    if not cases:
        _nothing(files)
    return cases, unreadable


def _nothing(files: Sequence[Path]) -> NoReturn:
    if files:
        fail("there is no comment in the file", "`moderation check --help` shows the form of lines")
    fail("no comment is recorded yet", "give a file of comments: --file comments.jsonl")


def _tell(found: DryRun, unreadable: Sequence[Unreadable], form: Form) -> None:
    from api.cli.rules.dry_run_shown import show

    if form is Form.JSON:
        told = {
            **found.dump(),
            "unreadable": [
                {"file": str(each.path), "line": each.line, "message": each.message}
                for each in unreadable
            ],
        }
        # A lone surrogate leaves as the escape that JSON has for it.
        line = json.dumps(told, ensure_ascii=False) + "\n"
        sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
        return
    console = Console(highlight=False)
    show(found, console if console.is_terminal else Console(highlight=False, width=_WIDE))
    for each in unreadable:
        typer.echo(f"{each.path}:{each.line}: {each.message}", err=True)
