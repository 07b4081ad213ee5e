from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.keys import Role
from api.service import Service, running
from api.settings import Settings
from rules.load import DEFAULT_POLICY
from tests.api.asking import Asking
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with `packs/terms.yaml` and `policy.yaml`, to be changed at will."""
    shutil.copytree(Path(__file__).parent / "packs", tmp_path / "packs")
    shutil.copy(DEFAULT_POLICY, tmp_path / "policy.yaml")
    return tmp_path


@pytest.fixture
def settings(files: Path, store_url: str) -> Settings:
    return Settings(
        data=files / "data",
        rules=files / "packs",
        policy=files / "policy.yaml",
        classifier=False,
        namespace=uuid4().hex,
        comment_characters=500,
        body_bytes=4096,
        batch_comments=3,
        batch_bytes=8192,
    ).model_copy(update={"redis_url": store_url})


@pytest.fixture
async def service(settings: Settings, anyio_backend: str) -> AsyncIterator[Service]:
    """A service on an empty store."""
    async with running(settings) as started:
        yield started


@pytest.fixture
async def visitor(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key. An exception in the service is a 500, as over the wire."""
    transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://site.example") as client:
        yield client


@pytest.fixture
async def form(service: Service, visitor: httpx.AsyncClient) -> Asking:
    """The comment form, with a key that may submit."""
    return await Asking.keyed(service, visitor, Role.SUBMIT)


@pytest.fixture
async def moderator(service: Service, visitor: httpx.AsyncClient) -> Asking:
    return await Asking.keyed(service, visitor, Role.REVIEW)


@pytest.fixture
async def colleague(service: Service, visitor: httpx.AsyncClient) -> Asking:
    """A second moderator."""
    return await Asking.keyed(service, visitor, Role.REVIEW)


@pytest.fixture
async def editor(service: Service, visitor: httpx.AsyncClient) -> Asking:
    """Who edits rules."""
    return await Asking.keyed(service, visitor, Role.RULES)


@pytest.fixture
async def admin(service: Service, visitor: httpx.AsyncClient) -> Asking:
    return await Asking.keyed(service, visitor, Role.ADMIN)
