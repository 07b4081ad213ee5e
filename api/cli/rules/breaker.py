"""`moderation rules breaker …`: rules that are kept from rejecting, and letting them act again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from api.cli.connected import connected
from api.settings import Settings
from api.storing import Opened
from moderation.store.breaker import Tripped

app = typer.Typer(
    help="Rules that are new and hit too much: they may flag, and reject no more.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)


@app.command("list")
def list_tripped() -> None:
    """List the rules whose breaker tripped, one a line: rule, time, hits of so many comments.

    A rule trips in the first day after its content changed, by more than 2 hits that are more than
    5 % of the comments since; `breaker` in the policy sets other limits. It rejects again when it
    is changed, or by `reset`.

        moderation rules breaker list
    """

    async def work(opened: Opened) -> Mapping[str, Tripped]:
        return await opened.store.breaker.tripped_now()

    tripped = connected(Settings(), work)
    for rule, state in sorted(tripped.items()):
        at = state.at.isoformat(timespec="seconds")
        typer.echo(f"{rule}\t{at}\t{state.hits} of {state.comments} comments")
    if not tripped:
        typer.echo("no rule is kept from rejecting", err=True)


@app.command()
def reset(
    rule: Annotated[str, typer.Argument(help="The rule, `pack/rule`.")],
) -> None:
    """Let a rule reject again. Its present content is trusted from now on.

    A running service follows within two seconds.

        moderation rules breaker reset person_insult/animal-beside-you
    """

    async def work(opened: Opened) -> None:
        await opened.store.breaker.reset(rule)

    connected(Settings(), work)
    typer.echo(f"{rule} rejects again")
