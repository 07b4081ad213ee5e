"""A real Chromium, found on the machine or installed; without one the tests are skipped, loudly.

Under CI=true a missing browser is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.patience import PATIENT_MILLISECONDS

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INSTALL_SECONDS: Final = 600


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: while it runs, its event loop keeps others from running."""
    with sync_playwright() as playwright:
        path = _found(playwright) or _installed(playwright)
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a browser that remembers nothing.

    An exception in a page's script, or what its content policy forbids, is a failure.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENT_MILLISECONDS)
    errors: list[str] = []
    context.on("weberror", lambda raised: errors.append(str(raised.error)))
    context.on("console", lambda said: _forbidden(said, errors))
    yield context.new_page()
    context.close()
    assert errors == []


def _forbidden(said: ConsoleMessage, errors: list[str]) -> None:
    if "Content Security Policy" in said.text:
        errors.append(said.text)


def _found(playwright: Playwright) -> str | None:
    own = Path(playwright.chromium.executable_path)
    named = (shutil.which(name) for name in NAMES)
    return next((path for path in named if path), str(own) if own.exists() else None)


def _installed(playwright: Playwright) -> str:
    tried = []
    for command in _ways():
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            tried.append(f"{' '.join(command)}: {error}")
            continue
        if done.returncode:
            tried.append(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
        elif path := _found(playwright):
            return path
    return _missing("no Chromium here, and none could be installed:\n" + "\n".join(tried))


def _ways() -> Iterator[list[str]]:
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        yield ["apt-get", "update", "-qq"]
        yield ["apt-get", "install", "-qq", "--no-install-recommends", "chromium"]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
