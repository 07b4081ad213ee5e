"""How the service listens."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from api.cli.serving import _listen

pytestmark = pytest.mark.anyio


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
@pytest.mark.parametrize("command", ["serve", "demo"])
async def test_make_takes_a_port(command: str) -> None:
    folder = Path(__file__).parent.parent.parent
    # Without what a make that runs these tests was told; a PORT of the environment is not ours.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    for given, expected in (["PORT=9000"], "--port 9000"), ([], ""):
        done = subprocess.run(
            ["make", "--dry-run", "--directory", str(folder), command, *given],
            capture_output=True,
            check=True,
            env=alone | {"PORT": "5432"},
            text=True,
        )
        (line,) = [line for line in done.stdout.splitlines() if f"moderation {command}" in line]
        assert line.partition(f"moderation {command}")[2].strip() == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_answers_are_sent_at_once(host: str) -> None:
    """Else a small answer waits for the client's delayed acknowledgement, 40 ms on Linux."""
    try:
        listening = _listen(host, 0)
    except SystemExit:
        pytest.skip("no IPv6 here")
    options: list[int] = []

    def asked(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        options.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    server = await asyncio.start_server(asked, sock=listening)
    async with server:
        reader, writer = await asyncio.open_connection(host, listening.getsockname()[1])
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert options[0] != 0
