"""The command line, `moderation`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

_COMMANDS: Final = {
    "serve": "api.cli.serve:serve",
    "check": "api.cli.check:check",
    "rules": "api.cli.rules:app",
    "keys": "api.cli.keys:app",
    "train": "api.cli.learning:train",
    "evaluate": "api.cli.learning:evaluate",
    "store": "api.cli.store:app",
    "archive": "api.cli.store:archive",
    "scan": "api.cli.scan:scan",
    "worker": "api.cli.worker:worker",
    "webhooks": "api.cli.webhooks:app",
}
_EPILOG: Final = (
    "Exit codes: 0 ok, 1 problems were found (they are printed), 2 wrong use. "
    "Settings come from the environment: MODERATION_… and REDIS_URL, see docs/operations.md."
)


class _Commands(TyperGroup):
    """Imports a command when it is asked for: `check` does not wait for the web framework, nor
    `serve` for what training needs. (Typer keeps its click to itself: hence no types of it.)"""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        one = typer.Typer(rich_markup_mode="markdown", add_completion=False)
        one.command(cmd_name)(found)
        return get_command(one)


app = typer.Typer(
    name="moderation",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback(epilog=_EPILOG)
def _moderation() -> None:
    """Comment moderation for Arabic newsrooms.

    Start here:

    - `moderation serve` runs the service with its own store and prints how to call it;
    - `moderation check "…"` judges one comment, without a server;
    - `moderation rules check` says what is wrong with rule files, and where.
    """


def main() -> None:
    """Runs the command line."""
    app()
