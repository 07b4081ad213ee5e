"""A real server on a port of its own, with a real store."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal

from api.app import create_app
from api.keys import Role
from api.service import Service, running
from api.settings import Settings

CORAL_SECRETS = ("empsec_0f1d7c2f6b7a4e0f", "empsec_9b8a7c6d5e4f3a2b")


@dataclass(frozen=True)
class Running:
    """A service that answers at `address`."""

    address: str
    service: Service
    portal: BlockingPortal
    _keys: dict[tuple[Role, ...], tuple[str, str]] = field(default_factory=dict)

    def secret(self, *roles: Role) -> str:
        """A key that has these roles, `submit` where none is named."""
        return self._key(roles or (Role.SUBMIT,))[1]

    def key_id(self, *roles: Role) -> str:
        """The id of the same key."""
        return self._key(roles or (Role.SUBMIT,))[0]

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        """An answer to a body of JSON, or of bytes."""
        if isinstance(body, bytes):
            headers = {"Content-Type": "application/json", **more.pop("headers", {})}
            return httpx.post(self.address + path, content=body, headers=headers, **more)
        return httpx.post(self.address + path, json=body, **more)

    def browser_secret(self) -> str:
        """A key that stands in pages."""
        _, secret = self.portal.call(
            self.service.keys.create, "page", [Role.SUBMIT], ["https://site.example"]
        )
        return secret

    def _key(self, roles: tuple[Role, ...]) -> tuple[str, str]:
        if roles not in self._keys:
            key, secret = self.portal.call(self.service.keys.create, "test", roles)
            self._keys[roles] = key.id, secret
        return self._keys[roles]


@contextmanager
def serving(settings: Settings) -> Iterator[Running]:
    """A server in a thread, until the end of the block."""
    with (
        pytest.MonkeyPatch.context() as environment,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running(settings)) as service,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        environment.setenv("MODERATION_CORAL_SECRETS", ",".join(CORAL_SECRETS))
        environment.setenv("MODERATION_CORAL_EXEMPT_ROLES", "STAFF")
        app = create_app(service)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        ended = portal.start_task_soon(server.serve, [listening])
        while not server.started:
            assert not ended.done(), "the server did not start"
            time.sleep(0.01)
        try:
            yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", service, portal)
        finally:
            server.should_exit = True
            ended.result(20)
