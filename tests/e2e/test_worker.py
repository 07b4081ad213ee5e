"""`moderation worker` as processes that are killed and told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from moderation.store.connection import connect
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.e2e.serving import MODERATION
from tests.patience import PATIENT_SECONDS, eventually
from tests.store_fixture import store_server, store_url

__all__ = ["store_server", "store_url"]

pytestmark = pytest.mark.e2e

PACKS = Path(__file__).parents[1] / "api" / "packs"
ACTIONS = {CIVIL: "allow", OBSCENE: "reject", BORDERLINE: "flag"}
NUMBER = 1500


def start(url: str, name: str, *options: str) -> subprocess.Popen[str]:
    streams = [f"--{which}={name}:{which}" for which in ("source", "sink", "dead")]
    return subprocess.Popen(
        [*MODERATION, "worker", *streams, "--idle", "0.5", *options],
        env=os.environ
        | {
            "REDIS_URL": url,
            "MODERATION_NAMESPACE": name,
            "MODERATION_CLASSIFIER": "false",
            "MODERATION_RULES": str(PACKS),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def redis(store_url: str) -> Redis:
    client: Redis = Redis.from_url(store_url)
    return client


def send(redis: Redis, name: str, number: int) -> dict[bytes, str]:
    """Entries of three kinds in turn; the action that each must get."""
    texts = list(ACTIONS)
    pipeline = redis.pipeline()
    for at in range(number):
        said = f'{{"id": "c-{at}", "text": "{texts[at % 3]}"}}'
        pipeline.xadd(f"{name}:source", {"comment": said})
    return {entry: ACTIONS[texts[at % 3]] for at, entry in enumerate(pipeline.execute())}


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    redis: Redis, store_url: str
) -> None:
    name = uuid4().hex
    sent = send(redis, name, NUMBER)
    first = start(store_url, name)
    held = 0
    while not held:
        eventually(lambda: redis.xlen(f"{name}:sink") > 50)
        # It is stopped, looked at, and killed only where it has entries in its hands.
        first.send_signal(signal.SIGSTOP)
        held = redis.xpending(f"{name}:source", "moderation")["pending"]
        assert redis.xlen(f"{name}:sink") < NUMBER, "it was too quick to be killed in the middle"
        if not held:
            first.send_signal(signal.SIGCONT)
    first.kill()
    first.communicate()
    second = start(store_url, name)
    try:
        eventually(lambda: redis.xlen(f"{name}:sink") >= NUMBER)
    finally:
        second.send_signal(signal.SIGTERM)
        told = second.communicate(timeout=PATIENT_SECONDS)[1]
    assert second.returncode == 0
    assert "judged" in told.splitlines()[-1]
    verdicts = [fields for _, fields in redis.xrange(f"{name}:sink")]
    assert len(verdicts) == NUMBER
    assert {each[b"entry"]: each[b"action"].decode() for each in verdicts} == sent
    assert redis.xlen(f"{name}:dead") == 0


def test_a_worker_told_to_stop_ends_in_order_and_records_where_asked(
    redis: Redis, store_url: str
) -> None:
    name = uuid4().hex
    send(redis, name, 3)
    worker = start(store_url, name, "--record", "--consumer", "worker-1")
    eventually(lambda: redis.xlen(f"{name}:sink") == 3)
    worker.send_signal(signal.SIGINT)
    told = worker.communicate(timeout=PATIENT_SECONDS)[1]
    assert worker.returncode == 0
    assert told.splitlines()[0] == f"{name}:source → {name}:sink as worker-1 of moderation"
    assert told.splitlines()[-1] == "3 judged, 0 poison"

    async def waiting() -> int:
        from moderation.store import Store

        async with Store(connect(store_url), namespace=name) as store:
            return (await store.queue.counts()).waiting

    assert asyncio.run(waiting()) == 1


def test_help_teaches() -> None:
    done = subprocess.run(
        [*MODERATION, "worker", "--help"], capture_output=True, text=True, check=True
    )
    shown = " ".join(done.stdout.split())
    for word in ("XADD moderation:comments", "consumer group", "--idle", "dead stream", "{site}"):
        assert word in shown
