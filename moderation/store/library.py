"""The server-side functions: loaded under a name of their own content, and called.

Two versions of the service may run side by side on one store, each with its own functions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from redis import exceptions

from moderation.store.connection import Client
from moderation.store.encoding import to_bytes, to_milliseconds
from moderation.store.errors import StoreUnavailable

Clock = Callable[[], datetime]

_PARTS = (
    "sha256",
    "audit",
    "standing",
    "review",
    "items",
    "queue",
    "resolving",
    "record",
    "appeals",
    "pages",
    "retention",
    "rulebook",
    "sightings",
    "breaker",
    "champion",
    "statistics",
    "register",
)
_UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.ReadOnlyError,
    exceptions.ClusterDownError,
    exceptions.RedisClusterException,
    exceptions.OutOfMemoryError,
    OSError,
)
# Codes of the server that say "not now": the disk refuses, no primary, a script runs too long.
_NOT_NOW = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "BUSY", "OOM", "LOADING", "CLUSTERDOWN")


@cache
def source() -> tuple[str, str]:
    """The library's name, which changes with its content, and its text for the server."""
    folder = files("moderation.store") / "functions"
    body = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in _PARTS)
    name = f"moderation_{sha256(body.encode()).hexdigest()[:12]}"
    return name, f"#!lua name={name}\nlocal LIBRARY = '{name}'\n{body}"


@asynccontextmanager
async def reaching() -> AsyncIterator[None]:
    """Turns every way in which a server cannot be reached or used into StoreUnavailable."""
    try:
        yield
    except exceptions.AuthenticationError as error:
        raise StoreUnavailable(
            f"the store refused the credentials: {error}; check user and password in its address"
        ) from error
    except _UNREACHABLE as error:
        raise StoreUnavailable(
            f"the store does not answer ({type(error).__name__}: {error}); "
            "check that its server runs and that its address is right"
        ) from error
    except exceptions.ResponseError as error:
        if str(error).startswith(_NOT_NOW):
            raise StoreUnavailable(f"the store takes no requests now: {error}") from error
        raise


class Library:
    """Calls functions on one namespace of one server.

    All keys of a namespace share one hash tag, so that a cluster keeps them on one node and each
    function is one atomic transition. `clock` replaces the server's time, for tests.
    """

    def __init__(self, client: Client, namespace: str, clock: Clock | None = None) -> None:
        if not namespace or set(namespace) & set("{} \n"):
            raise ValueError("a namespace is a short name without braces and blanks")
        self.client = client
        self.root = f"{{{namespace}}}"
        self._clock = clock

    async def load(self) -> None:
        """Brings the functions to the server. Raises StoreUnavailable."""
        async with reaching():
            await self.client.function_load(source()[1], replace=True)

    async def call(self, function: str, *arguments: str | bytes | int) -> Any:
        """The reply of a function that reads. Raises StoreUnavailable."""
        name = f"{source()[0]}_{function}"
        encoded = [to_bytes(value) if isinstance(value, str) else value for value in arguments]
        async with reaching():
            try:
                return await self.client.fcall(name, 1, self.root, *encoded)
            except exceptions.ResponseError as error:
                # A new or restarted server may not have the functions yet.
                if "Function not found" not in str(error):
                    raise
            await self.client.function_load(source()[1], replace=True)
            return await self.client.fcall(name, 1, self.root, *encoded)

    async def transition(self, function: str, *arguments: str | bytes | int) -> Any:
        """The reply of a function that takes the time first. Raises StoreUnavailable."""
        now = "" if self._clock is None else str(to_milliseconds(self._clock()))
        return await self.call(function, now, *arguments)
