"""Accounts, waits and sessions, on a real store and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from api.console.accounts import (
    Accounts,
    LastAdminError,
    NameRefusedError,
    Role,
    SignInRefusedError,
)
from api.console.lockout import FREE_OF_ADDRESS
from api.console.passwords import PasswordRefusedError, Passwords, generated
from api.console.sessions import Sessions, csrf_of
from moderation.store import NotFound
from moderation.store.connection import Client, close, connect
from tests.console.signing import PASSWORD, cheap

pytestmark = pytest.mark.anyio

WRONG = "ليست هذه كلمة السر"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 25, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def root() -> str:
    return f"{{{uuid4().hex}}}"


@pytest.fixture
async def client(store_url: str, anyio_backend: str) -> AsyncIterator[Client]:
    connected = connect(store_url)
    yield connected
    await close(connected)


@pytest.fixture
def accounts(client: Client, root: str, clock: Clock) -> Accounts:
    return Accounts(client, root, cheap(), clock)


@pytest.fixture
def sessions(client: Client, root: str, accounts: Accounts, clock: Clock) -> Sessions:
    return Sessions(
        client, root, accounts, longest=timedelta(hours=12), idle=timedelta(hours=2), clock=clock
    )


async def refused(accounts: Accounts, name: str, address: str = "192.0.2.1") -> SignInRefusedError:
    with pytest.raises(SignInRefusedError) as told:
        await accounts.authenticate(name, WRONG, address)
    return told.value


@pytest.mark.parametrize("name", ["karim", "سعاد", "Ὀδυσσεύς", "m.k-7_b", "أ١٢", "x" * 40])
async def test_names_of_any_script_may_sign_in(accounts: Accounts, name: str) -> None:
    made = await accounts.create(name, Role.SENIOR, PASSWORD)
    assert await accounts.authenticate(name, PASSWORD, "") == made
    assert made.role is Role.SENIOR


@pytest.mark.parametrize("name", ["ab", "x" * 41, "two words", "a<b>c", "\u202ekarim", "كَريم", ""])
async def test_other_names_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(NameRefusedError, match="3 to 40"):
        await accounts.create(name, Role.MODERATOR, PASSWORD)


async def test_one_name_is_one_account_however_it_is_written(accounts: Accounts) -> None:
    await accounts.create("Karim", Role.MODERATOR, PASSWORD)
    for same in ("karim", "KARIM", "ｋarim"):
        with pytest.raises(NameRefusedError) as told:
            await accounts.create(same, Role.MODERATOR, PASSWORD)
        assert told.value.reason == "taken"
    assert (await accounts.authenticate(" KARIM ", PASSWORD, "")).name == "Karim"


async def test_an_id_is_a_pseudonym(accounts: Accounts) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    assert len(made.id) == 10
    assert made.id.startswith("m-")
    assert "karim" not in made.id


@pytest.mark.parametrize(
    ("password", "reason"),
    [("قصيرة", "short"), ("x" * 11, "short"), ("س" * 501, "long"), ("Karim.Karim.1", "name")],
)
async def test_passwords_that_protect_nothing_are_refused(
    accounts: Accounts, password: str, reason: str
) -> None:
    with pytest.raises(PasswordRefusedError) as told:
        await accounts.create("karim.karim.1", Role.MODERATOR, password)
    assert told.value.reason == reason
    assert await accounts.all() == []


async def test_a_password_is_the_same_from_every_keyboard(accounts: Accounts) -> None:
    await accounts.create("karim", Role.MODERATOR, "شارع الإمام 2026")
    decomposed = "شارع ال\u0627\u0655مام 2026"
    assert (await accounts.authenticate("karim", decomposed, "")).name == "karim"


async def test_the_store_holds_no_password(accounts: Accounts, client: Client, root: str) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    stored = str(await client.hget(f"{root}:accounts", made.id))
    assert "$argon2id$" in stored
    assert PASSWORD not in stored


async def test_a_hash_of_another_cost_is_made_anew_at_sign_in(
    accounts: Accounts, client: Client, root: str
) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    accounts.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    again = await accounts.authenticate("karim", PASSWORD, "")
    assert b"t=2" in bytes(await client.hget(f"{root}:accounts", made.id) or b"")
    assert again.password_set == made.password_set
    assert await accounts.authenticate("karim", PASSWORD, "") == again


async def test_generated_passwords_are_long_and_never_the_same() -> None:
    made = {generated() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 24 for password in made)


async def test_an_unknown_name_is_told_like_a_wrong_password(accounts: Accounts) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for name in ("karim", "nobody", "", "\ud800", "x" * 5000):
        assert (await refused(accounts, name)).reason == "wrong"


async def test_waits_begin_after_five_failures_and_double_up_to_an_hour(
    accounts: Accounts, clock: Clock
) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for _ in range(5):
        assert (await refused(accounts, "karim")).reason == "wrong"
    waits = []
    for number in range(9):
        told = await refused(accounts, "Karim", f"192.0.2.{number}")
        assert told.reason == "locked"
        waits.append(told.wait)
        clock.passes(seconds=told.wait)
        assert (await refused(accounts, "karim", f"198.51.100.{number}")).reason == "wrong"
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_whoever_waits_is_not_let_in_by_the_right_password(
    accounts: Accounts, clock: Clock
) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for _ in range(5):
        await refused(accounts, "karim")
    with pytest.raises(SignInRefusedError) as told:
        await accounts.authenticate("karim", PASSWORD, "203.0.113.5")
    assert told.value.wait == 30
    clock.passes(seconds=30)
    await accounts.authenticate("karim", PASSWORD, "203.0.113.5")
    for _ in range(4):
        assert (await refused(accounts, "karim")).reason == "wrong"


async def test_an_address_that_tries_many_names_waits_too(accounts: Accounts) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for number in range(FREE_OF_ADDRESS):
        assert (await refused(accounts, f"name-{number}")).reason == "wrong"
    assert (await refused(accounts, "karim")).reason == "locked"
    assert (await accounts.authenticate("karim", PASSWORD, "198.51.100.7")).name == "karim"


async def test_those_who_succeed_do_not_lock_their_address(accounts: Accounts) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for _ in range(FREE_OF_ADDRESS + 5):
        await accounts.authenticate("karim", PASSWORD, "192.0.2.1")


async def test_a_hundred_guesses_at_once_are_five_guesses(accounts: Accounts) -> None:
    await accounts.create("karim", Role.MODERATOR, PASSWORD)
    told = await asyncio.gather(*(refused(accounts, "karim", f"a{n}") for n in range(100)))
    assert sorted(each.reason for each in told) == ["locked"] * 95 + ["wrong"] * 5


async def test_waits_and_sessions_survive_a_restart(
    accounts: Accounts, sessions: Sessions, store_url: str, root: str, clock: Clock
) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    token = await sessions.begin(made, "Firefox, Linux")
    for _ in range(5):
        await refused(accounts, "karim")
    client = connect(store_url)
    after = Accounts(client, root, cheap(), clock)
    resumed = Sessions(
        client, root, after, longest=timedelta(hours=12), idle=timedelta(hours=2), clock=clock
    )
    assert (await refused(after, "karim")).reason == "locked"
    found = await resumed.find(token)
    assert found is not None
    assert found[1] == made
    await close(client)


async def test_a_new_password_ends_the_wait(accounts: Accounts) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    for _ in range(5):
        await refused(accounts, "karim")
    await accounts.set_password(made.id, "كلمة أخرى طويلة", temporary=True)
    signed = await accounts.authenticate("karim", "كلمة أخرى طويلة", "198.51.100.7")
    assert signed.temporary


async def test_a_disabled_account_is_told_so_to_its_person_alone(accounts: Accounts) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    assert (await accounts.disable(made.id)).disabled
    with pytest.raises(SignInRefusedError) as told:
        await accounts.authenticate("karim", PASSWORD, "")
    assert told.value.reason == "disabled"
    assert (await refused(accounts, "karim")).reason == "wrong"
    assert not (await accounts.enable(made.id)).disabled
    await accounts.authenticate("karim", PASSWORD, "")


async def test_the_last_enabled_admin_stays_one(accounts: Accounts) -> None:
    first = await accounts.create("souad", Role.ADMIN, PASSWORD)
    second = await accounts.create("karim", Role.ADMIN, PASSWORD)
    await accounts.disable(second.id)
    for change in (accounts.disable(first.id), accounts.set_role(first.id, Role.SENIOR)):
        with pytest.raises(LastAdminError):
            await change
    assert await accounts.get(first.id) == first
    await accounts.set_role(second.id, Role.SENIOR)
    await accounts.enable(second.id)
    await accounts.set_role(second.id, Role.ADMIN)
    await accounts.disable(first.id)


async def test_two_admins_who_disable_each_other_leave_one(accounts: Accounts) -> None:
    made = [await accounts.create(f"admin-{n}", Role.ADMIN, PASSWORD) for n in range(2)]
    done = await asyncio.gather(
        *(accounts.disable(account.id) for account in made), return_exceptions=True
    )
    assert sum(isinstance(each, LastAdminError) for each in done) == 1


async def test_what_is_not_there_is_not_found(accounts: Accounts) -> None:
    for change in (
        accounts.get("m-aaaaaaaa"),
        accounts.named("nobody"),
        accounts.disable("m-aaaaaaaa"),
        accounts.set_password("m-aaaaaaaa", PASSWORD),
    ):
        with pytest.raises(NotFound):
            await change


@pytest.mark.parametrize("role", list(Role))
def test_higher_roles_include_lower_ones(role: Role) -> None:
    order = list(Role)
    assert [role.includes(other) for other in order] == [
        order.index(other) <= order.index(role) for other in order
    ]


async def test_the_store_holds_no_token(
    accounts: Accounts, sessions: Sessions, client: Client, root: str
) -> None:
    token = await sessions.begin(await accounts.create("karim", Role.ADMIN, PASSWORD), "")
    held = [key async for key in client.scan_iter(f"{root}*")]
    dumped = b"".join([bytes(await client.dump(key)) for key in held])
    assert held
    assert token.encode() not in dumped + b"".join(map(bytes, held))
    assert csrf_of(token).encode() not in dumped


async def test_a_session_ends_after_two_idle_hours(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    token = await sessions.begin(await accounts.create("karim", Role.ADMIN, PASSWORD), "")
    clock.passes(hours=1.9)
    assert await sessions.find(token)
    clock.passes(hours=1.9)
    assert await sessions.find(token)
    clock.passes(hours=2)
    assert await sessions.find(token) is None


async def test_a_session_in_use_ends_after_twelve_hours(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    token = await sessions.begin(await accounts.create("karim", Role.ADMIN, PASSWORD), "")
    for _ in range(11):
        clock.passes(hours=1)
        assert await sessions.find(token)
    clock.passes(hours=1)
    assert await sessions.find(token) is None


async def test_the_store_forgets_sessions_by_itself(
    accounts: Accounts, sessions: Sessions, client: Client, root: str, clock: Clock
) -> None:
    made = await accounts.create("karim", Role.ADMIN, PASSWORD)
    token = await sessions.begin(made, "")
    clock.passes(hours=11)
    keys = [key async for key in client.scan_iter(f"{root}:sessions:*")]
    lives = sorted([await client.pttl(key) for key in keys])
    assert len(lives) == 2
    assert timedelta(milliseconds=lives[0]) <= timedelta(hours=2)
    assert timedelta(milliseconds=lives[1]) <= timedelta(hours=12)
    assert await sessions.find(token) is None


async def test_a_disabled_accounts_session_opens_nothing(
    accounts: Accounts, sessions: Sessions
) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    token = await sessions.begin(made, "")
    await accounts.disable(made.id)
    assert await sessions.find(token) is None
    await accounts.enable(made.id)
    assert await sessions.find(token)


async def test_a_session_that_began_with_the_former_password_is_over(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    clock.passes(seconds=1)
    await accounts.set_password(made.id, "كلمة أخرى طويلة")
    # The password changed between being verified and the session's beginning.
    late = await sessions.begin(made, "")
    assert await sessions.find(late) is None


async def test_one_session_or_all_others_can_be_ended(
    accounts: Accounts, sessions: Sessions
) -> None:
    made = await accounts.create("karim", Role.MODERATOR, PASSWORD)
    tokens = [await sessions.begin(made, f"browser {n}") for n in range(3)]
    found = [await sessions.find(token) for token in tokens]
    ids = [each[0].id for each in found if each]
    assert {session.id for session in await sessions.of(made.id)} == set(ids)
    await sessions.end(made.id, ids[0])
    await sessions.end(made.id, "")
    assert [bool(await sessions.find(token)) for token in tokens] == [False, True, True]
    await sessions.end_all(made.id, but=ids[1])
    assert [session.browser for session in await sessions.of(made.id)] == ["browser 1"]
    await sessions.end_all(made.id)
    assert await sessions.of(made.id) == []


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5000, "\ud800", "سلام"])
async def test_a_made_up_token_opens_nothing(sessions: Sessions, token: str) -> None:
    assert await sessions.find(token) is None
