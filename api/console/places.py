"""Where golden items that were mixed in are kept, and the numbers that they are given."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from api.console.placed import Moment, Placed, read, write
from moderation.store import NotFound
from moderation.store.connection import Client
from moderation.store.encoding import to_milliseconds, to_moment
from moderation.store.library import reaching

_SOWN_EVERY: Final = timedelta(minutes=1)
_SOWN: Final = 100
_UNLESS_CHANGED: Final = """
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if (kept or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
_KEPT: Final = timedelta(days=7)
"""How long one that was decided on can be looked at again."""


Transition = Callable[[Placed, Moment], Placed]
"""What becomes of a placed item at a time; raises Conflict where that cannot be."""


class Places:
    """The placed golden items of one site. Methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._numbers = f"{root}:queue:numbers"
        self._chain = f"{root}:chain"
        self._placed = f"{root}:golden:placed"
        self._sown = f"{root}:golden:sown"

    async def now(self) -> Moment:
        """The time, and where the audit trail is."""
        async with reaching():
            head = await self._client.hget(self._chain, "sequence")
        whole = to_milliseconds(datetime.now(UTC))
        return Moment(to_moment(whole), int(head or 0))

    async def at(self, number: str) -> Placed | None:
        """What was placed under a number of the queue, as it is now."""
        async with reaching():
            kept = await self._client.hget(self._placed, number)
        return read(kept).at(await self.now()) if kept else None

    async def all(self) -> list[Placed]:
        """Everything that is kept, as it is now."""
        async with reaching():
            kept = await self._client.hvals(self._placed)
        if not kept:
            return []
        now = await self.now()
        return [read(each).at(now) for each in kept]

    async def keep(self, placed: Placed) -> bool:
        """Writes down what a placed item is, unless it has changed since it was read; whether."""
        async with reaching():
            kept = await self._client.eval(
                _UNLESS_CHANGED, 1, self._placed, placed.number, placed.kept, write(placed)
            )
        return bool(kept)

    async def change(self, placed: Placed, transition: Transition) -> Placed:
        """What a transition makes of a placed item, kept.

        Where another change came first, the item is read again and the transition made of that; it
        raises what it raises. Raises NotFound where the item is placed no more.
        """
        while True:
            changed = transition(placed, await self.now())
            if changed is placed or await self.keep(changed):
                return changed
            current = await self.at(placed.number)
            if current is None:
                raise NotFound(f"there is no item `{placed.number}`")
            placed = current

    async def remove(self, numbers: Collection[str]) -> None:
        """Forgets placed items."""
        if numbers:
            async with reaching():
                await self._client.hdel(self._placed, *numbers)

    async def sow(self) -> None:
        """Keeps a number of the queue back from time to time, to look queued then later on.

        Forgets what nothing happened to for long.
        """
        now, sown = await self.now(), await self._seeds()
        if sown and now.at - sown[-1][1].at < _SOWN_EVERY:
            return
        await self._seed(now)
        overdue = [number for number, _ in sown[: max(0, len(sown) + 1 - _SOWN)]]
        if overdue:
            async with reaching():
                await self._client.hdel(self._sown, *map(str, overdue))
        # One that lies among old items looks queued long ago, and may have been taken just now.
        await self.remove(
            [each.number for each in await self.all() if now.at - each.steps[-1].moment.at > _KEPT]
        )

    async def number_among(self, others: Sequence[int]) -> tuple[str, Moment]:
        """A number that lies among others, or before them, with when it was given out."""
        least, most = min(others), max(others)
        seeds = [seed for seed in await self._seeds() if seed[0] < most]
        among = [seed for seed in seeds if seed[0] > least]
        if not seeds:
            now = await self.now()
            return str(await self._seed(now, sown=False)), now
        number, moment = random.choice(among) if among else seeds[-1]  # noqa: S311
        async with reaching():
            is_ours = await self._client.hdel(self._sown, str(number))
        # Another desk may have taken it in the meantime.
        return (str(number), moment) if is_ours else await self.number_among(others)

    async def _seed(self, now: Moment, *, sown: bool = True) -> int:
        async with reaching():
            number = int(await self._client.hincrby(self._numbers, "last", 1))
            if sown:
                told = f"{to_milliseconds(now.at)} {now.head}"
                await self._client.hset(self._sown, str(number), told)
        return number

    async def _seeds(self) -> list[tuple[int, Moment]]:
        """Numbers that were kept back, the lowest first."""
        async with reaching():
            kept = await self._client.hgetall(self._sown)
        found = []
        for number, told in kept.items():
            at, head = map(int, told.split())
            found.append((int(number), Moment(to_moment(at), head)))
        return sorted(found, key=lambda seed: seed[0])
