from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.service import Service
from tests.api.conftest import anyio_backend, files, service, settings, store_server, store_url
from tests.console.signing import HOME, Console, cheap

__all__ = ["anyio_backend", "files", "service", "settings", "store_server", "store_url"]


@pytest.fixture
async def console(service: Service) -> AsyncIterator[Console]:
    """The console of a running service on an empty store; `sign_in` gives people at work."""
    service.accounts.passwords = cheap()
    transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOME) as visitor:
        yield Console(service, transport, visitor)
