"""Sessions: who is signed in, in which browser.

The cookie holds 256 random bits, of which the store keeps only the SHA-256: whoever reads the store
cannot sign in with what they read. The CSRF token is derived from the same bits and kept nowhere.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from api.console.accounts import Account, Accounts
from moderation.store import NotFound
from moderation.store.connection import Client
from moderation.store.encoding import to_milliseconds, to_moment
from moderation.store.library import reaching

_TOUCHED_EVERY: Final = timedelta(seconds=30)
"""How exactly the last use is known: not every request writes to the disk."""
_TOKEN_LONGEST: Final = 100
_ID_LENGTH: Final = 16

# A session that ended meanwhile does not come back by being used.
_TOUCH: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'seen', ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. `id` names it to people and opens nothing."""

    id: str
    account: str
    browser: str
    began: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class _Stored:
    session: Session
    password_set: int


class Sessions:
    """The sessions of one service, under `<root>:sessions` of its store.

    A session ends `longest` after it began and `idle` after its last use, when its account is
    disabled or has another password, and when it is told to. All methods raise StoreUnavailable.
    `clock` is for tests.
    """

    def __init__(
        self,
        client: Client,
        root: str,
        accounts: Accounts,
        *,
        longest: timedelta,
        idle: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._root = f"{root}:sessions"
        self._accounts = accounts
        self._longest = longest
        self._idle = idle
        self._clock = clock

    async def begin(self, account: Account, browser: str) -> str:
        """Signs an account in and returns the token for the cookie. `browser` is for people."""
        token = secrets.token_urlsafe(32)
        digest, now = _digest(token), self._clock()
        fields: dict[Any, Any] = {
            "account": account.id,
            "browser": browser,
            "began": to_milliseconds(now),
            "seen": to_milliseconds(now),
            "password_set": to_milliseconds(account.password_set),
        }
        index = self._of(account.id)
        async with reaching(), self._client.pipeline(transaction=True) as steps:
            steps.hset(self._key(digest), mapping=fields)
            steps.pexpire(self._key(digest), min(self._idle, self._longest))
            steps.zremrangebyscore(index, "-inf", to_milliseconds(now - self._longest))
            steps.zadd(index, {digest: to_milliseconds(now)})
            steps.pexpire(index, self._longest)
            await steps.execute()
        return token

    async def find(self, token: str) -> tuple[Session, Account] | None:
        """The session of a token and its account as it is now; None where it is over."""
        if not 0 < len(token) <= _TOKEN_LONGEST:
            return None
        digest = _digest(token)
        stored = await self._stored(digest)
        if stored is None:
            return None
        try:
            account = await self._accounts.get(stored.session.account)
        except NotFound:
            return None
        if account.disabled or to_milliseconds(account.password_set) != stored.password_set:
            return None
        await self._touch(digest, stored.session)
        return stored.session, account

    async def of(self, account_id: str) -> list[Session]:
        """The sessions of an account, the last used first."""
        found = [await self._stored(digest) for digest in await self._digests(account_id)]
        sessions = [stored.session for stored in found if stored]
        return sorted(sessions, key=lambda session: session.seen, reverse=True)

    async def end(self, account_id: str, session_id: str) -> None:
        """Ends one session of an account, where there is such a one."""
        digests = await self._digests(account_id)
        await self._end(account_id, [each for each in digests if _id(each) == session_id])

    async def end_token(self, token: str) -> None:
        """Ends the session of a token, where there is such a one."""
        digest = _digest(token)
        if stored := await self._stored(digest):
            await self._end(stored.session.account, [digest])

    async def end_all(self, account_id: str, *, but: str = "") -> None:
        """Ends every session of an account, but one where its id is given."""
        digests = await self._digests(account_id)
        await self._end(account_id, [each for each in digests if _id(each) != but])

    async def _end(self, account_id: str, digests: list[str]) -> None:
        if digests:
            async with reaching(), self._client.pipeline(transaction=True) as steps:
                steps.delete(*map(self._key, digests))
                steps.zrem(self._of(account_id), *digests)
                await steps.execute()

    async def _stored(self, digest: str) -> _Stored | None:
        async with reaching():
            fields: dict[Any, Any] = await self._client.hgetall(self._key(digest))
        if not fields:
            return None
        session = Session(
            id=_id(digest),
            account=fields[b"account"].decode(),
            browser=fields[b"browser"].decode("utf-8", "replace"),
            began=to_moment(fields[b"began"]),
            seen=to_moment(fields[b"seen"]),
        )
        now = self._clock()
        if now >= min(session.began + self._longest, session.seen + self._idle):
            return None
        return _Stored(session, int(fields[b"password_set"]))

    async def _touch(self, digest: str, session: Session) -> None:
        now = self._clock()
        if now - session.seen < _TOUCHED_EVERY:
            return
        left = min(self._idle, session.began + self._longest - now)
        arguments = (str(to_milliseconds(now)), str(max(1, left // timedelta(milliseconds=1))))
        async with reaching():
            await self._client.eval(_TOUCH, 1, self._key(digest), *arguments)

    async def _digests(self, account_id: str) -> list[str]:
        async with reaching():
            found: list[Any] = await self._client.zrange(self._of(account_id), 0, -1)
        return [digest.decode() for digest in found]

    def _key(self, digest: str) -> str:
        return f"{self._root}:{digest}"

    def _of(self, account_id: str) -> str:
        return f"{self._root}:of:{account_id}"


def csrf_of(token: str) -> str:
    """What every unsafe request of this session must carry besides the cookie."""
    return hmac.new(token.encode(), b"csrf", sha256).hexdigest()


def _id(digest: str) -> str:
    return digest[:_ID_LENGTH]


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
