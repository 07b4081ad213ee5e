"""Who is told of decisions: an address, a secret, and the kinds of event that it wants."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the mark of secrets, not one
_SECRET_BYTES: Final = (24, 64)


class EventType(StrEnum):
    """What can be told of a comment."""

    JUDGED = "comment.judged"
    RESOLVED = "comment.resolved"
    ESCALATED = "comment.escalated"
    REOPENED = "comment.reopened"
    APPEALED = "comment.appealed"


KINDS: Final = {
    "submitted": EventType.JUDGED,
    "revised": EventType.JUDGED,
    "rejudged": EventType.JUDGED,
    "approved": EventType.RESOLVED,
    "rejected": EventType.RESOLVED,
    "escalated": EventType.ESCALATED,
    "undone": EventType.REOPENED,
    "appealed": EventType.APPEALED,
}
"""Which transitions of the audit trail are told, by their kind. The others concern nobody outside:
claims, releases, expired leases, archiving."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver as it is stored.

    `secrets` sign every message, the newest first; after a roll there are two. `include_text` says
    that the comment's text is sent too. `disabled` is the reason for which nothing is sent, empty
    while messages are sent.
    """

    id: str
    url: str
    secrets: tuple[str, ...]
    events: frozenset[EventType]
    include_text: bool
    created: datetime
    disabled: str = ""

    def wants(self, kind: str) -> bool:
        """Whether a transition of this kind is told."""
        return KINDS.get(kind) in self.events


def new_id() -> str:
    """A fresh endpoint id."""
    return f"wh{secrets.token_hex(5)}"


def new_secret() -> str:
    """A fresh signing secret of 256 random bits."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def checked_secret(secret: str) -> str:
    """The secret. Raises ValueError where it is none: `whsec_` and base64 of 24 to 64 bytes."""
    least, most = _SECRET_BYTES
    try:
        size = len(b64decode(secret.removeprefix(SECRET_PREFIX), validate=True))
    except (BadBase64, ValueError):
        size = 0
    if not secret.startswith(SECRET_PREFIX) or not least <= size <= most:
        raise ValueError(
            f"a secret is `{SECRET_PREFIX}` and {least} to {most} random bytes in base64; "
            "leave it out and one is made"
        )
    return secret


def dump(endpoint: Endpoint) -> str:
    """As it is stored. The secrets are kept as they are: signing needs them."""
    return json.dumps(
        {
            "id": endpoint.id,
            "url": endpoint.url,
            "secrets": endpoint.secrets,
            "events": sorted(endpoint.events),
            "include_text": endpoint.include_text,
            "created": endpoint.created.isoformat(),
            "disabled": endpoint.disabled,
        }
    )


def load(raw: str | bytes) -> Endpoint:
    """The reverse of `dump`."""
    said = json.loads(raw)
    return Endpoint(
        id=said["id"],
        url=said["url"],
        secrets=tuple(said["secrets"]),
        events=frozenset(map(EventType, said["events"])),
        include_text=said["include_text"],
        created=datetime.fromisoformat(said["created"]).astimezone(UTC),
        disabled=said["disabled"],
    )
