"""Rules are published, seen by every service, and taken back: real processes, one store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from uuid import uuid4

import httpx
import pytest

from moderation.store import EmbeddedServer
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY
from tests.e2e.serving import Serving
from tests.patience import eventually
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]

pytestmark = pytest.mark.e2e

PACK = "packs/person_insult.yaml"
HARMLESS = "زرعنا شجرة أمام البيت"
RULE = """
  - id: tree
    description: A rule that is a mistake
    clause: person_insult
    severity: serious
    when: { word: [شجرة] }
    examples: { match: [يا شجرة], no_match: [يا صديقي] }
"""


@pytest.fixture
def both(
    tmp_path: Path,
    store_server: EmbeddedServer,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Serving, Serving]]:
    """Two services with the shipped rules in a folder each, on one store."""
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("MODERATION_NAMESPACE", uuid4().hex)
    started: list[Serving] = []
    try:
        for name in ("one", "other"):
            home = tmp_path / name
            shutil.copytree(DEFAULT_PACKS, home / "packs")
            shutil.copy(DEFAULT_POLICY, home / "policy.yaml")
            rules, policy = str(home / "packs"), str(home / "policy.yaml")
            data = home / "data"
            started.append(Serving.start(data, "--rules", rules, "--policy", policy))
        yield started[0], started[1]
    finally:
        for each in started:
            each.stop()


def serves(service: Serving, client: httpx.Client) -> str:
    version: str = client.get("/readyz").raise_for_status().json()["rules"]["version"]
    return version


def test_a_publication_is_everywhere_within_two_seconds_and_can_be_taken_back(
    both: tuple[Serving, Serving], record_property: pytest.RecordProperty
) -> None:
    one, other = both
    assert one.first_key
    key = one.first_key
    here, there = one.client(key), other.client(key)
    current = here.get("/v1/rules").json()["current"]
    assert serves(one, here) == serves(other, there) == current["rules"]

    text = here.get(f"/v1/rules/{current['version']}").json()["files"][PACK]
    changed = {"base": current["version"], "files": {PACK: text.rstrip() + RULE}, "why": "trees"}
    answer = here.post("/v1/rules", json=changed)
    began = monotonic()
    assert answer.status_code == 201, answer.text
    published = answer.json()
    assert serves(one, here) == published["rules"]
    eventually(lambda: serves(other, there) == published["rules"])
    record_property("seconds until the other service served it", monotonic() - began)
    folders = [each.data.parent / "packs" / "person_insult.yaml" for each in both]
    eventually(lambda: all("id: tree" in path.read_text("utf-8") for path in folders))

    for number in range(3):
        sent = {"id": f"c-{number}", "text": HARMLESS}
        assert there.post("/v1/comments", json=sent).json()["status"] == "waiting"

    # An edit in the other service's folder is a version of the first one's history.
    before = serves(one, here)
    path = folders[1]
    path.write_text(path.read_text("utf-8").replace("[شجرة]", "[شجرة, نخلة]"), "utf-8")
    began = monotonic()
    eventually(lambda: serves(one, here) != before)
    assert here.get("/v1/rules").json()["history"][0]["by"] == "files on disk"

    shown = one.command("rules", "history", "--diff", "--limit", "1")
    assert shown.startswith("* ")
    assert "+    when: { word: [شجرة, نخلة] }" in shown

    one.command("rules", "rollback", current["version"], "--why", "trees are no insult")
    eventually(lambda: serves(one, here) == serves(other, there) == current["rules"])
    eventually(lambda: all("id: tree" not in path.read_text("utf-8") for path in folders))

    shown = one.command("rules", "replay", "c-0")
    assert "flag" in shown
    assert "allow" in shown

    dry = one.command("rules", "revert", "--version", published["version"])
    assert "3 verdicts change" in dry
    assert there.get("/v1/comments/c-0").json()["status"] == "waiting"
    one.command("rules", "revert", "--rule", "person_insult/tree", "--apply")
    for number in range(3):
        assert there.get(f"/v1/comments/c-{number}").json()["status"] == "published"

    mine = one.data.parent / "mine"
    shutil.copytree(one.data.parent / "packs", mine)
    with (mine / "person_insult.yaml").open("a", encoding="utf-8") as pack:
        pack.write("# reviewed\n")
    told = one.command("rules", "publish", str(mine), "--why", "reviewed", "--by", "the desk")
    assert "published by the desk: reviewed" in told
    eventually(lambda: all("# reviewed" in path.read_text("utf-8") for path in folders))
    assert here.get("/v1/audit/verify").json()["sound"]
