"""What has to be done from time to time while the service runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Final

import structlog

from api.settings import Settings
from api.storing import archive_folder
from moderation.store import Store, StoreError

_log = structlog.get_logger("api.housekeeping")

SWEEP_SECONDS: Final = 15.0
"""How often expired leases are returned where nobody asks for the queue."""
ARCHIVE_SECONDS: Final = 24 * 3600.0


async def keep_house(store: Store, settings: Settings, stop: asyncio.Event) -> None:
    """Returns expired leases, and moves what is older than the retention to the archive.

    Goes on until `stop` and ends a round that is begun. A store that is down is waited for; the
    next round tries again.
    """
    archived = monotonic() - ARCHIVE_SECONDS
    while not stop.is_set():
        try:
            await store.queue.sweep()
            if monotonic() - archived >= ARCHIVE_SECONDS:
                await _archive(store, settings)
                archived = monotonic()
        except (StoreError, OSError) as error:
            _log.warning("housekeeping waits for the store", reason=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)


async def _archive(store: Store, settings: Settings) -> None:
    moved = await store.retention.archive(
        archive_folder(settings), timedelta(days=settings.retention_days)
    )
    if moved.files:
        _log.info(
            "archived",
            records=moved.records,
            entries=moved.entries,
            files=[file.name for file in moved.files],
        )
