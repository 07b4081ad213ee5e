"""The breaker's memory: since when rules are here, how often they hit, and which hit too often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from moderation.comment import Comment
from moderation.policy import Breaker
from moderation.store.encoding import from_json, to_bytes, to_moment
from moderation.store.errors import NotFound
from moderation.store.library import Library

Fingerprints = Mapping[str, str]
"""By rule name: the fingerprint of its content."""


@dataclass(frozen=True, slots=True)
class Tripped:
    """When a rule was kept from rejecting, and what it did: `hits` of so many `comments`."""

    rule: str
    at: datetime
    hits: int
    comments: int


class BreakerMemory:
    """What the workers of one namespace share. All methods raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def register(self, rules: Fingerprints) -> Mapping[str, datetime]:
        """By rule name: when its content was first here. Names the rules that there are now.

        The rules of the first call of all have always been here: what is new is what comes after.
        """
        pairs = [part for pair in rules.items() for part in pair]
        since: Sequence[bytes] = await self._library.transition("breaker_register", *pairs)
        return {rule: to_moment(at) for rule, at in zip(rules, since, strict=True)}

    async def tripped(self) -> Mapping[str, Tripped]:
        """By fingerprint: what tripped and was not reset."""
        return {
            fingerprint.decode(): _tripped(from_json(state))
            for fingerprint, state in _pairs(await self._library.call("breaker_tripped"))
        }

    async def tripped_now(self) -> Mapping[str, Tripped]:
        """By rule name: what tripped of the rules that there are now."""
        tripped = await self.tripped()
        return {
            rule: tripped[fingerprint]
            for rule, fingerprint in (await self.current()).items()
            if fingerprint in tripped
        }

    async def current(self) -> Fingerprints:
        """The rules that there are now."""
        found = _pairs(await self._library.call("breaker_current"))
        return {name.decode(): fingerprint.decode() for name, fingerprint in found}

    async def count(self, comment: Comment, hits: Fingerprints, breaker: Breaker) -> frozenset[str]:
        """Counts a comment and the young rules that hit it: the fingerprints that trip by it.

        A comment that was counted among the last thousand is not counted again.
        """
        tripped: Sequence[bytes] = await self._library.transition(
            "breaker_count",
            sha256(to_bytes(comment.id)).hexdigest()[:16],
            int(timedelta(hours=breaker.hours).total_seconds() * 1000),
            breaker.hits,
            str(breaker.share),
            breaker.comments,
            *(part for pair in hits.items() for part in pair),
        )
        return frozenset(fingerprint.decode() for fingerprint in tripped)

    async def reset(self, rule: str) -> None:
        """Lets a rule reject again and trusts its present content. Raises NotFound where it has not
        tripped.
        """
        fingerprint = (await self.current()).get(rule, "")
        if not await self._library.call("breaker_reset", fingerprint):
            raise NotFound(f"the breaker of rule `{rule}` has not tripped")


def _pairs(flat: Sequence[bytes]) -> Sequence[tuple[bytes, bytes]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _tripped(state: Mapping[str, Any]) -> Tripped:
    return Tripped(state["rule"], to_moment(int(state["at"])), state["hits"], state["comments"])
