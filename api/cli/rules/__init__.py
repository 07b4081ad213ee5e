"""`moderation rules`: the workshop of whoever writes rules. One module for each command."""

from __future__ import annotations

from typing import Final

import typer

from api.cli.lazy import imported

_COMMANDS: Final = {
    "check": "api.cli.rules.check:check",
    "test": "api.cli.rules.test:test",
    "explain": "api.cli.rules.explain:explain",
    "diff": "api.cli.rules.diff:diff",
    "dry-run": "api.cli.rules.dry_run:dry_run",
    "coverage": "api.cli.rules.coverage:coverage",
    "fmt": "api.cli.rules.fmt:fmt",
    "schema": "api.cli.rules.schema:schema",
    "everyday": "api.cli.rules.everyday:everyday",
    "import": "api.cli.rules.imports:import_rules",
    "breaker": "api.cli.rules.breaker:app",
    "history": "api.cli.rules.history:history",
    "publish": "api.cli.rules.publish:publish",
    "replay": "api.cli.rules.replay:replay",
    "revert": "api.cli.rules.revert:revert",
    "rollback": "api.cli.rules.rollback:rollback",
}

app = typer.Typer(
    name="rules",
    cls=imported(_COMMANDS),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)


@app.callback()
def _rules() -> None:
    """Check rule files, try them, explain, compare and publish them."""
