"""Accounts of the console: who works here, and as what.

A person signs in with a name and a password. What stands in leases, decisions and the audit, and
leaves the console, is the account's pseudonymous id: naming moderators endangers them.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from api.console import passwords
from api.console.lockout import Lockout
from api.console.passwords import Passwords
from moderation.store import NotFound
from moderation.store.connection import Client
from moderation.store.library import reaching

_SHORTEST, _LONGEST = 3, 40
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"

_CREATE: Final = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] and 'made' or 'again'
end
if redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[1]) == 0 then return 'taken' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'made'
"""
# Changes only what is named, in one step; ARGV[3] is the password's hash that must still stand.
_CHANGE: Final = """
local function rules(account) return account.role == 'admin' and account.disabled == '' end
local raw = redis.call('HGET', KEYS[1], ARGV[1])
if not raw then return { 'missing' } end
local account = cjson.decode(raw)
if ARGV[3] ~= '' and account.password ~= ARGV[3] then return { 'changed' } end
local ruled = rules(account)
for name, value in pairs(cjson.decode(ARGV[2])) do account[name] = value end
if ruled and not rules(account) then
  local others = 0
  for _, other in ipairs(redis.call('HVALS', KEYS[1])) do
    if rules(cjson.decode(other)) then others = others + 1 end
  end
  if others < 2 then return { 'last' } end
end
raw = cjson.encode(account)
redis.call('HSET', KEYS[1], ARGV[1], raw)
return { 'done', raw }
"""


class Role(StrEnum):
    """What an account may do; each role may do what those before it may."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account. `id` stands for them everywhere; `name` never leaves the console.

    `temporary`: somebody else knows the password, so that it must be changed first. `password_set`
    is when it was set last; sessions that began with another password are over.
    """

    id: str
    name: str
    role: Role
    created: datetime
    password_set: datetime
    temporary: bool = False
    disabled: datetime | None = None


class NameRefusedError(ValueError):
    """No name for an account. `reason` is `form` or `taken`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LastAdminError(ValueError):
    """The change would leave nobody who may make accounts."""

    def __init__(self) -> None:
        super().__init__("this is the last admin: make another account admin first")


class SignInRefusedError(Exception):
    """Somebody is not let in. `reason` is `wrong`, `disabled` or `locked`; `wait` is in seconds."""

    def __init__(self, reason: str, wait: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Accounts:
    """The accounts of one service, in the hash `<root>:accounts` of its store.

    All methods raise StoreUnavailable; those that are given an id raise NotFound. `clock` is for
    tests.
    """

    def __init__(
        self,
        client: Client,
        root: str,
        passwords: Passwords | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._accounts = f"{root}:accounts"
        self._names = f"{root}:accounts:names"
        self.passwords = passwords or Passwords()
        self._lockout = Lockout(client, f"{root}:attempts", clock)
        self._clock = clock

    async def create(
        self, name: str, role: Role, password: str, *, temporary: bool = False
    ) -> Account:
        """Makes an account. Raises NameRefusedError and PasswordRefusedError."""
        name = _checked(name)
        passwords.check(password, name)
        hashed = await self.passwords.hash(password)
        now = self._clock()
        while True:
            account_id = "m-" + "".join(secrets.choice(_BASE32) for _ in range(8))
            account = Account(account_id, name, role, now, now, temporary)
            made = await self._eval(
                _CREATE,
                (self._accounts, self._names),
                (account_id, _folded(name), _dump(account, hashed)),
            )
            if made == b"made":
                return account
            if made == b"taken":
                raise NameRefusedError("taken", f"there is an account of the name {name!r} already")

    async def all(self) -> list[Account]:
        """Every account, the oldest first."""
        async with reaching():
            stored = await self._client.hgetall(self._accounts)
        return sorted((_load(raw) for raw in stored.values()), key=lambda account: account.created)

    async def get(self, account_id: str) -> Account:
        """One account."""
        found = await self._raw(_encoded(account_id))
        if found is None:
            raise NotFound(f"there is no account {account_id!r}")
        return _load(found)

    async def named(self, name: str) -> Account:
        """The account of a name. Raises NotFound."""
        found = await self._by_name(name)
        if found is None:
            raise NotFound(f"there is no account of the name {name!r}")
        return _load(found)

    async def authenticate(self, name: str, password: str, address: str) -> Account:
        """The account of a name and its password, asked from an address.

        Raises SignInRefusedError. Unknown names and wrong passwords take the same time, count
        alike and are told alike.
        """
        login = _folded(name)
        if wait := await self._lockout.begin(login, address):
            raise SignInRefusedError("locked", wait)
        raw = await self._by_name(name)
        stored = None if raw is None else str(json.loads(raw)["password"])
        if not await self.passwords.verify(stored, password) or raw is None or stored is None:
            raise SignInRefusedError("wrong")
        await self._lockout.succeed(login, address)
        account = _load(raw)
        if account.disabled:
            raise SignInRefusedError("disabled")
        if self.passwords.outdated(stored):
            hashed = await self.passwords.hash(password)
            await self._change(account.id, {"password": hashed}, standing=stored)
        return account

    async def set_password(
        self, account_id: str, password: str, *, temporary: bool = False
    ) -> Account:
        """Gives an account another password and lets it try at once.

        The sessions of the one before are over. Raises PasswordRefusedError.
        """
        account = await self.get(account_id)
        passwords.check(password, account.name)
        changed = await self._change(
            account_id,
            {
                "password": await self.passwords.hash(password),
                "password_set": self._clock().isoformat(),
                "temporary": temporary,
            },
        )
        await self._lockout.forgive(_folded(account.name))
        return changed

    async def set_role(self, account_id: str, role: Role) -> Account:
        """Gives an account a role, from its next request on. Raises LastAdminError."""
        return await self._change(account_id, {"role": role})

    async def disable(self, account_id: str) -> Account:
        """Shuts an account out, from its next request on. Raises LastAdminError."""
        return await self._change(account_id, {"disabled": self._clock().isoformat()})

    async def enable(self, account_id: str) -> Account:
        """Lets a disabled account in again."""
        return await self._change(account_id, {"disabled": ""})

    async def _change(
        self, account_id: str, changes: dict[str, object], standing: str = ""
    ) -> Account:
        done, *rest = await self._eval(
            _CHANGE, (self._accounts,), (account_id, json.dumps(changes), standing)
        )
        if done == b"last":
            raise LastAdminError
        return _load(rest[0]) if done == b"done" else await self.get(account_id)

    async def _by_name(self, name: str) -> bytes | str | None:
        async with reaching():
            account_id = await self._client.hget(self._names, _encoded(_folded(name)))
        return None if account_id is None else await self._raw(account_id)

    async def _raw(self, account_id: bytes | str) -> bytes | str | None:
        async with reaching():
            return await self._client.hget(self._accounts, account_id)

    async def _eval(self, script: str, keys: tuple[str, ...], arguments: tuple[str, ...]) -> Any:
        async with reaching():
            return await self._client.eval(script, len(keys), *keys, *map(_encoded, arguments))


def _checked(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    fits = all(letter in "._-" or unicodedata.category(letter)[0] in "LN" for letter in name)
    if not fits or not _SHORTEST <= len(name) <= _LONGEST:
        raise NameRefusedError(
            "form",
            f"a name has {_SHORTEST} to {_LONGEST} characters: letters, digits, dot, hyphen, "
            "underscore",
        )
    return name


def _folded(name: str) -> str:
    """What two names must not share."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _dump(account: Account, password: str) -> str:
    return json.dumps(
        {
            "id": account.id,
            "name": account.name,
            "role": account.role,
            "created": account.created.isoformat(),
            "password_set": account.password_set.isoformat(),
            "temporary": account.temporary,
            "disabled": account.disabled.isoformat() if account.disabled else "",
            "password": password,
        },
        ensure_ascii=False,
    )


def _load(raw: bytes | str) -> Account:
    said = json.loads(raw)
    return Account(
        id=said["id"],
        name=said["name"],
        role=Role(said["role"]),
        created=datetime.fromisoformat(said["created"]),
        password_set=datetime.fromisoformat(said["password_set"]),
        temporary=said["temporary"],
        disabled=datetime.fromisoformat(said["disabled"]) if said["disabled"] else None,
    )
