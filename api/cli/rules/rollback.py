"""`moderation rules rollback`: make an old version current again."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.rules.rulebook import By, Why, line, user, with_rulebook
from api.rulebook.rulebook import Rulebook
from api.rulebook.versions import Published
from api.settings import Settings
from api.storing import Opened


def rollback(
    version: Annotated[str, typer.Argument(help="The version, or its beginning.")],
    why: Why,
    by: By = "",
) -> None:
    """Serve an old version again, everywhere, within two seconds.

    The history gets a line of its own for it; nothing is forgotten. `moderation rules history`
    lists the versions. What was decided meanwhile stays: `moderation rules revert` undoes that.

        moderation rules rollback 3fa4b2c1d0e9 --why "it refused harmless comments"
    """

    async def work(_: Opened, rulebook: Rulebook) -> Published:
        return await rulebook.rollback(version, by=by or user(), why=why)

    typer.echo(line(with_rulebook(Settings(), work)))
