"""A service to be measured, in a process of its own with a store of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def served(**environment: str) -> Iterator[tuple[str, str]]:
    """The address and an admin's key of a service that runs until the end of the block."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-c", "from api.cli import main; main()"]
        with subprocess.Popen(  # noqa: S603 - our own command
            [*command, "serve", "--port", "0", "--data", data],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        ) as service:
            assert service.stdout
            told = ""
            while "curl" not in told:
                line = service.stdout.readline()
                assert line, "the service did not start"
                told += line
            address = re.search(r"http://[\d.:]+", told)
            key = re.search(r"mod_\S+(?<!')", told)
            assert address
            assert key
            try:
                yield address[0], key[0]
            finally:
                service.terminate()
