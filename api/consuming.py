"""Comments from one Redis stream, verdicts to another, as a member of a consumer group.

At least once: an entry leaves the group's pending list in the same step in which its verdict is
written, so that a worker that dies at any moment loses nothing. Once: that step writes only where
the entry was still pending, so that two workers that judged one entry write one verdict. What a
dead worker held is taken over when it has been idle for long enough.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import structlog
from pydantic import ValidationError
from redis.exceptions import ResponseError

from api.complaints import complaint
from api.judging import judged, previewed, recorded
from api.problems import Problem
from api.requests import CommentSent, within_limits
from api.service import Service
from moderation.comment import Comment
from moderation.store import StoreUnavailable
from moderation.store.connection import Client
from moderation.store.library import reaching
from moderation.verdict import Verdict

_log = structlog.get_logger("api.consuming")

BLOCK_SECONDS: Final = 1.0
"""How long a read waits for entries: a stop is heeded within this time."""
_PAUSE_SECONDS: Final = 1.0
LONGEST_REASON: Final = 500

_FINISH: Final = """
local written = 0
for at = 3, #ARGV, 2 do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[at]) == 1 then
    local entry = cjson.decode(ARGV[at + 1])
    if ARGV[2] == '0' then
      redis.call('XADD', KEYS[2], '*', unpack(entry))
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', unpack(entry))
    end
    written = written + 1
  end
end
return written
"""
_BURY: Final = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'entry', ARGV[2], 'reason', ARGV[3], unpack(ARGV, 4))
return 1
"""
# Deleting a consumer drops what it holds: only one with empty hands may go.
_LEAVE: Final = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

Fields = Mapping[bytes, bytes]
Entry = tuple[bytes, Fields]


@dataclass(frozen=True, slots=True)
class Streams:
    """Where entries come from and go to, and as whom they are read."""

    source: str
    sink: str
    dead: str
    group: str
    consumer: str


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a worker works.

    `batch` entries are read at once. What another worker has held for `idle` seconds is taken over;
    an entry that was taken `attempts` times and never finished is poison. `keep` verdicts stay in
    the sink, about; 0 keeps all. With `record` comments are recorded in the store as well, and what
    is flagged waits in its queue.
    """

    batch: int = 64
    idle: float = 60.0
    attempts: int = 5
    keep: int = 0
    record: bool = False


class Poison(ValueError):  # noqa: N818 - names the entry, as its readers see it
    """An entry that can never be judged. The message says why, and nothing of the comment."""


class Worker:
    """One member of the group."""

    def __init__(
        self, client: Client, service: Service, streams: Streams, conduct: Conduct
    ) -> None:
        self.judged = 0
        self.buried = 0
        self._client = client
        self._service = service
        self._streams = streams
        self._conduct = conduct

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`, and ends the batch at hand. A store that is down is waited for."""
        own_first, rescued = True, 0.0
        while not stop.is_set():
            try:
                await self._join()
                if own_first:
                    await self._finish_own()
                    own_first = False
                while not stop.is_set():
                    if monotonic() - rescued > self._conduct.idle / 2:
                        await self._rescue()
                        rescued = monotonic()
                    await self._work(await self._read(">"))
            except StoreUnavailable as error:
                _log.warning("the worker waits for the store", reason=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _PAUSE_SECONDS)
            except ResponseError as error:
                # Somebody removed the stream or the group; anything else is a bug.
                if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                    raise
                _log.warning("the group is gone; joining anew", group=self._streams.group)
        with suppress(StoreUnavailable, ResponseError):
            await self._evaluate(_LEAVE, [self._streams.source], self._streams.consumer)

    async def _join(self) -> None:
        streams = self._streams
        async with reaching():
            try:
                await self._client.xgroup_create(streams.source, streams.group, "0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    async def _finish_own(self) -> None:
        """What this consumer was given before it was restarted under the same name."""
        after = "0"
        while entries := await self._read(after):
            await self._work(entries)
            after = entries[-1][0].decode()

    async def _read(self, after: str) -> list[Entry]:
        streams = self._streams
        async with reaching():
            found = await self._client.xreadgroup(
                streams.group,
                streams.consumer,
                {streams.source: after},
                count=self._conduct.batch,
                block=int(BLOCK_SECONDS * 1000),
            )
        return _entries(found)

    async def _rescue(self) -> None:
        """Takes over what consumers hold that have been idle for too long."""
        streams, start = self._streams, "0-0"
        while True:
            async with reaching():
                following, entries, *_ = await self._client.xautoclaim(
                    streams.source,
                    streams.group,
                    streams.consumer,
                    int(self._conduct.idle * 1000),
                    start,
                    count=self._conduct.batch,
                )
            if entries:
                _log.info("took over entries", number=len(entries))
                await self._work(await self._without_poison(entries))
            start = following.decode()
            if start == "0-0":
                return

    async def _without_poison(self, entries: Sequence[Entry]) -> list[Entry]:
        streams = self._streams
        async with reaching():
            held = await self._client.xpending_range(
                streams.source,
                streams.group,
                min=entries[0][0],
                max=entries[-1][0],
                count=len(entries),
                consumername=streams.consumer,
            )
        taken = {each["message_id"]: int(each["times_delivered"]) for each in held}
        good: list[Entry] = []
        for identifier, fields in entries:
            times = taken.get(identifier, 1)
            if times > self._conduct.attempts:
                reason = f"taken {times - 1} times by workers that did not finish it"
                await self._bury(identifier, fields, reason)
            else:
                good.append((identifier, fields))
        return good

    async def _work(self, entries: Sequence[Entry]) -> None:
        finished: list[str] = []
        for identifier, fields in entries:
            try:
                comment, verdict = await self._judged(self._comment(fields))
            except StoreUnavailable:
                raise
            except Poison as error:
                await self._bury(identifier, fields, str(error))
            except Exception as error:
                # The same text would fail the same way: others must not wait behind it.
                _log.exception("an entry cannot be judged", entry=identifier.decode())
                await self._bury(identifier, fields, f"judging failed: {type(error).__name__}")
            else:
                finished += [identifier.decode(), await self._told(identifier, comment, verdict)]
        if finished:
            self.judged += int(
                await self._evaluate(
                    _FINISH,
                    [self._streams.source, self._streams.sink],
                    self._conduct.keep,
                    *finished,
                )
            )

    async def _judged(self, comment: Comment) -> tuple[Comment, Verdict]:
        if self._conduct.record:
            return await judged(comment, self._service)
        (verdict,) = await previewed([comment], self._service)
        return comment, verdict

    def _comment(self, fields: Fields) -> Comment:
        raw = fields.get(b"comment")
        if raw is None:
            raise Poison("the entry has no field `comment`")
        try:
            return within_limits(CommentSent.model_validate_json(raw), self._service.settings)
        except ValidationError as error:
            told = "; ".join(
                f"{'/'.join(map(str, each['loc'])) or 'comment'}: {complaint(each)}"
                for each in error.errors()
            )
            raise Poison(told[:LONGEST_REASON]) from None
        except Problem as problem:
            raise Poison(json.dumps(problem.content.get("errors"))[:LONGEST_REASON]) from None

    async def _told(self, identifier: bytes, comment: Comment, verdict: Verdict) -> str:
        """The fields of a verdict's entry, as JSON for the script."""
        told: dict[str, Any] = {"entry": identifier.decode(), "comment": comment.id}
        if self._conduct.record:
            record = await recorded(comment, verdict, self._service)
            verdict = record.revision.verdict
            told |= {"status": record.status.value, "item": record.item or ""}
        shown = self._service.faces.moderator(verdict, comment.text).model_dump(mode="json")
        told |= {"action": verdict.action.value, "verdict": json.dumps(shown, ensure_ascii=False)}
        flat = [part for name, value in told.items() for part in (name, value)]
        return json.dumps(flat, ensure_ascii=False)

    async def _bury(self, identifier: bytes, fields: Fields, reason: str) -> None:
        flat = [part for name, value in fields.items() for part in (name, value)]
        self.buried += int(
            await self._evaluate(
                _BURY,
                [self._streams.source, self._streams.dead],
                identifier,
                reason,
                *flat,
            )
        )
        _log.warning("a poison entry", entry=identifier.decode(), reason=reason)

    async def _evaluate(self, script: str, keys: list[str], *arguments: str | bytes | int) -> Any:
        async with reaching():
            return await self._client.eval(
                script, len(keys), *keys, self._streams.group, *arguments
            )


def _entries(reply: Any) -> list[Entry]:
    """The entries of the one stream that was read; the reply's form depends on the protocol."""
    if not reply:
        return []
    found = next(iter(reply.values()))[0] if isinstance(reply, dict) else reply[0][1]
    # An entry that was trimmed away while it was pending comes without its fields.
    return [(identifier, fields or {}) for identifier, fields in found]
