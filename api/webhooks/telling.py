"""Tells the endpoints: reads the trail, makes out messages, sends what is due.

Several processes may do so on one store: each message is lent to one of them at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import Final

import structlog
from prometheus_client import Counter

from api.faces import Faces
from api.webhooks.endpoint import Endpoint
from api.webhooks.event import body, event_of
from api.webhooks.outbox import Delivery, Outbox
from api.webhooks.registry import Webhooks
from api.webhooks.sending import GONE, Answer, Sender
from api.webhooks.sentences import ARCHIVED
from moderation.store import NotFound, Store, StoreError, StoreUnavailable

_log = structlog.get_logger("api.webhooks")

ATTEMPTS: Final = Counter(
    "moderation_webhook_attempts", "Attempts to tell a webhook endpoint.", ["result"]
)
POLL_SECONDS: Final = 0.25
"""How long after a decision its message is made out, at most."""
SENDERS: Final = 4
"""Messages that are on their way to one endpoint at once, at most."""
_SPARE_SECONDS: Final = 5.0
"""How much longer than an attempt a message is lent."""
_PAGE: Final = 500
_STOP_SECONDS: Final = 3.0


async def tell(
    webhooks: Webhooks, store: Store, faces: Callable[[], Faces], stop: asyncio.Event
) -> None:
    """Tells every endpoint until `stop`. A store that is down is waited for."""
    telling: dict[str, _Telling] = {}
    tasks: set[asyncio.Task[None]] = set()
    try:
        while not stop.is_set():
            with suppress(StoreUnavailable):
                endpoints = {each.id: each for each in await webhooks.all()}
                head = (await store.audit.head()).number if endpoints else 0
                for gone in telling.keys() - endpoints.keys():
                    telling.pop(gone).over.set()
                for each in endpoints.values():
                    if each.id not in telling:
                        telling[each.id] = begun = _Telling(webhooks, store, faces, each)
                        tasks.add(task := asyncio.create_task(begun.run()))
                        task.add_done_callback(tasks.discard)
                    telling[each.id].endpoint = each
                    telling[each.id].head = head
            await _pause(stop, POLL_SECONDS)
    finally:
        for one in telling.values():
            one.over.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


class _Telling:
    """Tells one endpoint. `endpoint` and `head`, the trail's last entry, are kept up to date."""

    def __init__(
        self, webhooks: Webhooks, store: Store, faces: Callable[[], Faces], endpoint: Endpoint
    ) -> None:
        self.endpoint = endpoint
        self.head = 0
        self.over = asyncio.Event()
        self._webhooks = webhooks
        self._store = store
        self._faces = faces
        self._outbox: Outbox = webhooks.outbox(endpoint.id)
        self._cursor: int | None = None
        self._free = asyncio.Semaphore(SENDERS)
        self._lent = webhooks.settings.timeout_seconds + _SPARE_SECONDS

    async def run(self) -> None:
        """Goes on until `over`, and ends what is on its way."""
        async with Sender(self._webhooks.settings) as sender, asyncio.TaskGroup() as group:
            while not self.over.is_set():
                busy = False
                if not self.endpoint.disabled:
                    try:
                        await self._make_out()
                        busy = await self._begin_sending(sender, group)
                    except StoreError as error:
                        _log.warning("webhooks wait for the store", reason=str(error))
                if not busy:
                    await _pause(self.over, POLL_SECONDS)

    async def _make_out(self) -> None:
        while self._cursor is None or self._cursor < self.head:
            cursor = await self._outbox.cursor()
            entries = await self._store.audit.read(after=cursor, limit=_PAGE)
            if not entries:
                self._cursor = cursor
                return
            if entries[0].number > cursor + 1:
                _log.error(
                    "entries were archived before an endpoint was told of them",
                    endpoint=self.endpoint.id,
                    first=cursor + 1,
                    last=entries[0].number - 1,
                )
            wanted = [entry.number for entry in entries if self.endpoint.wants(entry.kind)]
            await self._outbox.make_out(cursor, wanted, entries[-1].number)
            self._cursor = entries[-1].number
            if any(entry.kind == "archived" for entry in entries):
                await self._outbox.prune((await self._store.audit.anchor()).number)

    async def _begin_sending(self, sender: Sender, group: asyncio.TaskGroup) -> bool:
        """Whether there was a message to send."""
        await self._free.acquire()
        delivery = None
        try:
            delivery = await self._outbox.take(self._lent)
        finally:
            if delivery is None:
                self._free.release()
        if delivery is None:
            return False
        group.create_task(self._send(delivery, sender))
        return True

    async def _send(self, delivery: Delivery, sender: Sender) -> None:
        try:
            message = await self._message(delivery.number)
            if message is None:
                gone = replace(delivery, problem=ARCHIVED)
                await self._outbox.bury(gone)
                return
            answer = await sender.send(
                self.endpoint, f"msg_{self.endpoint.id}_{delivery.number}", message
            )
            if answer.taken:
                ATTEMPTS.labels("taken").inc()
                await self._outbox.settle(delivery.number)
            else:
                await self._failed(delivery, answer)
        except StoreError as error:
            # What was lent comes due again.
            _log.warning("webhooks wait for the store", reason=str(error))
        except Exception:
            # One message must not keep all the others from being told.
            _log.exception("a webhook message failed", endpoint=self.endpoint.id)
        finally:
            self._free.release()

    async def _message(self, number: int) -> bytes | None:
        entry = next(iter(await self._store.audit.read(after=number - 1, limit=1)), None)
        if entry is None or entry.number != number:
            return None
        revision = next(
            (
                each
                for each in await self._store.revisions(entry.comment)
                if each.number == entry.revision
            ),
            None,
        )
        return body(event_of(entry, revision, self._faces(), text=self.endpoint.include_text))

    async def _failed(self, delivery: Delivery, answer: Answer) -> None:
        now = int(time() * 1000)
        failed = Delivery(
            number=delivery.number,
            attempts=delivery.attempts + 1,
            first=delivery.first or now,
            last=now,
            status=answer.status,
            problem=answer.problem,
        )
        if answer.status == GONE:
            reason = "the receiver answered 410 Gone"
            with suppress(NotFound):
                await self._webhooks.disable(self.endpoint.id, reason)
            self.endpoint = replace(self.endpoint, disabled=reason)
        pause = self._webhooks.settings.schedule.pause(failed.attempts, answer.pause)
        ATTEMPTS.labels("failed" if pause is not None else "dead").inc()
        _log.warning(
            "a webhook message was not taken",
            endpoint=self.endpoint.id,
            number=failed.number,
            attempts=failed.attempts,
            problem=failed.problem,
            dead=pause is None,
        )
        if pause is None:
            await self._outbox.bury(failed)
        else:
            await self._outbox.postpone(failed, pause)


async def _pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
