"""Care for moderators: how much hard content one has read in this shift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from moderation.store import Item
from moderation.store.connection import Client
from moderation.store.library import reaching
from moderation.verdict import Verdict

_GRAVE: Final = 0.9
_OBSCENE: Final = 0.7
SHIFT: Final = timedelta(hours=8)
"""A shift ends so long after it began; the count begins anew then."""


def hard(verdict: Verdict) -> bool:
    """Whether a text should be veiled until it is asked for: grave words, or plain obscenity."""
    return any(
        (reason.source.kind == "rule" and reason.score >= _GRAVE)
        or (reason.clause == "profanity" and reason.score >= _OBSCENE)
        for reason in verdict.reasons
    )


class Care:
    """Counts hard items that each moderator decided on. Methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._root = f"{root}:care"

    async def count(self, moderator: str, items: Iterable[Item]) -> None:
        """Adds the hard ones of items that were decided."""
        ids = [item.id for item in items if hard(item.verdict)]
        if not ids:
            return
        key = self._key(moderator)
        async with reaching():
            # Members of a set: a decision that is sent twice counts once.
            await self._client.sadd(key, *ids)
            await self._client.expire(key, SHIFT, nx=True)

    async def seen(self, moderator: str) -> int:
        """How many there were in this shift."""
        async with reaching():
            return int(await self._client.scard(self._key(moderator)))

    def _key(self, moderator: str) -> str:
        return f"{self._root}:{moderator}"
