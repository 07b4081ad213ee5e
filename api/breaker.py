"""The breaker: a rule that is new and suddenly hits far too much may flag, and reject no more.

Which rules are new and what tripped stands in the store, so that it outlives restarts and is one
for all workers; each looks once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from moderation.comment import Comment
from moderation.detector import Rules
from moderation.policy import Breaker as Limits
from moderation.store import Store
from moderation.store.breaker import Tripped
from moderation.verdict import Verdict

_log = structlog.get_logger("api.breaker")

POLL_SECONDS: Final = 1.0
"""How often a worker looks what tripped elsewhere."""
_REGISTER_SECONDS: Final = 3600.0
"""How often rules are named to the store again: what nobody names is forgotten there."""
_NO_RULES: Final[frozenset[str]] = frozenset()


class Breaker:
    """The breaker of one worker. `refresh` brings it up to date with store and rules."""

    def __init__(self, store: Store) -> None:
        self._memory = store.breaker
        self._version: str | None = None
        self._registered = 0.0
        self._fingerprints: Mapping[str, str] = {}
        self._since: Mapping[str, datetime] = {}
        self._tripped: Mapping[str, Tripped] = {}
        self._flag_only = _NO_RULES

    def tripped(self) -> Mapping[str, Tripped]:
        """By name of a rule that may only flag: when that came about, and how."""
        return {rule: self._tripped[self._fingerprints[rule]] for rule in self._flag_only}

    def flag_only(self, limits: Limits) -> frozenset[str]:
        """The rules that may only flag; none where the policy wants no breaker."""
        return self._flag_only if limits.hours else _NO_RULES

    async def reset(self, rule: str, by: str) -> None:
        """Lets a rule reject again: somebody looked at it and answers for it, until it changes.

        Raises NotFound where it has not tripped, and StoreUnavailable.
        """
        await self._memory.reset(rule)
        _log.warning("breaker reset", rule=rule, by=by)
        await self._look()

    async def refresh(self, rules: Rules) -> None:
        """Learns what tripped, and tells the store of rules that are new. Raises StoreUnavailable.

        The first time, and whenever the rule set has changed, that takes a tenth of a second of
        work, in a thread.
        """
        if rules.version != self._version or monotonic() - self._registered > _REGISTER_SECONDS:
            fingerprints = await asyncio.to_thread(lambda: rules.fingerprints)
            self._since = await self._memory.register(fingerprints)
            self._fingerprints = fingerprints
            self._version, self._registered = rules.version, monotonic()
        await self._look()

    async def count(self, comment: Comment, verdict: Verdict, limits: Limits) -> bool:
        """Counts a comment for the rules that are new. Whether one tripped by it.

        Raises StoreUnavailable.
        """
        oldest = datetime.now(UTC) - timedelta(hours=limits.hours)
        if not any(since > oldest for since in self._since.values()):
            return False
        deciding = {
            reason.source.name for reason in verdict.reasons if reason.source.kind == "rule"
        }
        hits = {
            rule: self._fingerprints[rule]
            for rule in sorted(deciding)
            if rule in self._since and self._since[rule] > oldest
        }
        if not await self._memory.count(comment, hits, limits):
            return False
        await self._look()
        for rule in hits.keys() & self._flag_only:
            tripped = self._tripped[self._fingerprints[rule]]
            _log.warning(
                "breaker tripped: the rule may flag, and reject no more",
                rule=rule,
                hits=tripped.hits,
                comments=tripped.comments,
                remedy="narrow the rule, or `moderation rules breaker reset` lets it act again",
            )
        return True

    async def _look(self) -> None:
        self._tripped = await self._memory.tripped()
        self._flag_only = frozenset(
            rule for rule, fingerprint in self._fingerprints.items() if fingerprint in self._tripped
        )
