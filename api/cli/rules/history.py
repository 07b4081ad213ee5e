"""`moderation rules history`: who published what, when and why."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.rules.rulebook import line, with_rulebook
from api.rulebook.rulebook import Rulebook
from api.settings import Settings
from api.storing import Opened


def history(
    diff: Annotated[bool, typer.Option("--diff", help="Show what each version changed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many lines.")] = 20,
) -> None:
    """List the published versions, the newest first; `*` is the one that serves.

    `set aside` are files that somebody changed on disk while another version was published: they
    are kept, and `moderation rules rollback` serves them.

        moderation rules history --diff --limit 3
    """

    async def work(_: Opened, rulebook: Rulebook) -> None:
        current = await rulebook.current()
        for each in await rulebook.history(limit=limit):
            serves = current is not None and each.number == current.number
            typer.echo(f"{'*' if serves else ' '} {line(each)}")
            if diff and each.parent:
                for text in (await rulebook.difference(each.parent, each.version)).values():
                    typer.echo(text)
        if current is None:
            typer.echo("nothing was published yet: the first start of the service does", err=True)

    with_rulebook(Settings(), work)
