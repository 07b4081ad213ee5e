"""`moderation keys`: make, list and revoke API keys, while the service runs or not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.cli.connected import connected
from api.cli.failure import fail
from api.keys import Key, Role
from api.origins import origin_of
from api.settings import Settings
from api.storing import Opened

app = typer.Typer(
    help="Make, list and revoke API keys.", no_args_is_help=True, add_completion=False
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as people will read it.")],
    role: Annotated[
        list[Role] | None,
        typer.Option(
            help="May repeat. submit: send comments. review: work the queue; one key for each "
            "moderator. rules: try texts, read, publish and roll back rules. admin: everything."
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="May repeat. Makes a browser key, which may stand in pages of this origin and "
            "submits only.",
        ),
    ] = None,
) -> None:
    """Make a key and print it. It is stored hashed and cannot be shown again.

    moderation keys create --role submit "comment form"

    moderation keys create --role review "moderator 1"

    moderation keys create --origin https://site.example "comment form in the page"
    """
    try:
        origins = [origin_of(address) for address in origin or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--origin") from None
    roles = set(role or ([Role.SUBMIT] if origins else []))
    if not roles:
        raise typer.BadParameter("give a role, or an origin for a browser key", param_hint="--role")
    if origins and roles != {Role.SUBMIT}:
        raise typer.BadParameter("a browser key may only submit", param_hint="--role")

    async def work(opened: Opened) -> tuple[Key, str]:
        return await opened.keys.create(name, roles, origins)

    key, secret = connected(Settings(), work)
    typer.echo(f"{key.id}: {', '.join(sorted(key.roles))}", err=True)
    typer.echo(secret)


@app.command("list")
def list_keys() -> None:
    """List the keys: id, roles, origins, name, time of making."""

    async def work(opened: Opened) -> list[Key]:
        return await opened.keys.all()

    table = Table("id", "roles", "origins", "name", "made", box=None)
    for key in connected(Settings(), work):
        table.add_row(
            key.id,
            ", ".join(sorted(key.roles)),
            ", ".join(sorted(key.origins)),
            key.name,
            f"{key.created:%Y-%m-%d %H:%M} UTC",
        )
    Console().print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
) -> None:
    """Revoke a key. It stops working within two seconds.

    moderation keys revoke k7f3m2q9xw
    """

    async def work(opened: Opened) -> bool:
        return await opened.keys.revoke(key_id)

    if not connected(Settings(), work):
        fail(f"there is no key {key_id!r}", "`moderation keys list` shows all")
    typer.echo(f"{key_id} is revoked")
