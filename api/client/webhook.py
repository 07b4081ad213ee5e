"""Receiving webhooks: the signature is checked before a word is believed."""

from __future__ import annotations

from binascii import Error as BadBase64
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from api.webhooks.event import Event


class WebhookRefused(ValueError):  # noqa: N818 - names what happened, as its readers see it
    """A request that is not a message of the service: answer 400 and forget it."""


def read_webhook(body: bytes, headers: Mapping[str, str], secrets: str | Iterable[str]) -> Event:
    """The event of a request whose signature is good.

    `body` is what was received, byte for byte. `secrets` is the endpoint's `whsec_…`; during a roll
    give both. Raises WebhookRefused for a signature that fits none, for a message older than five
    minutes, and for one that cannot be read; ValueError for a secret that is none.
    """
    candidates = [secrets] if isinstance(secrets, str) else list(secrets)
    problem: Exception | None = None
    for secret in candidates:
        webhook = Webhook(secret)
        try:
            webhook.verify(body, dict(headers), json_parse=False)
            return Event.model_validate_json(body)
        except (WebhookVerificationError, ValidationError, BadBase64, ValueError) as error:
            problem = error
    raise WebhookRefused(f"not a webhook of the service: {problem}") from problem
