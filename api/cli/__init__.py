"""The command line, `moderation`."""

from __future__ import annotations

from typing import Final

import typer

from api.cli.lazy import imported

_COMMANDS: Final = {
    "serve": "api.cli.serve:serve",
    "demo": "api.cli.demo:demo",
    "check": "api.cli.check:check",
    "rules": "api.cli.rules:app",
    "keys": "api.cli.keys:app",
    "accounts": "api.cli.accounts:app",
    "train": "api.cli.learning:train",
    "evaluate": "api.cli.learning:evaluate",
    "models": "api.cli.models:app",
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


app = typer.Typer(
    name="moderation",
    cls=imported(_COMMANDS),
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
