"""Whoever guesses passwords waits: for one login from anywhere, and for one address at any login.

The waits lie in the store: they hold for every process of the service and after a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from math import ceil
from typing import Final

from moderation.store.connection import Client
from moderation.store.encoding import to_milliseconds
from moderation.store.library import reaching

FREE: Final = 5
"""Failures before a login waits."""
FREE_OF_ADDRESS: Final = 20
"""The same for an address: a newsroom sits behind one."""
FIRST_SECONDS: Final = 30
"""The first wait; each further failure doubles it."""
LONGEST_SECONDS: Final = 3600
_FORGOTTEN_SECONDS: Final = 24 * 3600

# An attempt counts as failed when it begins, so that a thousand at once do not pass together.
_BEGIN: Final = """
local now, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, tonumber(redis.call('HGET', key, 'until') or 0) - now)
end
if wait > 0 then return wait end
for at, key in ipairs(KEYS) do
  local over = redis.call('HINCRBY', key, 'failures', 1) - tonumber(ARGV[4 + at])
  if over >= 0 then
    local length = math.min(longest, first * 2 ^ math.min(over, 30))
    redis.call('HSET', key, 'until', string.format('%.0f', now + length))
  end
  redis.call('EXPIRE', key, ARGV[4])
end
return 0
"""
_SUCCEED: Final = """
redis.call('DEL', KEYS[1])
if redis.call('HINCRBY', KEYS[2], 'failures', -1) > 0 then
  redis.call('HDEL', KEYS[2], 'until')
else
  redis.call('DEL', KEYS[2])
end
return 0
"""


class Lockout:
    """Counts failures of logins and addresses. All methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._root = root
        self._clock = clock

    async def begin(self, login: str, address: str) -> int:
        """Lets an attempt begin (0), or says how many seconds to wait."""
        wait = await self._eval(
            _BEGIN,
            self._keys(login, address),
            to_milliseconds(self._clock()),
            FIRST_SECONDS * 1000,
            LONGEST_SECONDS * 1000,
            _FORGOTTEN_SECONDS,
            FREE,
            FREE_OF_ADDRESS,
        )
        return ceil(wait / 1000)

    async def succeed(self, login: str, address: str) -> None:
        """Forgets the login's failures, and of the address's the one that began with this."""
        await self._eval(_SUCCEED, self._keys(login, address))

    async def forgive(self, login: str) -> None:
        """Forgets the login's failures."""
        async with reaching():
            await self._client.delete(self._keys(login, "")[0])

    def _keys(self, login: str, address: str) -> tuple[str, str]:
        # A login may be anything that somebody typed, and somebody's password by mistake.
        return (
            f"{self._root}:login:{sha256(login.encode('utf-8', 'surrogatepass')).hexdigest()}",
            f"{self._root}:address:{address}",
        )

    async def _eval(self, script: str, keys: tuple[str, ...], *arguments: int) -> int:
        async with reaching():
            return int(await self._client.eval(script, len(keys), *keys, *map(str, arguments)))
