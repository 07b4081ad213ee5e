from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import chromium, page
from tests.e2e.serving import Serving
from tests.patience import PATIENT_MILLISECONDS

__all__ = ["chromium", "page"]

expect.set_options(timeout=PATIENT_MILLISECONDS)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service with the shipped rules, policy and model, on an empty store of its own."""
    started = Serving.start(tmp_path_factory.mktemp("service") / "data")
    yield started
    started.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Serving]:
    """A service of the test's own, to be mistreated."""
    started = Serving.start(tmp_path / "data")
    yield started
    started.stop()
