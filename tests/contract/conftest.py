from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from api.settings import Settings
from tests.contract.running import Running, serving
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]

PACKS = Path(__file__).parent.parent / "api" / "packs"


@pytest.fixture(scope="session")
def server(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a few rules that do not change, and without a classifier."""
    settings = Settings(
        data=tmp_path_factory.mktemp("data"),
        rules=PACKS,
        classifier=False,
        namespace=uuid4().hex,
        comment_characters=13_000,
        batch_comments=3,
    ).model_copy(update={"redis_url": store_url})
    with serving(settings) as started:
        yield started
