"""`moderation rules fmt`: bring rule files into their canonical form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import PROBLEMS, fail
from api.cli.sources import OWN_PACKS, sources


def fmt(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help=f"Packs, or folders of them; default: {OWN_PACKS}."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 where a file would change.")
    ] = False,
) -> None:
    """Bring rule files into one form: order of keys, quotes, indentation, length of lines.

    Comments stay, and so does what the rules mean: what is broken, or cannot be
    kept the same, is told and left as it is; the others are formatted, and the exit code is 1.

        moderation rules fmt my-rules/
    """
    from api.settings import Settings
    from rules.errors import RulesError
    from rules.format import format_file

    changed = broken = 0
    for path in _files(paths or [sources(Settings()).packs]):
        try:
            if format_file(path, write=not check):
                changed += 1
                typer.echo(f"{path} {'would change' if check else 'is formatted'}")
        except RulesError as error:
            broken += 1
            typer.echo(str(error), err=True)
        except OSError as error:
            broken += 1
            typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
    if broken or (check and changed):
        raise typer.Exit(PROBLEMS)


def _files(paths: list[Path]) -> list[Path]:
    from rules.load import pack_paths

    files = [file for path in paths for file in (pack_paths(path) if path.is_dir() else [path])]
    if not files:
        fail("there is no rule pack there", "name *.yaml files, or folders that hold some")
    return files
