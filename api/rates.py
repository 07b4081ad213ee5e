"""How much of the service a public key, and one client, may take."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final

BUCKETS_AT_MOST: Final = 50_000


def network_of(host: str) -> str:
    """What counts as one client: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Token buckets by name. Each holds a minute's allowance and fills evenly.

    They live in this process: several processes admit so many times the rate. Memory is bounded;
    the buckets that nobody touched for longest are forgotten first, and are full again.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, name: str, tokens: int) -> float:
        """Seconds until the bucket holds so many tokens; 0 where it does."""
        missing = min(tokens, self._size) - self._filled(name).tokens
        return max(0.0, missing * 60 / self._size)

    def take(self, name: str, tokens: int) -> None:
        """Takes the tokens out."""
        self._filled(name).tokens -= min(tokens, self._size)

    def _filled(self, name: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(self._size, now))
        self._buckets.move_to_end(name)
        bucket.tokens = min(self._size, bucket.tokens + (now - bucket.at) * self._size / 60)
        bucket.at = now
        if len(self._buckets) > BUCKETS_AT_MOST:
            self._buckets.popitem(last=False)
        return bucket


class Rates:
    """The rates of browser keys, in tokens a minute: for one client, and for all of one key's."""

    def __init__(self, of_client: int, of_key: int, clock: Callable[[], float] = monotonic) -> None:
        self._clients = Buckets(of_client, clock)
        self._keys = Buckets(of_key, clock)

    def take(self, key: str, client: str, tokens: int) -> float:
        """Takes the tokens and answers 0, or takes none and answers the seconds to wait."""
        # A client over its rate does not use up what the key has for the others.
        wait = self._clients.wait(client, tokens) or self._keys.wait(key, tokens)
        if not wait:
            self._clients.take(client, tokens)
            self._keys.take(key, tokens)
        return wait
