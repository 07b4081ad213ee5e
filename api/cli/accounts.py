"""`moderation accounts`: who may sign in to the console, while the service runs or not."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from api.cli.connected import connected
from api.cli.failure import fail
from api.console import passwords
from api.console.accounts import Account, LastAdminError, NameRefusedError, Role
from api.console.passwords import PasswordRefusedError
from api.settings import Settings
from api.storing import Opened
from moderation.store import NotFound

app = typer.Typer(
    help="Make, list and change accounts of the console.",
    no_args_is_help=True,
    add_completion=False,
)

Result = TypeVar("Result")

_REMEDIES: Final[dict[type[Exception], str]] = {
    NameRefusedError: "choose another name",
    PasswordRefusedError: "choose another password, or give none to have one made",
    LastAdminError: "`moderation accounts role NAME admin` makes one",
    NotFound: "`moderation accounts list` shows all",
}

Name = Annotated[str, typer.Argument(help="What the person signs in with.")]
Prompted = Annotated[bool, typer.Option("--prompt", help="Ask for the password.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


@app.command()
def create(
    name: Name,
    role: Annotated[
        Role,
        typer.Option(
            help="moderator: works the queue. senior: also rules and models. admin: everything."
        ),
    ] = Role.MODERATOR,
    prompt: Prompted = False,
    password_stdin: FromInput = False,
) -> None:
    """Make an account.

    Without a password given, one is made and printed, this once; its person must change it at the
    first sign-in.

    moderation accounts create souad --role admin

    moderation accounts create karim --password-stdin < password.txt
    """
    password, temporary = _password(prompt, password_stdin)

    async def work(opened: Opened) -> Account:
        return await opened.accounts.create(name, role, password, temporary=temporary)

    made = _done(work)
    typer.echo(f"{made.name}: {made.role}, known as {made.id}", err=True)
    if temporary:
        typer.echo(password)


@app.command("list")
def list_accounts() -> None:
    """List the accounts: name, id, role, state, time of making."""

    async def work(opened: Opened) -> list[Account]:
        return await opened.accounts.all()

    table = Table("name", "id", "role", "state", "made", box=None)
    for account in connected(Settings(), work):
        table.add_row(
            account.name,
            account.id,
            account.role,
            "disabled" if account.disabled else "enabled",
            f"{account.created:%Y-%m-%d %H:%M} UTC",
        )
    Console().print(table)


@app.command()
def role(
    name: Name, role: Annotated[Role, typer.Argument(help="moderator, senior or admin.")]
) -> None:
    """Give an account another role, from its next request on.

    moderation accounts role souad senior
    """

    async def work(opened: Opened) -> Account:
        return await opened.accounts.set_role((await opened.accounts.named(name)).id, role)

    typer.echo(f"{_done(work).name} is {role}")


@app.command()
def disable(name: Name) -> None:
    """Shut an account out and end its sessions. Its decisions stay.

    moderation accounts disable karim
    """

    async def work(opened: Opened) -> Account:
        changed = await opened.accounts.disable((await opened.accounts.named(name)).id)
        await opened.sessions.end_all(changed.id)
        return changed

    typer.echo(f"{_done(work).name} is disabled")


@app.command()
def enable(name: Name) -> None:
    """Let a disabled account in again.

    moderation accounts enable karim
    """

    async def work(opened: Opened) -> Account:
        return await opened.accounts.enable((await opened.accounts.named(name)).id)

    typer.echo(f"{_done(work).name} is enabled")


@app.command()
def password(name: Name, prompt: Prompted = False, password_stdin: FromInput = False) -> None:
    """Give an account a new password and end its sessions.

    moderation accounts password souad --prompt
    """
    chosen, temporary = _password(prompt, password_stdin)

    async def work(opened: Opened) -> Account:
        account = await opened.accounts.named(name)
        changed = await opened.accounts.set_password(account.id, chosen, temporary=temporary)
        await opened.sessions.end_all(changed.id)
        return changed

    typer.echo(f"{_done(work).name} has a new password", err=True)
    if temporary:
        typer.echo(chosen)


def _password(prompt: bool, from_input: bool) -> tuple[str, bool]:
    """The password, and whether somebody else than its person chose it."""
    if from_input:
        return sys.stdin.readline().rstrip("\r\n"), False
    if prompt:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return str(given), False
    return passwords.generated(), True


def _done(work: Callable[[Opened], Awaitable[Result]]) -> Result:
    async def tried(opened: Opened) -> Result | Exception:
        try:
            return await work(opened)
        except tuple(_REMEDIES) as error:
            return error

    result = connected(Settings(), tried)
    if isinstance(result, Exception):
        fail(str(result), _REMEDIES[type(result)])
    return result
