"""A real service in a process of its own, as `moderation serve` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tests.patience import PATIENT_SECONDS

MODERATION: Final = [sys.executable, "-c", "from api.cli import main; main()"]
START_SECONDS: Final = 30


@dataclass
class Serving:
    """A service that runs, what it printed, and its admin key (None after the first start)."""

    process: subprocess.Popen[str]
    data: Path
    printed: str
    log: Path
    clients: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def start(cls, data: Path, *options: str, command: str = "serve") -> Serving:
        log = data.with_name("service.log")
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [*MODERATION, command, "--port", "0", "--data", str(data), *options],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert process.stdout
        printed = ""
        while "\ncurl " not in printed:
            line = process.stdout.readline()
            assert line, f"the service did not start: {log.read_text('utf-8')}"
            printed += line
        return cls(process, data, printed, log)

    @property
    def address(self) -> str:
        found = re.search(r"http://[\d.]+:\d+", self.printed)
        assert found
        return found[0]

    @property
    def first_key(self) -> str | None:
        found = re.search(r"shown this once: (mod_\S+)", self.printed)
        return found[1] if found else None

    def client(self, key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"}
        client = httpx.Client(base_url=self.address, headers=headers, timeout=30)
        return self.clients.enter_context(client)

    def command(self, *arguments: str, told: str | None = None) -> str:
        """What a command prints that runs beside the service; `told` is what it reads."""
        done = subprocess.run(
            [*MODERATION, *arguments],
            env=os.environ | {"MODERATION_DATA": str(self.data)},
            input=told,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def key(self, role: str) -> str:
        return self.command("keys", "create", "--role", role, f"e2e {role}")

    def store_process(self) -> int:
        """The id of the store's own process, a child of the service."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        (store,) = [
            int(child)
            for child in children.read_text().split()
            if "valkey" in Path(f"/proc/{child}/cmdline").read_text()
            or "redis" in Path(f"/proc/{child}/cmdline").read_text()
        ]
        return store

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ends the service; its exit code."""
        self.clients.close()
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        self.process.communicate(timeout=PATIENT_SECONDS)
        return self.process.returncode
