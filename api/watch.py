"""Rules and policy that change while the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, awatch


async def on_change(
    places: Iterable[Path], stop: asyncio.Event, changed: Callable[[], None]
) -> None:
    """Calls `changed` after each change of a file, or under a folder, until `stop`."""
    resolved = [place.resolve() for place in places]

    def concerns(_: Change, path: str) -> bool:
        # Editors and this service itself write to hidden files first.
        touched = Path(path)
        return touched in resolved or (
            not touched.name.startswith(".")
            and any(touched.is_relative_to(place) for place in resolved)
        )

    # The folder of a file, since editors replace a file rather than write into it. A tenth of a
    # second gathers what an editor or a deployment writes in one go.
    watched = {place if place.is_dir() else place.parent for place in resolved}
    changes = awatch(*watched, watch_filter=concerns, debounce=100, step=25, stop_event=stop)
    async for _ in changes:
        changed()
