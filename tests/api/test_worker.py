"""The stream worker: each entry gets one verdict, whatever dies, and poison is told apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api import consuming
from api.consuming import Conduct, Streams, Worker
from api.service import Service
from moderation.comment import Comment
from moderation.store.connection import Client
from moderation.verdict import Verdict
from tests.api.asking import ARTICLE, BORDERLINE, CIVIL, OBSCENE
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio

CONDUCT = Conduct(batch=8, idle=0.3, attempts=2)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "BLOCK_SECONDS", 0.05)


@pytest.fixture
def client(service: Service) -> Client:
    return service.store._library.client


@pytest.fixture
def streams() -> Streams:
    name = uuid4().hex
    return Streams(f"{name}:in", f"{name}:out", f"{name}:dead", "moderation", "worker-1")


@asynccontextmanager
async def working(
    client: Client, service: Service, streams: Streams, conduct: Conduct = CONDUCT
) -> AsyncIterator[Worker]:
    stop = asyncio.Event()
    worker = Worker(client, service, streams, conduct)
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await task


async def send(client: Client, streams: Streams, text: str, identifier: str, **more: Any) -> bytes:
    said = json.dumps({"id": identifier, "text": text, **more}, ensure_ascii=False)
    entry: bytes = await client.xadd(streams.source, {"comment": said})
    return entry


async def come(client: Client, stream: str, number: int) -> list[dict[str, str]]:
    """The entries of a stream, once there are so many."""

    async def are_there() -> bool:
        return await client.xlen(stream) >= number

    await eventually_true(are_there)
    return [
        {name.decode(): value.decode() for name, value in fields.items()}
        for _, fields in await client.xrange(stream)
    ]


async def pending(client: Client, streams: Streams) -> int:
    return int((await client.xpending(streams.source, streams.group))["pending"])


async def test_each_entry_gets_its_verdict(
    client: Client, service: Service, streams: Streams
) -> None:
    entries = [
        await send(client, streams, text, name, article=ARTICLE)
        for name, text in (("civil", CIVIL), ("obscene", OBSCENE), ("borderline", BORDERLINE))
    ]
    async with working(client, service, streams) as worker:
        verdicts = await come(client, streams.sink, 3)
    assert [(each["entry"], each["comment"], each["action"]) for each in verdicts] == [
        (entries[0].decode(), "civil", "allow"),
        (entries[1].decode(), "obscene", "reject"),
        (entries[2].decode(), "borderline", "flag"),
    ]
    reason = json.loads(verdicts[1]["verdict"])["reasons"][0]
    assert reason["clause"] == "profanity"
    assert reason["spans"][0]["text"] in OBSCENE
    assert (worker.judged, worker.buried) == (3, 0)
    assert await pending(client, streams) == 0


async def test_several_workers_share_the_work(
    client: Client, service: Service, streams: Streams
) -> None:
    for number in range(100):
        await send(client, streams, CIVIL, f"c-{number}")
    second = replace(streams, consumer="worker-2")
    async with working(client, service, streams), working(client, service, second):
        verdicts = await come(client, streams.sink, 100)
    assert sorted(each["comment"] for each in verdicts) == sorted(f"c-{n}" for n in range(100))


async def hold(client: Client, streams: Streams, number: int, consumer: str) -> None:
    """What a worker has when it dies: entries that it was given and did not finish."""
    await client.xgroup_create(streams.source, streams.group, "0", mkstream=True)
    await client.xreadgroup(streams.group, consumer, {streams.source: ">"}, count=number)


async def test_what_a_dead_worker_held_is_taken_over(
    client: Client, service: Service, streams: Streams
) -> None:
    for number in range(30):
        await send(client, streams, CIVIL, f"c-{number}")
    await hold(client, streams, 20, "dead")
    async with working(client, service, streams):
        verdicts = await come(client, streams.sink, 30)
    assert len({each["entry"] for each in verdicts}) == len(verdicts) == 30


async def test_a_worker_that_comes_back_under_its_name_ends_what_it_held(
    client: Client, service: Service, streams: Streams
) -> None:
    for number in range(20):
        await send(client, streams, CIVIL, f"c-{number}")
    await hold(client, streams, 20, streams.consumer)
    async with working(client, service, streams, replace(CONDUCT, idle=3600)):
        assert len(await come(client, streams.sink, 20)) == 20


async def test_two_that_judge_the_same_entry_write_one_verdict(
    client: Client, service: Service, streams: Streams
) -> None:
    await send(client, streams, CIVIL, "c-1")
    workers = [
        Worker(client, service, replace(streams, consumer=name), CONDUCT) for name in ("a", "b")
    ]
    await workers[0]._join()
    entries = await workers[0]._read(">")
    await asyncio.gather(*(worker._work(entries) for worker in workers))
    assert len(await come(client, streams.sink, 1)) == 1
    assert sorted(worker.judged for worker in workers) == [0, 1]


POISON = {
    b"{": "JSON",
    b'{"id": "c"}': "text: Field required",
    b'{"id": "c", "text": ""}': "empty",
    b'{"id": "c", "text": 7}': "string",
    b'{"id": "c", "text": "x", "colour": 1}': "colour",
    b'{"id": "c", "text": "\xff"}': "unicode code point",
    b'{"id": "c", "text": "' + b"x" * 501 + b'"}': "at most 500",
}


@pytest.mark.parametrize(("comment", "reason"), POISON.items(), ids=range(len(POISON)))
async def test_poison_goes_to_the_dead_stream_with_its_reason_and_stops_nobody(
    client: Client, service: Service, streams: Streams, comment: bytes, reason: str
) -> None:
    entry = await client.xadd(streams.source, {"comment": comment, "from": "cms"})
    await send(client, streams, CIVIL, "behind")
    async with working(client, service, streams) as worker:
        assert [each["comment"] for each in await come(client, streams.sink, 1)] == ["behind"]
    ((_, dead),) = await client.xrange(streams.dead)
    assert reason.lower() in dead[b"reason"].decode().lower()
    assert (dead[b"entry"], dead[b"comment"], dead[b"from"]) == (entry, comment, b"cms")
    assert (worker.judged, worker.buried) == (1, 1)
    assert await pending(client, streams) == 0


async def test_an_entry_without_a_comment_is_poison(
    client: Client, service: Service, streams: Streams
) -> None:
    await client.xadd(streams.source, {"text": "x"})
    async with working(client, service, streams):
        (dead,) = await come(client, streams.dead, 1)
    assert dead["reason"] == "the entry has no field `comment`"


async def test_an_entry_that_kills_its_workers_is_poison(
    client: Client, service: Service, streams: Streams
) -> None:
    await send(client, streams, CIVIL, "killer")
    await hold(client, streams, 1, "first")
    for victim in ("second", "third"):
        await asyncio.sleep(0.05)
        await client.xautoclaim(streams.source, streams.group, victim, 0, "0-0")
    async with working(client, service, streams):
        (dead,) = await come(client, streams.dead, 1)
    assert "3 times by workers that did not finish" in dead["reason"]
    assert await client.xlen(streams.sink) == 0


async def test_a_text_on_which_judging_fails_is_poison(
    client: Client, service: Service, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge: Callable[..., Verdict] = service.equipment.engine.judge

    def failing(comment: Comment, **how: Any) -> Verdict:
        if comment.id == "bad":
            raise ZeroDivisionError
        return judge(comment, **how)

    monkeypatch.setattr(service.equipment.engine, "judge", failing)
    await send(client, streams, CIVIL, "bad")
    await send(client, streams, CIVIL, "good")
    async with working(client, service, streams):
        (dead,) = await come(client, streams.dead, 1)
        assert [each["comment"] for each in await come(client, streams.sink, 1)] == ["good"]
    assert dead["reason"] == "judging failed: ZeroDivisionError"


async def test_recorded_comments_are_in_the_store_and_its_queue(
    client: Client, service: Service, streams: Streams
) -> None:
    await send(client, streams, BORDERLINE, "c-1", article=ARTICLE)
    async with working(client, service, streams, replace(CONDUCT, record=True)):
        (verdict,) = await come(client, streams.sink, 1)
    (item,) = (await service.store.queue.list()).items
    assert (verdict["status"], verdict["item"]) == ("waiting", item.id)
    assert item.comment.text == BORDERLINE


async def test_the_sink_is_kept_short_where_asked(
    client: Client, service: Service, streams: Streams
) -> None:
    for number in range(400):
        await send(client, streams, CIVIL, f"c-{number}")
    async with working(client, service, streams, replace(CONDUCT, keep=100)) as worker:
        await eventually_true(lambda: worker.judged >= 400)
    # The server removes whole blocks of about a hundred entries.
    assert 100 <= await client.xlen(streams.sink) < 400


async def test_a_group_that_was_removed_is_made_again(
    client: Client, service: Service, streams: Streams
) -> None:
    async with working(client, service, streams):
        await send(client, streams, CIVIL, "before")
        await come(client, streams.sink, 1)
        await client.delete(streams.source)
        await send(client, streams, CIVIL, "after")
        verdicts = await come(client, streams.sink, 2)
    assert [each["comment"] for each in verdicts] == ["before", "after"]


async def test_a_worker_that_stops_leaves_the_group_only_with_empty_hands(
    client: Client, service: Service, streams: Streams
) -> None:
    await send(client, streams, CIVIL, "c-1")
    async with working(client, service, streams):
        await come(client, streams.sink, 1)
    assert await client.xinfo_consumers(streams.source, streams.group) == []
