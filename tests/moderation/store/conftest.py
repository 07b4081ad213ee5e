from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from moderation.store import Store
from tests.moderation.store.samples import Clock
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(store_url: str, clock: Clock, anyio_backend: str) -> AsyncIterator[Store]:
    """An empty store on the session's server, with a clock that moves when told."""
    async with await Store.open(store_url, namespace=uuid4().hex, clock=clock) as opened:
        yield opened
