"""Requests a second and latency of the running service: submissions (recorded) and previews."""

from __future__ import annotations

import asyncio
import statistics
from time import perf_counter

import httpx
from served import served

REQUESTS = 2_000
CLIENTS = 16
TEXT = "تحقيق جيد، لكن أين مصادر الكاتب؟"


async def measure(address: str, key: str, path: str) -> None:
    """Prints rate and latency of one path."""
    seconds: list[float] = []
    numbers = iter(range(REQUESTS))
    async with httpx.AsyncClient(
        base_url=address, headers={"Authorization": f"Bearer {key}"}
    ) as client:

        async def work() -> None:
            for number in numbers:
                began = perf_counter()
                answer = await client.post(path, json={"id": f"c-{number}", "text": TEXT})
                answer.raise_for_status()
                seconds.append(perf_counter() - began)

        began = perf_counter()
        await asyncio.gather(*(work() for _ in range(CLIENTS)))
        whole = perf_counter() - began
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{path}: {REQUESTS / whole:,.0f} requests/s with {CLIENTS} clients; "
        f"latency median {cuts[49] * 1000:.1f} ms, 99th {cuts[98] * 1000:.1f} ms"
    )


def main() -> None:
    """Starts a service on a store of its own and measures it. The client shares the machine."""
    with served() as (address, key):
        for path in ("/v1/preview", "/v1/comments"):
            asyncio.run(measure(address, key, path))


if __name__ == "__main__":
    main()
