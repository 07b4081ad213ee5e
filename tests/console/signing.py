"""People at the console: browsers that keep cookies, send the token and name their origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

import httpx
from argon2 import PasswordHasher

from api.console.accounts import Account, Role
from api.console.passwords import Passwords
from api.service import Service

HOME: Final = "http://console.example"
PASSWORD: Final = "نخلة عند باب الدار 7"


def cheap() -> Passwords:
    """Hashing that costs a test no time."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass
class Person:
    """Somebody in a browser of their own."""

    client: httpx.AsyncClient
    account: Account
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": HOME})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, values: Any = None, **headers: str) -> httpx.Response:
        """Posts a form with this session's token. A value may be a list."""
        form = {"csrf": await self.csrf()} | dict(values or {})
        return await self.client.post(path, data=form, headers=self.headers | headers)

    async def csrf(self) -> str:
        """The token that this person's pages carry."""
        return csrf_in(await self.client.get("/console/account"))


@dataclass
class Console:
    """A console with nobody signed in; `visitor` is a browser without cookies."""

    service: Service
    transport: httpx.ASGITransport
    visitor: httpx.AsyncClient

    async def account(self, name: str, role: Role = Role.MODERATOR) -> Account:
        """An account with the password PASSWORD."""
        return await self.service.accounts.create(name, role, PASSWORD)

    def browser(self, base: str = HOME) -> httpx.AsyncClient:
        """One more browser without cookies. It shares the app; nothing of it needs closing."""
        return httpx.AsyncClient(transport=self.transport, base_url=base)

    async def sign_in(self, role: str = "moderator", name: str = "") -> Person:
        """Somebody of a role, signed in; a new account each time, unless the name has one."""
        known = {account.name: account for account in await self.service.accounts.all()}
        name = name or f"{role}-{len(known) + 1}"
        account = known.get(name) or await self.account(name, Role(role))
        person = Person(self.browser(), account)
        answer = await attempt(person.client, name, PASSWORD)
        assert answer.status_code == 303, answer.text
        return person


async def attempt(
    client: httpx.AsyncClient, name: str, password: str, wanted: str = "", **headers: str
) -> httpx.Response:
    """Sends the form of the sign-in page."""
    values = {"name": name, "password": password} | ({"next": wanted} if wanted else {})
    return await client.post(
        "/console/sign-in",
        data=values,
        headers={"Origin": str(client.base_url).rstrip("/")} | headers,
    )


def csrf_in(page: httpx.Response) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return unescape(found[1])
