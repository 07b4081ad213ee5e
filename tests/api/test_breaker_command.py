"""`moderation rules breaker`: what tripped, and letting it act again."""

from __future__ import annotations

from uuid import uuid4

import pytest
from anyio import run
from typer.testing import CliRunner

from api.cli import app
from moderation.comment import Comment
from moderation.policy import Breaker
from moderation.store import Store

HASTY = {"young/hasty": "f-1"}


@pytest.fixture
def site(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site on which one rule tripped."""
    namespace = uuid4().hex
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("MODERATION_NAMESPACE", namespace)

    async def trip() -> None:
        async with await Store.open(store_url, namespace=namespace) as store:
            await store.breaker.register({"old/rule": "f-0"})
            await store.breaker.register({"old/rule": "f-0", **HASTY})
            for number in range(60):
                await store.breaker.count(Comment(f"c-{number}", "نص"), HASTY, Breaker())

    run(trip)


@pytest.mark.usefixtures("site")
def test_what_tripped_is_listed_and_can_be_reset() -> None:
    def breaker(*arguments: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, ["rules", "breaker", *arguments])
        return told.exit_code, told.output

    code, told = breaker("list")
    assert code == 0
    rule, _, hits = told.strip().split("\t")
    assert (rule, hits) == ("young/hasty", "50 of 50 comments")
    assert breaker("reset", "young/hasty") == (0, "young/hasty rejects again\n")
    assert breaker("list") == (0, "no rule is kept from rejecting\n")
    code, told = breaker("reset", "young/hasty")
    assert code != 0
    assert "has not tripped" in told
    assert "MODERATION_DATA" not in told
