"""`moderation webhooks`: who is told of decisions, and what could not be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from api.cli.connected import connected
from api.cli.failure import fail
from api.settings import Settings
from api.storing import Opened
from api.webhooks import Delivery, Endpoint, EventType, Totals, Webhooks
from moderation.store import NotFound

app = typer.Typer(
    help="Tell other systems of decisions, by signed messages.",
    no_args_is_help=True,
    add_completion=False,
)

Result = TypeVar("Result")
EndpointId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="https://… of the receiver.")],
    event: Annotated[
        list[EventType] | None, typer.Option(help="May repeat; without it, every event is told.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(help="`whsec_…` of your own; without it, one is made.")
    ] = None,
    include_text: Annotated[
        bool, typer.Option("--include-text", help="Send the comments' texts too.")
    ] = False,
) -> None:
    """Register an endpoint and print its signing secret, this once.

    moderation webhooks create https://cms.example/hooks/moderation

    moderation webhooks create https://cms.example/verdicts --event comment.resolved
    """

    async def work(webhooks: Webhooks) -> Endpoint | str:
        try:
            return await webhooks.create(
                url, event or EventType, secret=secret, include_text=include_text
            )
        except ValueError as error:
            return str(error)

    made = _with_webhooks(work)
    if isinstance(made, str):
        fail(made, "docs/webhooks.md says what an endpoint may be")
    typer.echo(f"{made.id}: {', '.join(sorted(made.events))}", err=True)
    typer.echo(made.secrets[0])


@app.command("list")
def list_endpoints() -> None:
    """List the endpoints with what is pending, dead and delivered."""

    async def work(webhooks: Webhooks) -> list[tuple[Endpoint, Totals]]:
        return [(each, await webhooks.outbox(each.id).totals()) for each in await webhooks.all()]

    for endpoint, totals in _with_webhooks(work):
        typer.echo(f"{endpoint.id}  {endpoint.url}")
        typer.echo(f"    {', '.join(sorted(endpoint.events))}")
        typer.echo(
            f"    {totals.pending} pending, {totals.dead} dead, {totals.delivered} delivered; "
            f"{endpoint.disabled or 'enabled'}"
        )


@app.command()
def delete(endpoint: EndpointId) -> None:
    """Forget an endpoint and what was still to be told to it."""
    _with_webhooks(lambda webhooks: webhooks.delete(endpoint))
    typer.echo(f"{endpoint} is forgotten")


@app.command()
def enable(endpoint: EndpointId) -> None:
    """Go on telling an endpoint, from where it was disabled."""
    _with_webhooks(lambda webhooks: webhooks.enable(endpoint))
    typer.echo(f"{endpoint} is enabled")


@app.command()
def disable(endpoint: EndpointId) -> None:
    """Tell an endpoint nothing for now; what happens meanwhile is told later."""
    _with_webhooks(lambda webhooks: webhooks.disable(endpoint, "disabled by an admin"))
    typer.echo(f"{endpoint} is disabled")


@app.command()
def roll(endpoint: EndpointId) -> None:
    """Make a new signing secret and print it; the former one signs too, until the next roll."""
    rolled = _with_webhooks(lambda webhooks: webhooks.roll(endpoint))
    typer.echo(rolled.secrets[0])


@app.command()
def dead(
    endpoint: EndpointId,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
) -> None:
    """List what was given up after the last attempt, and why."""

    async def work(webhooks: Webhooks) -> list[Delivery]:
        await webhooks.get(endpoint)
        return await webhooks.outbox(endpoint).dead(limit=limit)

    for delivery in _with_webhooks(work):
        typer.echo(f"entry {delivery.number}: {delivery.attempts} attempts; {delivery.problem}")


@app.command()
def replay(
    endpoint: EndpointId,
    first: Annotated[
        int | None, typer.Option("--from", min=1, help="Entry of the audit trail; alone, just it.")
    ] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, help="Last entry of a range.")] = None,
    all_dead: Annotated[bool, typer.Option("--dead", help="Everything that was given up.")] = False,
) -> None:
    """Tell again: one entry of the audit trail, a range, or everything that was given up.

    moderation webhooks replay wh0123456789 --from 120 --to 180

    moderation webhooks replay wh0123456789 --dead
    """
    if all_dead == (first is not None) or (last is not None and first is None):
        raise typer.BadParameter("say --from ENTRY, --from ENTRY --to ENTRY, or --dead")

    async def work(webhooks: Webhooks) -> int:
        if first is None:
            return await webhooks.replay_dead(endpoint)
        return await webhooks.replay(endpoint, first, last or first)

    typer.echo(f"{_with_webhooks(work)} messages are told again")


def _with_webhooks(work: Callable[[Webhooks], Awaitable[Result]]) -> Result:
    async def run(opened: Opened) -> Result | NotFound:
        try:
            return await work(opened.webhooks)
        except NotFound as error:
            return error

    found = connected(Settings(), run)
    if isinstance(found, NotFound):
        fail(str(found), "`moderation webhooks list` shows all")
    return found
