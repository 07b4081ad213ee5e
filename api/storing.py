"""The store that the settings name, opened: the embedded one, or a server of the operator's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.console.accounts import Accounts
from api.console.care import Care
from api.console.golden import Golden
from api.console.sessions import Sessions
from api.differences import Differences
from api.keys import KeyRing
from api.rulebook.versions import Versions
from api.settings import Settings
from api.webhooks import Webhooks
from api.webhooks.settings import WebhookSettings
from moderation.store import EmbeddedServer, Store, StoreInUse
from moderation.store.connection import Client, connect
from moderation.store.directory import socket_path
from moderation.store.library import Library


@dataclass(frozen=True)
class Opened:
    """The store, and what lies beside its records: keys, webhook endpoints, people's accounts.

    `client` speaks to the server, for streams that lie beside the store.
    """

    client: Client
    store: Store
    keys: KeyRing
    webhooks: Webhooks
    accounts: Accounts
    sessions: Sessions
    care: Care
    golden: Golden
    versions: Versions
    differences: Differences


def embedded_folder(settings: Settings) -> Path:
    """Where the embedded store keeps its files."""
    return (settings.data / "store").absolute()


def archive_folder(settings: Settings) -> Path:
    """Where settled records go when they age out of the store."""
    return settings.data / "archive"


@asynccontextmanager
async def opened(settings: Settings, *, beside_service: bool = False) -> AsyncIterator[Opened]:
    """The store, starting the embedded server where no REDIS_URL is set.

    With `beside_service`, an embedded server that a running service has started is used; without,
    it is an error (StoreInUse). A server of the operator's need not answer yet: calls raise
    StoreUnavailable until it does. Raises StoreUnavailable where the embedded one fails, and
    ValueError for an address that cannot be read.
    """
    async with AsyncExitStack() as stack:
        url = settings.redis_url
        if url is None:
            server = EmbeddedServer(embedded_folder(settings))
            try:
                url = (await stack.enter_async_context(server)).url
            except StoreInUse:
                if not beside_service:
                    raise
                url = f"unix://{socket_path(server.directory)}"
        client = connect(url)
        store = Store(
            client,
            namespace=settings.namespace,
            undo_window=settings.undo_window,
        )
        await stack.enter_async_context(store)
        # The hash tag of the store's own keys: a cluster keeps all of a site on one node.
        root = f"{{{settings.namespace}}}"
        webhooks = Webhooks(client, f"{root}:webhooks", store, WebhookSettings())
        accounts = Accounts(client, root)
        sessions = Sessions(
            client,
            root,
            accounts,
            longest=timedelta(seconds=settings.session_seconds),
            idle=timedelta(seconds=settings.session_idle_seconds),
        )
        keys = KeyRing(client, f"{root}:keys")
        care, golden = Care(client, root), Golden(client, root)
        versions = Versions(Library(client, settings.namespace))
        yield Opened(
            client,
            store,
            keys,
            webhooks,
            accounts,
            sessions,
            care,
            golden,
            versions,
            Differences(client, root),
        )
