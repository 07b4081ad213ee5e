"""API keys: who may do what.

A key reads `mod_<id>_<secret>`. The id names it in logs, in the audit and as the moderator; the
secret is 256 random bits, of which only the SHA-256 is stored. A plain hash is enough for that: a
slow, salted one protects secrets that people choose and that can be guessed, and nobody guesses
256 bits; it would only make every request slow.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Final

from moderation.store import StoreUnavailable
from moderation.store.connection import Client
from moderation.store.library import reaching

FRESH_SECONDS: Final = 2.0
"""How long a key that was read is trusted: a revoked key works at most so long."""
STALE_SECONDS: Final = 3600.0
"""How long it is trusted while the store is down, so that previews go on."""
_CACHED_AT_MOST: Final = 10_000
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Role(StrEnum):
    """What a key may do. `admin` may do everything; the others imply nothing but themselves."""

    SUBMIT = "submit"
    REVIEW = "review"
    RULES = "rules"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored: everything but its secret.

    A key with `origins` is a browser key: any reader can take it from a page, so that it only
    submits, and only from pages of these origins. Raises ValueError where it has another role.
    """

    id: str
    name: str
    roles: frozenset[Role]
    created: datetime
    origins: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.origins and self.roles != {Role.SUBMIT}:
            raise ValueError("a browser key has the role `submit` and no other")

    def may(self, *roles: Role) -> bool:
        """Whether the key has one of the roles."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class _Stored:
    key: Key
    digest: str
    read: float


class KeyRing:
    """The keys of one service, in the hash `name` of its store.

    All methods raise StoreUnavailable where the store cannot be reached.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._cache: dict[str, _Stored] = {}

    async def create(
        self, name: str, roles: Iterable[Role], origins: Iterable[str] = ()
    ) -> tuple[Key, str]:
        """Makes a key. The secret text is returned here and can never be read again."""
        key = Key(
            id="".join(secrets.choice(_ALPHABET) for _ in range(10)),
            name=name,
            roles=frozenset(roles),
            created=datetime.now(UTC),
            origins=frozenset(origins),
        )
        secret = f"mod_{key.id}_{secrets.token_urlsafe(32)}"
        async with reaching():
            await self._client.hset(self._name, key.id, _dump(key, _digest(secret)))
        return key, secret

    async def all(self) -> list[Key]:
        """Every key, the oldest first."""
        async with reaching():
            stored = await self._client.hgetall(self._name)
        return sorted((_load(raw).key for raw in stored.values()), key=lambda key: key.created)

    async def revoke(self, key_id: str) -> bool:
        """Whether there was such a key; there is none afterwards."""
        self._cache.pop(key_id, None)
        async with reaching():
            return bool(await self._client.hdel(self._name, key_id))

    async def holder(self, secret: str, *, browser: bool = False) -> Key | None:
        """The key of a secret text; None where it is not, or no longer, valid.

        Browser keys are given only to callers that ask for them, and that then hold them to their
        origins and rates.
        """
        prefix, _, rest = secret.partition("_")
        key_id, _, _ = rest.partition("_")
        if prefix != "mod" or not 0 < len(key_id) <= 32 or not secret.isascii():
            return None
        stored = await self._stored(key_id)
        if stored is None or not hmac.compare_digest(stored.digest, _digest(secret)):
            return None
        return None if stored.key.origins and not browser else stored.key

    async def _stored(self, key_id: str) -> _Stored | None:
        cached = self._cache.get(key_id)
        age = monotonic() - cached.read if cached else 0.0
        if cached and age < FRESH_SECONDS:
            return cached
        try:
            async with reaching():
                raw = await self._client.hget(self._name, key_id)
        except StoreUnavailable:
            if cached and age < STALE_SECONDS:
                return cached
            raise
        if raw is None:
            self._cache.pop(key_id, None)
            return None
        if len(self._cache) >= _CACHED_AT_MOST:
            self._cache.clear()
        self._cache[key_id] = stored = _load(raw)
        return stored


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _dump(key: Key, digest: str) -> str:
    return json.dumps(
        {
            "id": key.id,
            "name": key.name,
            "roles": sorted(key.roles),
            "origins": sorted(key.origins),
            "created": key.created.isoformat(),
            "sha256": digest,
        },
        ensure_ascii=False,
    )


def _load(raw: str | bytes) -> _Stored:
    said = json.loads(raw)
    key = Key(
        id=said["id"],
        name=said["name"],
        roles=frozenset(map(Role, said["roles"])),
        created=datetime.fromisoformat(said["created"]),
        origins=frozenset(said.get("origins", ())),
    )
    return _Stored(key, said["sha256"], monotonic())
