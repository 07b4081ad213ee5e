"""The endpoints of one site, and what they are still to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from api.webhooks.address import AddressRefused, check_url, permitted, target
from api.webhooks.endpoint import (
    Endpoint,
    EventType,
    checked_secret,
    dump,
    load,
    new_id,
    new_secret,
)
from api.webhooks.outbox import Outbox
from api.webhooks.settings import WebhookSettings
from moderation.store import NotFound, Store
from moderation.store.connection import Client
from moderation.store.library import reaching

MOST_ENDPOINTS: Final = 50


class Webhooks:
    """Endpoints and their messages, in the namespace of a store.

    `root` is the beginning of every key. All methods raise StoreUnavailable.
    """

    def __init__(self, client: Client, root: str, store: Store, settings: WebhookSettings) -> None:
        self._client = client
        self._root = root
        self._store = store
        self.settings = settings

    async def create(
        self,
        url: str,
        events: Iterable[EventType] = EventType,
        *,
        secret: str | None = None,
        include_text: bool = False,
    ) -> Endpoint:
        """Registers an endpoint; it is told what happens from now on.

        Raises ValueError for an address or a secret that cannot be used, and for one too many.
        """
        wanted = frozenset(events)
        if not wanted:
            raise ValueError("an endpoint wants at least one type of event")
        await self._check(url)
        if len(await self.all()) >= MOST_ENDPOINTS:
            raise ValueError(f"there are {MOST_ENDPOINTS} endpoints, the most that fit: delete one")
        endpoint = Endpoint(
            id=new_id(),
            url=url,
            secrets=(checked_secret(secret) if secret else new_secret(),),
            events=wanted,
            include_text=include_text,
            created=datetime.now(UTC),
        )
        await self.outbox(endpoint.id).begin((await self._store.audit.head()).number)
        await self._save(endpoint)
        return endpoint

    async def all(self) -> list[Endpoint]:
        """Every endpoint, the oldest first."""
        async with reaching():
            stored = await self._client.hgetall(self._endpoints)
        return sorted(map(load, stored.values()), key=lambda endpoint: endpoint.created)

    async def get(self, endpoint: str) -> Endpoint:
        """One endpoint. Raises NotFound."""
        async with reaching():
            raw = await self._client.hget(self._endpoints, endpoint)
        if raw is None:
            raise NotFound(f"there is no webhook endpoint `{endpoint}`")
        return load(raw)

    async def delete(self, endpoint: str) -> None:
        """Forgets an endpoint and its messages. Raises NotFound."""
        async with reaching():
            if not await self._client.hdel(self._endpoints, endpoint):
                raise NotFound(f"there is no webhook endpoint `{endpoint}`")
        await self.outbox(endpoint).forget()

    async def roll(self, endpoint: str, secret: str | None = None) -> Endpoint:
        """Gives an endpoint a new secret; the one before signs too, until the next roll.

        Raises NotFound, and ValueError for a secret that cannot be used.
        """
        found = await self.get(endpoint)
        fresh = checked_secret(secret) if secret else new_secret()
        rolled = replace(found, secrets=(fresh, found.secrets[0]))
        await self._save(rolled)
        return rolled

    async def disable(self, endpoint: str, reason: str) -> None:
        """Stops telling an endpoint. What happens meanwhile is told when it is enabled again."""
        await self._save(replace(await self.get(endpoint), disabled=reason))

    async def enable(self, endpoint: str) -> None:
        """Goes on telling an endpoint from where it was disabled. Raises NotFound."""
        await self._save(replace(await self.get(endpoint), disabled=""))

    async def replay(self, endpoint: str, first: int, last: int) -> int:
        """Tells again what the endpoint wants of the entries `first` to `last`; how many.

        Entries that were archived are left out. Raises NotFound.
        """
        found = await self.get(endpoint)
        outbox, number, told = self.outbox(endpoint), first - 1, 0
        while number < last:
            entries = await self._store.audit.read(after=number)
            if not entries:
                break
            wanted = [e.number for e in entries if e.number <= last and found.wants(e.kind)]
            await outbox.replay(wanted)
            told, number = told + len(wanted), entries[-1].number
        return told

    async def replay_dead(self, endpoint: str) -> int:
        """Tells again everything that was given up; how many. Raises NotFound."""
        await self.get(endpoint)
        outbox, told = self.outbox(endpoint), 0
        while dead := await outbox.dead(limit=1000):
            await outbox.replay([delivery.number for delivery in dead])
            told += len(dead)
        return told

    def outbox(self, endpoint: str) -> Outbox:
        """The messages of an endpoint."""
        return Outbox(self._client, f"{self._root}:{endpoint}")

    @property
    def _endpoints(self) -> str:
        return f"{self._root}:endpoints"

    async def _save(self, endpoint: Endpoint) -> None:
        async with reaching():
            await self._client.hset(self._endpoints, endpoint.id, dump(endpoint))

    async def _check(self, url: str) -> None:
        """Raises AddressRefused. A name that stands for nothing yet is let pass: sending checks."""
        check_url(url, self.settings.networks)
        host, port = target(url)
        try:
            await permitted(host, port, self.settings.networks)
        except OSError:
            return
        except UnicodeError as error:
            raise AddressRefused(
                f"`{host}` is no host name: {error}", "no_name", host=host
            ) from None
