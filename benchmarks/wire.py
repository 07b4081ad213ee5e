"""Latency of what answers other services' clients, under 32 connections that never rest.

Coral gives up after 200 ms (external moderation phase) and 800 ms (Perspective).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import statistics
from time import perf_counter
from urllib.parse import urlsplit

from served import served

CONNECTIONS = 32
REQUESTS = 8_000
SECRET = "empsec_benchmark"  # noqa: S105 - signs what is measured
TEXTS = (
    "تحقيق جيد، لكن أين مصادر الكاتب؟",
    "يا ك.ل.ب انت والكاتب",
    "شكرا على المقال. " * 20,
    "الحكومة فاشلة والوزير لا يعرف شيئا عن معاناة الناس، كفى كذبا علينا",
)


def analyze(text: str, key: str) -> bytes:
    """A request as Coral sends it to Perspective."""
    body = {
        "comment": {"text": text},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    return request(f"/v1alpha1/comments:analyze?key={key}", json.dumps(body).encode())


def moderate(text: str) -> bytes:
    """A request of Coral's external moderation phase."""
    body = json.dumps(
        {
            "action": "NEW",
            "comment": {"body": f"<div>{text}</div>", "parentID": None},
            "author": {"id": "a", "role": "COMMENTER"},
            "story": {"id": "s", "url": "https://site.example/a"},
        }
    ).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return request("/v1/coral", body, f"X-Coral-Signature: sha256={digest}\r\n")


def request(path: str, body: bytes, headers: str = "") -> bytes:
    """The bytes of a request: a client library would take more time than the service."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


async def measure(name: str, address: str, requests: list[bytes], limit_ms: int) -> None:
    """Prints latency and rate of one interface."""
    place = urlsplit(address)
    numbers = iter(range(REQUESTS))
    seconds: list[float] = []

    async def work() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for number in numbers:
            began = perf_counter()
            writer.write(requests[number % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            seconds.append(perf_counter() - began)
        writer.close()

    began = perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    whole = perf_counter() - began
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{name}: {CONNECTIONS} connections, {REQUESTS / whole:,.0f} requests/s; latency "
        f"p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms, "
        f"p99 {cuts[98] * 1000:.1f} ms, worst {max(seconds) * 1000:.1f} ms (limit {limit_ms} ms)"
    )


def main() -> None:
    """Starts a service and measures both interfaces. The client shares the machine."""
    with served(MODERATION_CORAL_SECRETS=SECRET) as (address, key):
        asyncio.run(measure("Perspective", address, [analyze(text, key) for text in TEXTS], 800))
        asyncio.run(measure("Coral", address, [moderate(text) for text in TEXTS], 200))


if __name__ == "__main__":
    main()
