"""`moderation rules fmt`: bring rule files into their canonical form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import PROBLEMS, fail


def fmt(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Packs, or folders of them; default MODERATION_RULES."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 where a file would change.")
    ] = False,
) -> None:
    """Bring rule files into one form: order of keys, quotes, indentation, length of lines.

    Comments stay, and so does what the rules mean: a file that cannot be kept the same is refused.

        moderation rules fmt my-rules/
    """
    from api.settings import Settings
    from rules.errors import RulesError
    from rules.format import format_file

    changed = 0
    for path in _files(paths or [Settings().rules]):
        try:
            if format_file(path, write=not check):
                changed += 1
                typer.echo(f"{path} {'would change' if check else 'is formatted'}")
        except RulesError as error:
            fail(str(error))
    if check and changed:
        raise typer.Exit(PROBLEMS)


def _files(paths: list[Path]) -> list[Path]:
    files = [
        file
        for path in paths
        for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    ]
    if not files:
        fail("there is no rule pack there", "name *.yaml files, or folders that hold some")
    return files
