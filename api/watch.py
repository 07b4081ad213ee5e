"""Rules and policy that change while the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, awatch


async def on_change(
    packs: Path, policy: Path, stop: asyncio.Event, changed: Callable[[], None]
) -> None:
    """Calls `changed` after each change under the packs' folder or of the policy, until `stop`."""
    packs, policy = packs.resolve(), policy.resolve()

    def concerns(_: Change, path: str) -> bool:
        # Editors and this service itself write to hidden files first.
        touched = Path(path)
        return touched == policy or (
            touched.is_relative_to(packs) and not touched.name.startswith(".")
        )

    # The folder of the policy, since editors replace a file rather than write into it. A tenth of a
    # second gathers what an editor or a deployment writes in one go.
    changes = awatch(
        *{packs, policy.parent}, watch_filter=concerns, debounce=100, step=25, stop_event=stop
    )
    async for _ in changes:
        changed()
