"""A real store server for tests: import `store_server` and `store_url` into a conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from moderation.store import EmbeddedServer


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """An embedded server that runs for the whole session, on an event loop of its own."""
    server = EmbeddedServer(tmp_path_factory.mktemp("store"))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server):
        yield server


@pytest.fixture(scope="session")
def store_url(store_server: EmbeddedServer) -> str:
    """The address of the session's server. Take a namespace of your own on it."""
    return store_server.url
