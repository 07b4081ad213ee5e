"""The recipes in the documentation run as they are printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest
from redis import Redis
from standardwebhooks import Webhook

from api.client import Comment, ModerationClient
from api.webhooks.endpoint import new_secret
from tests.api.asking import BORDERLINE
from tests.e2e.serving import MODERATION, Serving
from tests.patience import PATIENT_SECONDS
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]

pytestmark = pytest.mark.e2e

ROOT: Final = Path(__file__).parents[2]
PACKS: Final = ROOT / "tests" / "api" / "packs"


def blocks(page: str) -> Mapping[str, tuple[str, str]]:
    """The named code blocks of a page: language and code, by name."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = re.findall(r"^```(\w+) (\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {name: (language, code) for language, name, code in found}


RECIPES: Final = blocks("recipes.md")
WEBHOOKS: Final = blocks("webhooks.md")
RUN: Final = {"form", "backend", "asynchronous", "moderator", "publish", "read", "files"}
NEED_A_BROKER: Final = {"kafka"}

Run = Callable[[str], str]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service whose rules do not change with the shipped ones."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MODERATION_CLASSIFIER", "false")
        environment.setenv("MODERATION_RULES", str(PACKS))
        started = Serving.start(tmp_path_factory.mktemp("recipes") / "data")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def keys(serving: Serving) -> Mapping[str, str]:
    return {role: serving.key(role) for role in ("submit", "review", "admin")}


@pytest.fixture
def run(serving: Serving, keys: Mapping[str, str], store_url: str, tmp_path: Path) -> Run:
    """Runs a recipe in an empty folder; what it prints."""
    environment = os.environ | {
        "MODERATION": serving.address,
        "KEY": keys["submit"],
        "REVIEW_KEY": keys["review"],
        "REDIS_URL": store_url,
        "MODERATION_CLASSIFIER": "false",
        "MODERATION_RULES": str(PACKS),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "error",
    }

    def running(name: str) -> str:
        language, code = RECIPES[name]
        command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
        if "curl" in code and not shutil.which("curl"):
            pytest.skip("curl is not installed")
        done = subprocess.run(
            command,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return running


def test_every_recipe_is_run_or_needs_a_system_that_is_not_here() -> None:
    assert RECIPES.keys() == RUN | NEED_A_BROKER
    assert WEBHOOKS.keys() == {"create", "receive"}
    for language, code in [*RECIPES.values(), *WEBHOOKS.values()]:
        if language == "python":
            compile(code, "recipe", "exec")


def test_a_plain_form(run: Run) -> None:
    assert json.loads(run("form"))["status"] == "published"


def test_a_python_backend(run: Run) -> None:
    assert run("backend") == "published\n"


def test_an_asynchronous_one(run: Run) -> None:
    assert run("asynchronous").splitlines() == ["0 allow", "1 allow", "2 allow"]


def test_a_moderators_tool(run: Run, serving: Serving, keys: Mapping[str, str]) -> None:
    with ModerationClient(serving.address, keys["submit"]) as client:
        client.submit(Comment("flagged", BORDERLINE))
        assert run("moderator").splitlines() == [f"{BORDERLINE} ['person_insult']", "resolved"]
        assert client.get("flagged").status == "refused"


def test_redis_streams(run: Run, store_url: str) -> None:
    redis: Redis = Redis.from_url(store_url)
    redis.delete("moderation:comments", "moderation:verdicts")
    run("publish")
    worker = subprocess.Popen(
        [*MODERATION, "worker"],
        env=os.environ
        | {
            "REDIS_URL": store_url,
            "MODERATION_CLASSIFIER": "false",
            "MODERATION_RULES": str(PACKS),
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        assert run("read") == "stream-1 allow []\n"
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=PATIENT_SECONDS)
    assert redis.xpending("moderation:verdicts", "cms")["pending"] == 0


def test_files(run: Run, tmp_path: Path) -> None:
    run("files")
    rows = (tmp_path / "verdicts.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["1", "allow"], ["2", "allow"]]
    assert (tmp_path / "verdicts.csv.summary" / "summary.html").exists()


def test_a_webhook_is_registered(serving: Serving, keys: Mapping[str, str]) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    done = subprocess.run(
        ["bash", "-euc", WEBHOOKS["create"][1]],
        env=os.environ | {"MODERATION": serving.address, "KEY": keys["admin"]},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["secret"].startswith("whsec_")
    assert told["id"] in serving.command("webhooks", "list")
    serving.command("webhooks", "delete", told["id"])


@pytest.mark.anyio
async def test_a_webhook_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = new_secret()
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    names: dict[str, object] = {"__name__": "receiver"}
    exec(compile(WEBHOOKS["receive"][1], "receiver", "exec", dont_inherit=True), names)  # noqa: S102
    transport = httpx.ASGITransport(names["app"])  # type: ignore[arg-type]

    async def send(sequence: int, status: str, by: str = secret) -> int:
        data = {"sequence": sequence, "comment": "c", "revision": 1, "status": status}
        event = {"type": "comment.resolved", "timestamp": "2026-01-02T03:04:05Z"}
        body = json.dumps({**event, "data": {**data, "by": "moderator"}})
        now = datetime.now(UTC)
        headers = {
            "webhook-id": f"msg_{sequence}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(by).sign(f"msg_{sequence}", now, body),
        }
        async with httpx.AsyncClient(transport=transport, base_url="http://cms") as client:
            return (
                await client.post("/hooks/moderation", content=body, headers=headers)
            ).status_code

    assert await send(7, "published") == 204
    assert await send(5, "waiting") == 204
    assert await send(9, "refused", by=new_secret()) == 400
    assert names["shown"] == {"c": (7, "published")}
