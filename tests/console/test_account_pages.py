"""The admin's page of accounts, and the same from the command line."""

from __future__ import annotations

import asyncio
import re
import sys
from html import unescape

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from tests.console.signing import PASSWORD, Console, Person, attempt

pytestmark = pytest.mark.anyio

NEW = "جملة أخرى أطول قليلا"


def password_in(answer: httpx.Response) -> str:
    """The one that the page shows, this once."""
    found = re.search(r'id="password">([^<]+)<', answer.text)
    assert found, answer.text
    return unescape(found[1])


def of(person: Person, action: str) -> str:
    return f"/console/accounts/{person.account.id}/{action}"


async def test_an_admin_makes_an_account_whose_person_chooses_the_password(
    console: Console,
) -> None:
    admin = await console.sign_in("admin")
    made = await admin.post("/console/accounts", {"name": "سعاد", "role": "senior"})
    assert made.status_code == 201
    password = password_in(made)
    assert password not in (await admin.get("/console/accounts")).text

    browser = console.visitor
    signed = await attempt(browser, "سعاد", password, "/console/queue")
    assert signed.headers["location"] == "/console/account"
    assert (await browser.get("/console/queue")).headers["location"] == "/console/account"
    account = await console.service.accounts.named("سعاد")
    newcomer = Person(browser, account)
    changed = await newcomer.post(
        "/console/account", {"current": password, "password": NEW, "again": NEW}
    )
    assert changed.status_code == 303
    assert not (await console.service.accounts.named("سعاد")).temporary
    assert (await browser.get("/console/accounts")).status_code == 403


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "ab", "role": "senior"}, "من 3 إلى 40"),
        ({"name": "<b>karim</b>", "role": "senior"}, "من 3 إلى 40"),
        ({"name": "ADMIN-1", "role": "senior"}, "يوجد حساب بهذا الاسم"),
        ({"name": "karim", "role": "owner"}, "لا دور"),
        ({}, "من 3 إلى 40"),
    ],
)
async def test_an_account_that_cannot_be_made_is_told_why(
    console: Console, form: dict[str, str], told: str
) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.post("/console/accounts", form)
    assert answer.status_code == 422
    assert told in answer.text
    assert "<b>karim" not in answer.text
    assert len(await console.service.accounts.all()) == 1


async def test_a_disabled_accounts_sessions_die_at_once(console: Console) -> None:
    admin, person = await console.sign_in("admin"), await console.sign_in()
    await admin.post(of(person, "disable"))
    assert (await person.get("/console/account")).status_code == 303
    await admin.post(of(person, "enable"))
    assert (await person.get("/console/account")).status_code == 303
    signed = await attempt(person.client, person.account.name, PASSWORD)
    assert signed.status_code == 303


async def test_a_role_holds_from_the_next_request_on(console: Console) -> None:
    admin, person = await console.sign_in("admin"), await console.sign_in()
    await admin.post(of(person, "role"), {"role": "admin"})
    assert (await person.get("/console/accounts")).status_code == 200
    await person.post(of(admin, "role"), {"role": "moderator"})
    assert (await admin.get("/console/accounts")).status_code == 403


async def test_a_reset_password_is_shown_once_and_ends_sessions(console: Console) -> None:
    admin, person = await console.sign_in("admin"), await console.sign_in()
    password = password_in(await admin.post(of(person, "password")))
    assert (await person.get("/console/account")).status_code == 303
    assert (await attempt(person.client, person.account.name, PASSWORD)).status_code == 401
    assert (await attempt(person.client, person.account.name, password)).status_code == 303


async def test_an_admin_signs_somebody_out_everywhere(console: Console) -> None:
    admin, person = await console.sign_in("admin"), await console.sign_in()
    await admin.post(of(person, "sessions/end"))
    assert (await person.get("/console/account")).status_code == 303
    assert (await admin.get("/console/accounts")).status_code == 200


@pytest.mark.parametrize(("action", "form"), [("disable", {}), ("role", {"role": "senior"})])
async def test_the_last_admin_cannot_go(
    console: Console, action: str, form: dict[str, str]
) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.post(of(admin, action), form)
    assert answer.status_code == 409
    assert "آخر مدير" in answer.text
    assert (await admin.get("/console/accounts")).status_code == 200


async def test_an_account_that_is_not_there_is_a_page_not_found(console: Console) -> None:
    admin = await console.sign_in("admin")
    for action in ("disable", "enable", "password"):
        answer = await admin.post(f"/console/accounts/m-aaaaaaaa/{action}")
        assert answer.status_code == 404
    assert (await admin.post("/console/accounts/m-1/disable")).status_code == 422


async def test_the_answer_to_a_change_can_be_loaded_again(console: Console) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.get(of(admin, "password"))
    assert answer.headers["location"] == "/console/accounts"


@pytest.fixture
def command(settings: Settings, store_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the store of `settings`."""
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("MODERATION_NAMESPACE", settings.namespace)
    return CliRunner()


def test_the_command_line_makes_the_first_account(command: CliRunner) -> None:
    made = command.invoke(app, ["accounts", "create", "سعاد", "--role", "admin"])
    assert made.exit_code == 0
    assert re.search(r"^[a-z2-9]{4}(-[a-z2-9]{4}){4}$", made.stdout, re.MULTILINE)
    given = command.invoke(
        app, ["accounts", "create", "karim", "--password-stdin"], input=f"{PASSWORD}\n"
    )
    assert given.exit_code == 0
    assert PASSWORD not in given.output
    listed = command.invoke(app, ["accounts", "list"]).stdout
    assert "سعاد" in listed
    assert "karim" in listed


def test_the_command_line_takes_a_password_from_a_prompt(command: CliRunner) -> None:
    twice = f"{PASSWORD}\n{PASSWORD}\n"
    made = command.invoke(app, ["accounts", "create", "karim", "--prompt"], input=twice)
    assert made.exit_code == 0
    assert PASSWORD not in made.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["disable", "souad"], "last admin"),
        (["role", "souad", "senior"], "last admin"),
        (["disable", "nobody"], "no account of the name"),
        (["create", "Souad"], "already"),
        (["create", "x"], "3 to 40"),
        (["password", "souad", "--password-stdin"], "at least 12"),
    ],
)
def test_the_command_line_says_what_is_wrong(
    command: CliRunner, arguments: list[str], told: str
) -> None:
    command.invoke(app, ["accounts", "create", "souad", "--role", "admin"])
    answer = command.invoke(app, ["accounts", *arguments], input="short\n")
    assert answer.exit_code == 1
    assert told in answer.stderr


async def test_the_command_line_works_beside_the_service(console: Console) -> None:
    person = await console.sign_in()
    await console.sign_in("admin")
    settings = console.service.settings
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from api.cli import main; main()",
        "accounts",
        "disable",
        person.account.name,
        env={
            "REDIS_URL": settings.redis_url or "",
            "MODERATION_NAMESPACE": settings.namespace,
            "PATH": "",
        },
    )
    assert await command.wait() == 0
    assert (await person.get("/console/account")).status_code == 303
