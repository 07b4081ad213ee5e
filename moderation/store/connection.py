"""Addresses of stores, and clients for them.

- `redis://[user:password@]host:port[/database]`, `rediss://…` with TLS, `unix:///path/to/socket`
- `redis+sentinel://[user:password@]host:port,host:port/service`
- `redis+cluster://[user:password@]host:port,host:port`

With `rediss+…` the last two speak TLS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError

Client = Redis | RedisCluster

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
RETRIES = 4
_SINGLE = ("redis", "rediss", "unix")
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_CLUSTER = ("redis+cluster", "rediss+cluster")
_PORT = {"sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class _Address:
    hosts: tuple[tuple[str, int], ...]
    path: str
    credentials: dict[str, Any]
    tls: bool


def connect(url: str) -> Client:
    """A client for an address. It connects on first use; failures come then.

    Every transition of the store may be repeated without harm, so that broken connections are
    tried again, for about a second. A server that keeps silent is not: the caller waits 5 seconds
    at most. Raises ValueError for an address that cannot be read.
    """
    scheme = url.partition("://")[0]
    if scheme in _SINGLE:
        client: Redis = Redis.from_url(url, **_patience())
        return client
    if scheme in _SENTINEL:
        return _behind_sentinels(_read(url, _PORT["sentinel"]))
    if scheme in _CLUSTER:
        return _cluster(_read(url, _PORT["cluster"]))
    known = ", ".join(f"{name}://" for name in (*_SINGLE, *_SENTINEL, *_CLUSTER))
    raise ValueError(f"the store's address begins with `{scheme}://`; known are {known}")


async def close(client: Client) -> None:
    """Closes a client's connections, those to its sentinels too."""
    await client.aclose()
    if isinstance(client, Redis) and isinstance(client.connection_pool, SentinelConnectionPool):
        for sentinel in client.connection_pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _patience() -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(
            ExponentialWithJitterBackoff(base=0.05, cap=0.5),
            RETRIES,
            supported_errors=(ConnectionError,),
        ),
        "health_check_interval": 30,
    }


def _behind_sentinels(address: _Address) -> Redis:
    service, _, database = address.path.partition("/")
    if not service:
        raise ValueError("a sentinel address ends with the service, for example …:26379/mymaster")
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        list(address.hosts),
        sentinel_kwargs={"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": 1.0},
        **_patience(),
        **address.credentials,
        db=int(database or 0),
        ssl=address.tls,
    )
    client: Redis = sentinel.master_for(service)
    return client


def _cluster(address: _Address) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in address.hosts]
    return RedisCluster(startup_nodes=nodes, **_patience(), **address.credentials, ssl=address.tls)


def _read(url: str, default_port: int) -> _Address:
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    named = {"username": unquote(user), "password": unquote(password)}
    return _Address(
        hosts=tuple(_host(host, default_port) for host in hosts.split(",")),
        path=parts.path.strip("/"),
        credentials={name: value for name, value in named.items() if value},
        tls=parts.scheme.startswith("rediss"),
    )


def _host(text: str, default_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("the store's address has an empty host; write host:port,host:port")
    return parts.hostname, parts.port or default_port
