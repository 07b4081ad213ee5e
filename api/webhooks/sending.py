"""One message to one receiver: checked address, signature, time limit, no redirects."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self

import httpx
from standardwebhooks import Webhook

from api.webhooks.address import AddressRefused, check_url, permitted, target
from api.webhooks.endpoint import Endpoint
from api.webhooks.sentences import NO_ADDRESS, NO_ANSWER, NO_CONNECTION, NOT_TAKEN, REDIRECT, said
from api.webhooks.settings import WebhookSettings

GONE: Final = 410
LONGEST_PROBLEM: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt. `status` is None where no answer came. `pause` is what the receiver
    asks for with `Retry-After`, in seconds."""

    status: int | None
    problem: str = ""
    pause: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Sends to one endpoint. Connections are not shared between endpoints: one that was made for
    a name must not serve another name at the same address."""

    def __init__(self, settings: WebhookSettings, trust: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(
            verify=ssl.create_default_context() if trust is None else trust,
            # A proxy of the environment would connect to addresses that nobody checked.
            trust_env=False,
            follow_redirects=False,
            timeout=settings.timeout_seconds,
            headers={"User-Agent": f"moderation-webhooks/{version('moderation')}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def send(self, endpoint: Endpoint, message: str, body: bytes) -> Answer:
        """One attempt. Failures of the receiver and of the way to it are answers, not raised."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await self._send(endpoint, message, body)
        except TimeoutError:
            seconds = f"{self._settings.timeout_seconds:g}"
            return Answer(None, said(NO_ANSWER, seconds=seconds))
        except AddressRefused as error:
            return Answer(None, str(error)[:LONGEST_PROBLEM])
        except (OSError, UnicodeError, httpx.HTTPError) as error:
            told = said(NO_CONNECTION, error=str(error) or type(error).__name__)
            return Answer(None, told[:LONGEST_PROBLEM])

    async def _send(self, endpoint: Endpoint, message: str, body: bytes) -> Answer:
        # The networks that are allowed may have changed since the endpoint was registered.
        check_url(endpoint.url, self._settings.networks)
        host, port = target(endpoint.url)
        failure: httpx.ConnectError | None = None
        for address in await permitted(host, port, self._settings.networks):
            request = self._client.build_request(
                "POST",
                httpx.URL(endpoint.url).copy_with(host=address),
                content=body,
                headers=_signed(endpoint, message, body)
                | {"Host": httpx.URL(endpoint.url).netloc.decode()},
                extensions={"sni_hostname": host},
            )
            try:
                response = await self._client.send(request, stream=True)
            except httpx.ConnectError as error:
                failure = error
                continue
            # What it says beside its status is not read: it may be endless.
            await response.aclose()
            return _answer(response)
        if failure is None:
            return Answer(None, said(NO_ADDRESS, host=host))
        raise failure


def _signed(endpoint: Endpoint, message: str, body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    signatures = [
        Webhook(secret).sign(message, now, body.decode("ascii")) for secret in endpoint.secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _answer(response: httpx.Response) -> Answer:
    status = response.status_code
    if response.is_success:
        return Answer(status)
    asked = response.headers.get("Retry-After", "")
    pause = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    told = said(
        REDIRECT if response.is_redirect else NOT_TAKEN,
        answer=f"{status} {response.reason_phrase}".strip(),
    )
    return Answer(status, told, pause)
