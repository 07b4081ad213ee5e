"""What one endpoint is still to be told: derived from the audit trail, by a cursor that is kept.

The trail is written in the same step as each decision, so that no crash can come between a decision
and its message. The cursor says up to which entry messages were made out; making out and moving it
on are one step as well. A message that is being sent is lent for a time: when its sender dies, it
comes due again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from moderation.store.connection import Client
from moderation.store.encoding import to_moment
from moderation.store.library import reaching

_NOW: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
"""
_MAKE_OUT: Final = f"""{_NOW}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
for at = 3, #ARGV do redis.call('ZADD', KEYS[2], 'NX', now, ARGV[at]) end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
_TAKE: Final = f"""{_NOW}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)
if #found == 0 then return {{}} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), found[1])
return {{ found[1], redis.call('HGET', KEYS[2], found[1]) or '' }}
"""
# A message that is no longer due was told, given up or forgotten meanwhile: it stays so.
_POSTPONE: Final = f"""{_NOW}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
"""
_BURY: Final = """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
"""
_SETTLE: Final = f"""{_NOW}
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'delivered', 1)
redis.call('HSET', KEYS[4], 'last', string.format('%.0f', now))
return 1
"""
_REPLAY: Final = f"""{_NOW}
for _, number in ipairs(ARGV) do
  redis.call('ZREM', KEYS[3], number)
  redis.call('HDEL', KEYS[2], number)
  redis.call('ZADD', KEYS[1], now, number)
end
return #ARGV
"""
_PRUNE: Final = """
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, 1000)
for _, number in ipairs(gone) do
  redis.call('ZREM', KEYS[3], number)
  redis.call('HDEL', KEYS[2], number)
end
return #gone
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How telling one message went so far. `number` is the entry of the trail that it tells.

    `status` is the receiver's last HTTP status, `problem` what went wrong last; `first` and `last`
    are when it was tried, in milliseconds since 1970.
    """

    number: int
    attempts: int = 0
    first: int | None = None
    last: int | None = None
    status: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """How an endpoint fares."""

    cursor: int
    pending: int
    dead: int
    delivered: int
    last_delivered: datetime | None


class Outbox:
    """The messages of one endpoint. All methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._cursor = f"{root}:cursor"
        # The order in which the scripts know them.
        self._keys = tuple(f"{root}:{name}" for name in ("due", "states", "dead", "totals"))

    async def begin(self, number: int) -> None:
        """Sets the cursor of a new endpoint: it is told what comes after this entry."""
        async with reaching():
            await self._client.set(self._cursor, str(number))

    async def forget(self) -> None:
        """Removes everything."""
        async with reaching():
            await self._client.delete(self._cursor, *self._keys)

    async def cursor(self) -> int:
        """The last entry that messages were made out for."""
        async with reaching():
            return int(await self._client.get(self._cursor) or 0)

    async def make_out(self, cursor: int, numbers: Sequence[int], until: int) -> bool:
        """Makes messages of entries due and moves the cursor from `cursor` to `until`.

        False where another process did so before; nothing is changed then.
        """
        return bool(
            await self._run(_MAKE_OUT, (self._cursor, self._keys[0]), cursor, until, *numbers)
        )

    async def take(self, seconds: float) -> Delivery | None:
        """A message that is due, lent for so long; None where none is."""
        found = await self._run(_TAKE, self._keys[:2], int(seconds * 1000))
        return _delivery(int(found[0]), found[1]) if found else None

    async def settle(self, number: int) -> None:
        """Notes that a message was taken by its receiver."""
        await self._run(_SETTLE, self._keys, number)

    async def postpone(self, delivery: Delivery, seconds: float) -> None:
        """Makes a message due again after a time."""
        milliseconds = int(seconds * 1000)
        await self._run(_POSTPONE, self._keys, delivery.number, milliseconds, _state(delivery))

    async def bury(self, delivery: Delivery) -> None:
        """Gives a message up; it stays visible, and can be replayed, as long as its entry stays."""
        await self._run(_BURY, self._keys, delivery.number, _state(delivery))

    async def replay(self, numbers: Sequence[int]) -> None:
        """Makes messages due now, as if they had never been tried."""
        for start in range(0, len(numbers), 1000):
            await self._run(_REPLAY, self._keys, *numbers[start : start + 1000])

    async def prune(self, anchor: int) -> None:
        """Forgets dead messages of entries that were archived, up to `anchor`."""
        while await self._run(_PRUNE, self._keys, anchor):
            pass

    async def dead(self, *, after: int = 0, limit: int = 100) -> list[Delivery]:
        """What was given up, by entry."""
        async with reaching():
            numbers = await self._client.zrangebyscore(
                self._keys[2], f"({after}", "+inf", start=0, num=limit
            )
        return await self._states(numbers)

    async def pending(self, *, limit: int = 100) -> list[Delivery]:
        """What is still to be told, the next first."""
        async with reaching():
            numbers = await self._client.zrange(self._keys[0], 0, limit - 1)
        return await self._states(numbers)

    async def totals(self) -> Totals:
        """How much is pending, dead and delivered."""
        async with reaching():
            cursor = int(await self._client.get(self._cursor) or 0)
            pending = await self._client.zcard(self._keys[0])
            dead = await self._client.zcard(self._keys[2])
            delivered, last = await self._client.hmget(self._keys[3], "delivered", "last")
        moment = to_moment(int(last)) if last else None
        return Totals(cursor, pending, dead, int(delivered or 0), moment)

    async def _states(self, numbers: Sequence[Any]) -> list[Delivery]:
        if not numbers:
            return []
        async with reaching():
            states = await self._client.hmget(self._keys[1], *numbers)
        return [
            _delivery(int(number), state) for number, state in zip(numbers, states, strict=True)
        ]

    async def _run(self, script: str, keys: Sequence[str], *arguments: str | int) -> Any:
        async with reaching():
            return await self._client.eval(script, len(keys), *keys, *map(str, arguments))


def _state(delivery: Delivery) -> str:
    return json.dumps(asdict(delivery))


def _delivery(number: int, state: bytes | str | None) -> Delivery:
    return Delivery(**json.loads(state)) if state else Delivery(number)
