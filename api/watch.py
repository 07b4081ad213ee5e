"""Rules and policy that change while the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from watchfiles import Change, awatch

from api.settings import Settings


async def on_change(
    settings: Settings, stop: asyncio.Event, reload: Callable[[], Awaitable[None]]
) -> None:
    """Calls `reload` after each change of the rules folder or the policy file, until `stop`."""
    rules, policy = settings.rules.resolve(), settings.policy.resolve()

    def concerns(_: Change, path: str) -> bool:
        changed = Path(path)
        return changed == policy or (
            changed.is_relative_to(rules) and changed.suffix in {".yaml", ".txt"}
        )

    # A tenth of a second gathers what an editor or a deployment writes in one go.
    changes = awatch(
        *_watched(rules, policy), watch_filter=concerns, debounce=100, step=25, stop_event=stop
    )
    async for _ in changes:
        await reload()


def _watched(rules: Path, policy: Path) -> Iterable[Path]:
    # The folder of the policy, since editors replace a file rather than write into it.
    return {rules, policy.parent}
