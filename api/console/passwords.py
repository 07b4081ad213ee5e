"""Passwords: what may be one, and how they are kept (argon2id)."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
"""In code points."""
LONGEST: Final = 1000
"""In bytes of UTF-8."""
_AT_ONCE: Final = 2
"""Each hashing takes 64 MiB and a core: a flood of sign-ins waits, and does not fill the memory."""
_GROUPS, _GROUP = 5, 4
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class PasswordRefusedError(ValueError):
    """No password for an account. `reason` is `short`, `long` or `name`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def check(password: str, name: str) -> None:
    """Raises PasswordRefusedError where somebody of this name may not have this password."""
    if len(password) < SHORTEST:
        raise PasswordRefusedError("short", f"a password has at least {SHORTEST} characters")
    if len(_encoded(password)) > LONGEST:
        raise PasswordRefusedError("long", f"a password has at most {LONGEST} bytes")
    if password.casefold() == name.casefold():
        raise PasswordRefusedError("name", "a password is not the account's name")


def generated() -> str:
    """A password that nobody guesses: 99 random bits, in groups that can be read out."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


class Passwords:
    """Hashes and verifies, each in a thread. `hasher` sets the cost."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """The hash with its salt and parameters, as one text."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash: False, after the same time."""
        encoded = _encoded(password)[: LONGEST + 1]
        async with self._turns:
            right = await asyncio.to_thread(self._verified, stored, encoded)
        return right and stored is not None and len(encoded) <= LONGEST

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_bytes(16))

    def _verified(self, stored: str | None, encoded: bytes) -> bool:
        nobodys = self._nobodys
        try:
            return self._hasher.verify(stored or nobodys, encoded)
        except (VerificationError, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    # Keyboards write one letter in several ways: the same password is the same bytes.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
