"""One way of timing for every benchmark."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from timeit import Timer


def median_microseconds(work: Callable[[], object], rounds: int = 30) -> float:
    """The median time of one call, in microseconds, over rounds of about 20 ms each."""
    timer = Timer(work)
    once = timer.timeit(10) / 10
    calls = max(1, int(0.02 / max(once, 1e-9)))
    return median(timer.timeit(calls) / calls * 1e6 for _ in range(rounds))
