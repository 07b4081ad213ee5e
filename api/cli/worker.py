"""`moderation worker`: comments from a Redis stream, verdicts to another."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from api.cli.failure import fail
from api.settings import Settings


def worker(
    streams: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Server of the streams; default: the store's own."),
    ] = None,
    source: Annotated[str, typer.Option(help="Stream of comments.")] = "moderation:comments",
    sink: Annotated[str, typer.Option(help="Stream of verdicts.")] = "moderation:verdicts",
    dead: Annotated[
        str, typer.Option(help="Stream of entries that cannot be judged, with the reason.")
    ] = "moderation:dead",
    group: Annotated[str, typer.Option(help="Consumer group.")] = "moderation",
    consumer: Annotated[
        str | None,
        typer.Option(
            help="Name within the group, unlike every other worker's. A worker that comes back "
            "under its name first ends what it held. Default: host and process."
        ),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Entries read at once.")] = 64,
    idle: Annotated[
        float,
        typer.Option(min=0.1, help="Seconds after which a silent worker's entries are taken over."),
    ] = 60.0,
    attempts: Annotated[
        int, typer.Option(min=1, help="Times that an entry may be taken and not finished.")
    ] = 5,
    keep: Annotated[
        int, typer.Option(min=0, help="About so many verdicts stay in the sink; 0 keeps all.")
    ] = 0,
    record: Annotated[
        bool,
        typer.Option("--record", help="Record in the store too: what is flagged is queued there."),
    ] = False,
) -> None:
    """Judge comments from a Redis stream and write verdicts to another.

    An entry of the source has one field, `comment`: the JSON that POST /v1/comments takes.

        redis-cli XADD moderation:comments '*' comment '{"id": "c-1", "text": "تحقيق جيد"}'

    For each comes one entry in the sink, with the fields `entry` (the id in the source), `comment`
    (its id), `action`, and `verdict` (JSON); with --record `status` and `item` too.

    Start as many workers as there are cores: they share the work as one consumer group. Each entry
    gets its verdict once, whatever dies: what a dead worker held is taken over after --idle. What
    cannot be judged goes to the dead stream with its `reason`; mend it and XADD it again. SIGTERM
    and Ctrl-C end the worker when its batch is done.

        REDIS_URL=redis://10.0.0.7 moderation worker --consumer worker-1

    In a Redis cluster the three streams need one hash tag, for example `{site}:comments`.
    """
    from redis.exceptions import ResponseError

    from api import logs
    from api.consuming import Conduct, Streams
    from moderation.store import StoreError
    from rules.errors import RulesError

    logs.configure()
    named = Streams(source, sink, dead, group, consumer or f"{socket.gethostname()}-{os.getpid()}")
    conduct = Conduct(batch=batch, idle=idle, attempts=attempts, keep=keep, record=record)
    try:
        asyncio.run(_run(Settings(), streams, named, conduct))
    except RulesError as error:
        fail(f"rules or policy are broken:\n{error}", "`moderation rules check` explains them")
    except (StoreError, ResponseError, ValueError) as error:
        fail(str(error), "REDIS_URL or --streams names the server")


async def _run(settings: Settings, url: str | None, streams: object, conduct: object) -> None:
    from api.consuming import Conduct, Streams, Worker
    from api.overseeing import oversee
    from api.service import assembled
    from api.storing import opened
    from api.wiring import LoadedClassifier, load_classifier
    from moderation.store.connection import close, connect

    assert isinstance(streams, Streams)  # noqa: S101
    assert isinstance(conduct, Conduct)  # noqa: S101
    loaded = (
        load_classifier(settings.served_model) if settings.classifier else LoadedClassifier(None)
    )
    if loaded.problem:
        typer.echo(f"judging by rules alone: {loaded.problem}", err=True)
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(opened(settings, beside_service=True))
        client = beside.client
        if url is not None:
            client = connect(url)
            stack.push_async_callback(close, client)
        service = await assembled(settings, beside, loaded)
        working = Worker(client, service, streams, conduct)
        typer.echo(
            f"{streams.source} → {streams.sink} as {streams.consumer} of {streams.group}", err=True
        )
        following = asyncio.create_task(service.syncing.run(service.serve, stop))
        overseeing = asyncio.create_task(
            oversee(service.breaker, lambda: service.equipment.engine.rules, stop)
        )
        changing = asyncio.create_task(service.champion.follow(stop))
        try:
            await working.run(stop)
        finally:
            stop.set()
            await asyncio.gather(following, overseeing, changing)
        typer.echo(f"{working.judged} judged, {working.buried} poison", err=True)
