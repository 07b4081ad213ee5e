"""How commands fail. Exit codes: 0 ok, 1 problems found, 2 wrong use."""

from __future__ import annotations

from typing import Final, NoReturn

import typer

PROBLEMS: Final = 1


def fail(message: str, remedy: str = "") -> NoReturn:
    """Says what is wrong and what to do, and ends the command with exit code 1."""
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {message}", err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)
    raise typer.Exit(PROBLEMS)
