"""Keeps the statistics up to date while the service runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from moderation.store import Store, StoreError

_log = structlog.get_logger("api.statistics")

POLL_SECONDS: Final = 1.0
"""How long after a transition it is counted, at most, where the service keeps up."""
_PAUSE_SECONDS: Final = 0.005
"""Between two pages, so that a long trail that was never counted leaves requests their turn."""


async def keep_counted(store: Store, stop: asyncio.Event) -> None:
    """Counts the trail until `stop`. A store that is down is waited for."""
    while not stop.is_set():
        try:
            await store.statistics.catch_up(lambda: asyncio.sleep(_PAUSE_SECONDS))
        except StoreError as error:
            _log.warning("the statistics wait for the store", reason=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
