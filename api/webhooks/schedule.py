"""When a message that was not taken is sent again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

FACTOR: Final = 4.0
LEAST_SHARE: Final = 0.75
LONGEST_ASKED: Final = 3600.0
"""The longest pause, in seconds, that a receiver's `Retry-After` is granted."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Pauses that grow fourfold from `first` to `longest` seconds, over `attempts` in all."""

    first: float
    longest: float
    attempts: int

    def pause(self, attempts: int, asked: float = 0.0) -> float | None:
        """Seconds until the next attempt after so many failed ones; None where that was the last.

        Three quarters to all of the pause, drawn at random, so that messages that failed together
        do not come back together. `asked` is what the receiver asked for.
        """
        if attempts >= self.attempts:
            return None
        full = min(self.first * FACTOR ** (attempts - 1), self.longest)
        drawn = full * random.uniform(LEAST_SHARE, 1.0)  # noqa: S311 - spreads load, hides nothing
        return max(drawn, min(asked, LONGEST_ASKED))
