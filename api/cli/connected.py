"""Work on the store from the command line, while the service runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.cli.failure import fail
from api.settings import Settings
from api.storing import Opened, opened
from moderation.store import Conflict, NotFound, StoreError

Result = TypeVar("Result")


def connected(settings: Settings, work: Callable[[Opened], Awaitable[Result]]) -> Result:
    """What `work` returns, given the store; fails the command where that cannot be reached."""

    async def run() -> Result:
        async with opened(settings, beside_service=True) as store:
            return await work(store)

    try:
        return asyncio.run(run())
    except (Conflict, NotFound) as error:
        fail(str(error))
    except (StoreError, ValueError) as error:
        fail(
            f"{_place(settings)}: {error}",
            "MODERATION_DATA names the folder of the embedded store, REDIS_URL another server",
        )


def _place(settings: Settings) -> str:
    return "REDIS_URL" if settings.redis_url else str(settings.data)
