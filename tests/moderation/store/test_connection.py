"""Any server of the Redis protocol: alone, behind sentinels, in a cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket

import pytest
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from moderation.store import EmbeddedServer, Outcome, Resolution, Store, StoreUnavailable
from moderation.store.connection import connect
from moderation.store.embedded import find_server
from moderation.store.library import source
from tests.moderation.store.samples import ALLOWED, FLAGGED, comment, verdict
from tests.patience import eventually

pytestmark = pytest.mark.anyio


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(client: Redis) -> bool:
    with suppress(RedisError):
        return bool(client.ping())
    return False


@contextmanager
def running(*arguments: str, port: int) -> Iterator[Redis]:
    """A server of the test's own on a port of this machine, and a client to set it up with."""
    process = subprocess.Popen(
        [find_server(), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    client = Redis(port=port)
    try:
        eventually(lambda: _answers(client))
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait()


async def whole_path(store: Store) -> None:
    """Everything that the service does, once."""
    await store.submit(comment("c-1"), ALLOWED)
    flagged = await store.submit(comment("c-2"), FLAGGED)
    assert flagged.item is not None
    assert len((await store.queue.list()).items) == 1
    await store.queue.claim("m-1")
    await store.queue.resolve(flagged.item, "m-1", Resolution(Outcome.APPROVE))
    assert (await store.queue.counts()).waiting == 0
    assert len(await store.audit.of("c-2")) == 3
    assert (await store.audit.verify()).sound


async def test_all_keys_lie_in_one_slot(store: Store) -> None:
    await whole_path(store)
    await store.submit(comment("c{3}"), verdict())
    root = store._library.root
    keys = [key async for key in store._library.client.scan_iter(f"{root}*")]
    assert len(keys) > 10
    assert {key_slot(key) for key in keys} == {key_slot(root.encode())}


async def test_a_cluster_serves(tmp_path: Path) -> None:
    port = free_port()
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "cluster-enabled": "yes",
        "cluster-port": str(free_port()),
        "dir": str(tmp_path),
        "save": "",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    with running(*arguments, port=port) as setup:
        setup.cluster("ADDSLOTSRANGE", 0, 16383)
        eventually(lambda: setup.cluster("INFO")["cluster_state"] == "ok")
        async with await Store.open(f"redis+cluster://127.0.0.1:{port}") as store:
            await whole_path(store)


async def test_a_server_behind_a_sentinel_serves(tmp_path: Path) -> None:
    port, sentinel_port = free_port(), free_port()
    settings = tmp_path / "sentinel.conf"
    settings.write_text(
        f"port {sentinel_port}\nbind 127.0.0.1\ndir {tmp_path}\n"
        f"sentinel monitor newsroom 127.0.0.1 {port} 1\n"
    )
    with (
        running("--port", str(port), "--bind", "127.0.0.1", "--save", "", port=port),
        running(str(settings), "--sentinel", port=sentinel_port),
    ):
        url = f"redis+sentinel://127.0.0.1:{sentinel_port}/newsroom"
        async with await Store.open(url) as store:
            await whole_path(store)
        with pytest.raises(StoreUnavailable):
            await Store.open(f"redis+sentinel://127.0.0.1:{sentinel_port}/other")


async def test_functions_that_a_server_lost_are_brought_again(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    await store._library.client.function_delete(source()[0])
    assert (await store.submit(comment("c-1"), ALLOWED)).repeated


async def test_two_versions_of_the_functions_live_side_by_side(store: Store) -> None:
    client = store._library.client
    name, text = source()
    other = text.replace(name, "moderation_another")
    await client.function_load(other, replace=True)
    try:
        await store.submit(comment("c-1"), ALLOWED)
        assert await client.fcall("moderation_another_record_get", 1, store._library.root, "c-1")
    finally:
        await client.function_delete("moderation_another")


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (
        f"redis://127.0.0.1:{free_port()}",
        f"unix://{tmp_path}/nothing.sock",
        f"redis+cluster://127.0.0.1:{free_port()}",
    ):
        with pytest.raises(StoreUnavailable, match="check that its server runs"):
            await Store.open(url)


async def test_wrong_credentials_are_told(store_server: EmbeddedServer, tmp_path: Path) -> None:
    port = free_port()
    with running("--port", str(port), "--bind", "127.0.0.1", "--save", "", port=port) as setup:
        setup.config_set("requirepass", "right")
        with pytest.raises(StoreUnavailable, match="credentials"):
            await Store.open(f"redis://:wrong@127.0.0.1:{port}")
        async with await Store.open(f"redis://:right@127.0.0.1:{port}") as store:
            await store.ping()


async def test_a_full_server_is_unavailable_until_it_has_room(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        await store.submit(comment("c-1"), ALLOWED)
        await store._library.client.config_set("maxmemory", "1")
        with pytest.raises(StoreUnavailable):
            await store.submit(comment("c-2"), ALLOWED)
        assert (await store.get("c-1")).id == "c-1"
        await store._library.client.config_set("maxmemory", "0")
        await store.submit(comment("c-2"), ALLOWED)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1", "http"),
        ("127.0.0.1:6379", "known are redis"),
        ("redis+sentinel://127.0.0.1:26379", "ends with the service"),
        ("redis+cluster://127.0.0.1:7000,,", "empty host"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        connect(url)
