"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

import httpx

from api.client.wire import Call

_NOT_NOW: Final = frozenset({429, 503})
"""Answers that say that nothing was done and that another attempt may succeed."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is: `attempts` in all, with pauses in seconds that double from `first`.

    The service's `Retry-After` goes before, and no pause is longer than `longest`.
    """

    attempts: int = 5
    first: float = 0.2
    longest: float = 10.0

    def after(self, response: httpx.Response, attempt: int) -> float | None:
        """Seconds until the next attempt after an answer; None where it stands."""
        if response.status_code not in _NOT_NOW or attempt >= self.attempts:
            return None
        asked = response.headers.get("Retry-After", "")
        if asked.isascii() and asked.isdigit():
            return min(float(asked), self.longest)
        return self._pause(attempt)

    def after_failure(
        self, call: Call[Any], error: httpx.TransportError, attempt: int
    ) -> float | None:
        """Seconds until the next attempt where no answer came; None where it must not be made."""
        never_sent = isinstance(
            error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
        )
        if attempt >= self.attempts or not (call.repeatable or never_sent):
            return None
        return self._pause(attempt)

    def _pause(self, attempt: int) -> float:
        full = min(self.first * 2.0 ** (attempt - 1), self.longest)
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing


PATIENT: Final = Retries()
