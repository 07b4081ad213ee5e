"""What a running service keeps an eye on about its rules: breakers, and rules that end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from api.breaker import POLL_SECONDS, Breaker
from moderation.detector import Rules
from moderation.store import StoreError

_log = structlog.get_logger("api.overseeing")


async def oversee(breaker: Breaker, rules: Callable[[], Rules], stop: asyncio.Event) -> None:
    """Goes on until `stop`. A store that is down is waited for; what was known of it holds."""
    told: set[tuple[str, datetime]] = set()
    reached = True
    while not stop.is_set():
        _tell_ended(rules(), told)
        try:
            await breaker.refresh(rules())
            reached = True
        except StoreError as error:
            if reached:
                _log.warning("the breaker waits for the store", reason=str(error))
            reached = False
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)


def _tell_ended(rules: Rules, told: set[tuple[str, datetime]]) -> None:
    if not rules.expirations:
        return
    now = datetime.now(UTC)
    for rule, end in rules.expirations.items():
        if end <= now and (rule, end) not in told:
            told.add((rule, end))
            _log.warning(
                "a rule has ended and decides nothing more", rule=rule, ended=end.isoformat()
            )
