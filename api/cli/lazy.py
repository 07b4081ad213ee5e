"""Commands that are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from api.misset import Misset


def imported(commands: Mapping[str, str]) -> type[TyperGroup]:
    """A group of commands, given as `module:name` each, of a function or a Typer application.

    One command does not wait for what another needs. (Typer keeps its click to itself: hence no
    types of it.)
    """

    class Commands(TyperGroup):
        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except Misset as error:
                raise typer.BadParameter(error.message, ctx, param_hint=error.variable) from None

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
            return list(commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            if cmd_name not in commands:
                return None
            module, _, name = commands[cmd_name].partition(":")
            found = getattr(import_module(module), name)
            if isinstance(found, typer.Typer):
                group = get_command(found)
                group.name = cmd_name
                return group
            one = typer.Typer(rich_markup_mode="markdown", add_completion=False)
            one.command(cmd_name)(found)
            return get_command(one)

    return Commands
