"""How long a test waits for what must come about by itself, on the slowest machine.

No promise about speed: those are measured in `benchmarks/`. A test that waits ends as soon as what
it waits for is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic, sleep
from typing import Any, Final

PATIENT_SECONDS: Final = 60
PATIENT_MILLISECONDS: Final = PATIENT_SECONDS * 1000


def eventually(answer: Callable[[], Any]) -> Any:
    """The first true value that a function gives."""
    deadline = monotonic() + PATIENT_SECONDS
    while not (value := answer()):
        assert monotonic() < deadline, f"nothing came of it within {PATIENT_SECONDS} s"
        sleep(0.05)
    return value


async def eventually_true(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Waits until something holds, while the event loop goes on."""
    deadline = monotonic() + PATIENT_SECONDS
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        assert monotonic() < deadline, f"it did not come about within {PATIENT_SECONDS} s"
        await asyncio.sleep(0.02)
