"""`moderation demo`: a service full of invented comments, to look around in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api.console import passwords
from api.console.accounts import Account, Role
from api.demo.seed import seed, steps
from api.service import Service
from api.settings import Settings
from moderation.store import NotFound

FOLDER: Final = Path("demo-data")


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the demo's own store.")] = FOLDER,
) -> None:
    """Run a service with some hundred invented comments, a queue and accounts to sign in with.

    The store lies in a folder of its own, whatever REDIS_URL and MODERATION_DATA say; delete the
    folder to begin anew.

        moderation demo --port 9000
    """
    chosen = {"host": host, "port": port, "data": data}
    update = {name: value for name, value in chosen.items() if value is not None}
    settings = Settings().model_copy(update={**update, "redis_url": None, "demo": True})
    from api.cli.serving import run

    run(settings, prepare=_prepare)


async def _prepare(service: Service, address: str) -> None:
    """Accounts and comments, where they are missing, and what a newcomer needs to know of them."""
    people = {role.value: await _account(service, role) for role in Role}
    moderators = {name: account.id for name, (account, _) in people.items()}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("Comments and decisions", total=steps())
        await seed(service, moderators, lambda: progress.advance(task))
    typer.echo(f"Console  {address}/console")
    typer.echo(f"Article  {address}/demo\n")
    _tell(service.settings.data, people.values())


async def _account(service: Service, role: Role) -> tuple[Account, str | None]:
    """The account that is called like its role, and its password where it was made just now."""
    try:
        return await service.accounts.named(role.value), None
    except NotFound:
        password = passwords.generated()
        return await service.accounts.create(role.value, role, password), password


def _tell(data: Path, people: Iterable[tuple[Account, str | None]]) -> None:
    made = [(account, password) for account, password in people if password]
    if made:
        typer.echo("Sign in to the console with one of these, shown this once:\n")
        for account, password in made:
            typer.echo(f"  {account.name:<10} {password}")
        typer.echo()
    else:
        typer.echo("A new password for moderator, senior or admin:")
        typer.echo(f"  MODERATION_DATA={data} moderation accounts password NAME\n")
