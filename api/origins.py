"""Origins: which sites' pages may use this service from browsers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.keys import KeyRing
from moderation.store import StoreUnavailable

FRESH_SECONDS: Final = 2.0
"""How long the list of all keys' origins is trusted."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """An origin as browsers write it. Raises ValueError where the address is more or less."""
    try:
        parts = urlsplit(address.strip())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise _no_origin(address) from None
    beyond = (parts.path.strip("/"), parts.query, parts.fragment, parts.username, "*" in host)
    if parts.scheme not in _DEFAULT_PORTS or not host or any(beyond):
        raise _no_origin(address)
    given = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{given}"


def _no_origin(address: str) -> ValueError:
    return ValueError(
        f"{address!r} is no origin; write scheme and host, for example https://site.example"
    )


def is_own(origin: str, headers: Headers) -> bool:
    """Whether an origin is that of this service's own pages, by the host that was asked."""
    try:
        return bool(origin) and urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


class KnownOrigins:
    """The origins of all browser keys; the last known ones while the store is down."""

    def __init__(self, keys: KeyRing, clock: Callable[[], float] = monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._read: float | None = None

    async def __call__(self) -> frozenset[str]:
        """They are at most FRESH_SECONDS old while the store answers."""
        if self._read is None or self._clock() - self._read >= FRESH_SECONDS:
            try:
                keys = await self._keys.all()
            except StoreUnavailable:
                return self._known
            self._known = frozenset(origin for key in keys for origin in key.origins)
            self._read = self._clock()
        return self._known


class CrossOrigin:
    """Lets pages of the known origins read answers (CORS), and no others.

    A preflight names no key: it is answered for the origins of all keys, and the request that
    follows is held to those of its own. Credentials other than the key are never used.
    """

    def __init__(self, app: ASGIApp, origins: Callable[[], Awaitable[frozenset[str]]]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_pages(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = bool(origin) and origin in await self._origins()
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(origin if allowed else None)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                told.add_vary_header("Origin")
                if allowed:
                    told["Access-Control-Allow-Origin"] = origin
                    told["Access-Control-Expose-Headers"] = "Retry-After"
            await send(message)

        await self._app(scope, receive, sending)


def _is_for_pages(path: str) -> bool:
    return path in {"/v1/preview", "/v1/policy"} or path.startswith("/v1/comments")


def _preflight(origin: str | None) -> Response:
    answer = Response(status_code=204, headers={"Vary": "Origin"})
    if origin:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
        answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer
