"""`moderation store statistics`: counting, and counting again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from anyio import run
from typer.testing import CliRunner

from api.cli import app
from moderation.store import Store
from moderation.store.statistics import RuleNumbers
from tests.moderation.store.samples import FLAGGED, comment

Work = Callable[[Store], Awaitable[object]]


@pytest.fixture
def site(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], object]:
    """A site with three comments. Calls what it is given with its store."""
    namespace = uuid4().hex
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("MODERATION_NAMESPACE", namespace)

    def with_store(work: Work) -> object:
        async def opened() -> object:
            async with await Store.open(store_url, namespace=namespace) as store:
                return await work(store)

        return run(opened)

    async def submit(store: Store) -> None:
        for number in range(3):
            await store.submit(comment(f"c-{number}"), FLAGGED)

    with_store(submit)
    return with_store


def told(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["store", "statistics", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output.strip()


def test_a_trail_is_counted_once_and_again_on_demand(site: Callable[[Work], object]) -> None:
    assert told() == "3 entries counted now; 3 of 3 in all"
    assert told() == "0 entries counted now; 3 of 3 in all"

    async def spoil(store: Store) -> None:
        library = store._library
        async for key in library.client.scan_iter(f"{library.root}:statistics:day:*"):
            await library.client.hset(key, '["rule","insults/dog","hits"]', "700")

    site(spoil)
    assert told("--rebuild") == "3 entries counted now; 3 of 3 in all"

    async def rules(store: Store) -> object:
        return await store.statistics.by_rule(2)

    assert site(rules) == {"insults/dog": RuleNumbers(hits=3, alone=3)}
