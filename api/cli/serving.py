"""A service in the foreground: its socket, its greeting, its end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import typer
import uvicorn

from api import logs
from api.app import create_app
from api.cli.failure import fail
from api.keys import Role
from api.service import Service, running
from api.settings import Settings
from moderation.store import StoreError, StoreUnavailable
from rules.errors import RulesError

_COMMENT: Final = (
    '{"id": "comment-1", "text": "تحقيق جيد، لكن أين مصادر الكاتب؟", '
    '"article": {"title": "الأمن يفكك خلية جهادية", "authors": ["سليم الخطيب"]}}'
)


Prepare = Callable[[Service, str], Awaitable[None]]
"""What is done with a service and its address before it serves."""


def run(settings: Settings, prepare: Prepare | None = None) -> None:
    """Serves until the process is told to end. Fails the command where it cannot begin."""
    logs.configure()
    listening = _listen(settings.host, settings.port)
    # The server hands a signal on when it has closed; raised so, it unwinds to here, and the store
    # is stopped in order on the way.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _end)
    try:
        asyncio.run(_run(settings, listening, prepare))
    except RulesError as error:
        fail(f"rules or policy are broken:\n{error}", "repair the places named, and start again")
    except (StoreError, ValueError) as error:
        fail(
            f"the store cannot be used: {error}",
            "MODERATION_DATA or --data names the folder of the embedded store, REDIS_URL another "
            "server",
        )


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


async def _run(settings: Settings, listening: socket.socket, prepare: Prepare | None) -> None:
    async with running(settings) as service:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(service),
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
            )
        )
        address = f"http://{_authority(listening, settings.host)}"
        if prepare is not None:
            await prepare(service, address)
        await _greet(service, address)
        await server.serve(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that connections send small answers at once: asyncio asks for that only then,
    # and an answer would wait 40 ms for the client's acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        fail(
            f"cannot listen on {host}:{port}: {error.strerror}",
            "end what listens there, or choose another with --port or MODERATION_PORT",
        )
    listening.listen(2048)
    return listening


def _authority(listening: socket.socket, host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    port = listening.getsockname()[1]
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


async def _greet(service: Service, address: str) -> None:
    settings = service.settings
    typer.echo(f"Comment moderation on {address}")
    typer.echo(f"  console     {address}/console")
    typer.echo(f"  interface   {address}/docs")
    typer.echo(f"  health      {address}/readyz")
    homes = service.syncing.homes
    typer.echo(f"  rules       {homes.packs} and {homes.policy}, published on change")
    typer.echo(f"  store       {'REDIS_URL' if settings.redis_url else settings.data.resolve()}")
    key = await _first_key(service)
    if key:
        typer.echo(f"\nYour first API key (admin), shown this once: {key}")
    else:
        typer.echo("\nMore API keys: moderation keys create --role submit my-site")
    if await _nobody_may_sign_in(service):
        typer.echo("\nFirst account of the console: moderation accounts create NAME --role admin")
    typer.echo("\nTry it:\n")
    typer.echo(
        f"curl {address}/v1/comments -H 'Authorization: Bearer {key or 'YOUR-KEY'}' "
        f"-H 'Content-Type: application/json' -d '{_COMMENT}'\n"
    )


async def _first_key(service: Service) -> str | None:
    try:
        if await service.keys.all():
            return None
        _, secret = await service.keys.create("first", [Role.ADMIN])
    except StoreUnavailable as error:
        typer.echo(f"The store is not there yet: {error}", err=True)
        return None
    return secret


async def _nobody_may_sign_in(service: Service) -> bool:
    try:
        return not await service.accounts.all()
    except StoreUnavailable:
        return False
