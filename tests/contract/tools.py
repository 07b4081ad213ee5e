"""Programs that the contract tests need and that a machine may lack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

NODE = Path(__file__).parent / "node"


def tool(name: str) -> str:
    """Where a program is. Without it the test is skipped, and fails where CI=true."""
    found = shutil.which(name)
    if found is None:
        told = f"`{name}` is not on the PATH: this contract is NOT checked; install {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    return found


def node(script: str, given: dict[str, Any]) -> Any:
    """What a script of node/ prints as JSON when it is given something as JSON."""
    program, npm = tool("node"), tool("npm")
    lock, installed = NODE / "package-lock.json", NODE / "node_modules" / ".package-lock.json"
    # Tests run side by side; two that install at once delete what the other has unpacked.
    with FileLock(NODE / "node_modules.lock"):
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            install = [npm, "ci", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=NODE, check=True, timeout=300)
    done = subprocess.run(
        [program, NODE / script],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def signature(body: bytes, secret: str) -> str:
    """One signature of Coral's header, made by OpenSSL."""
    command = [tool("openssl"), "dgst", "-sha256", "-hmac", secret, "-r"]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=20)
    return f"sha256={done.stdout.split()[0].decode()}"
