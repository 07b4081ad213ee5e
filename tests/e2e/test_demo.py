"""`moderation demo`: one command, and a newcomer sees a queue that lives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.serving import Serving

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Serving]:
    started = Serving.start(folder, command="demo")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def api(demo: Serving) -> httpx.Client:
    assert demo.first_key
    return demo.client(demo.first_key)


def waiting(api: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = api.get("/v1/queue", params={"state": "waiting", "limit": 200, **asked})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def record(api: httpx.Client, comment: str) -> dict[str, Any]:
    answer = api.get(f"/v1/comments/{comment}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_the_queue_is_full(api: httpx.Client) -> None:
    queue = waiting(api)
    assert queue["counts"]["waiting"] >= 60
    assert queue["counts"]["escalated"] >= 1
    assert len(queue["counts"]["by_clause"]) >= 5
    assert len({item["comment"]["article"]["id"] for item in queue["items"]}) == 6


def test_moderators_have_left_their_decisions(api: httpx.Client) -> None:
    entries: list[dict[str, Any]] = []
    while page := api.get(
        "/v1/audit", params={"after": entries[-1]["number"] if entries else 0, "limit": 200}
    ).json()["entries"]:
        entries += page
    decided = [entry for entry in entries if entry["kind"] in {"approved", "rejected"}]
    assert len(decided) >= 30
    assert len({entry["actor"] for entry in decided}) == 2


def test_a_moderator_overturned_the_machine(api: httpx.Client) -> None:
    history = resources.files("api.demo").joinpath("history.jsonl").read_text("utf-8")
    approved = {
        step["comment"]
        for step in map(json.loads, history.splitlines())
        if step["does"] == "approve"
    }
    overturned = [
        found
        for found in (record(api, comment) for comment in sorted(approved))
        if found["verdict"]["action"] == "flag" and found["status"] == "published"
    ]
    assert overturned
    assert {found["decision"]["by"] for found in overturned} == {"moderator"}


def test_replies_know_what_they_answer(api: httpx.Client) -> None:
    replies = [item for item in waiting(api)["items"] if item["comment"].get("parent")]
    assert replies


def test_the_article_answers_with_published_comments(demo: Serving) -> None:
    page = httpx.get(f"{demo.address}/demo")
    assert page.status_code == 200
    assert "قارئ" in page.text
    assert "comment-form" in page.text
    assert page.text.count('<p class="reader">') >= 10


def test_the_accounts_are_told_with_their_passwords(demo: Serving) -> None:
    for name in ("moderator", "senior", "admin"):
        assert re.search(rf"^ +{name} +\w{{4}}(-\w{{4}}){{4}}$", demo.printed, re.MULTILINE)


def test_a_second_start_changes_nothing_and_tells_how_to_get_in(
    folder: Path, demo: Serving, api: httpx.Client
) -> None:
    head = demo.command("store", "verify")
    before = waiting(api)["counts"]
    assert demo.stop() == 0
    again = Serving.start(folder, command="demo")
    try:
        assert again.command("store", "verify") == head
        assert again.first_key is None
        assert "moderation accounts password" in again.printed
        assert f"MODERATION_DATA={folder}" in again.printed
        assert waiting(again.client(again.key("admin")))["counts"] == before
    finally:
        again.stop()
