"""Signing in and out, who may what, and what forged requests meet."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi.routing import APIRoute

from api.console.accounts import Accounts
from api.console.addresses import local
from api.console.forgery import SAFE
from api.console.install import _ROUTERS
from api.service import Service, running
from moderation.store.connection import close, connect
from tests.console.signing import HOME, PASSWORD, Console, Person, attempt, csrf_in

pytestmark = pytest.mark.anyio

WRONG = "ليست هذه كلمة السر"
NEW = "جملة أخرى أطول قليلا"
COOKIE = "moderation_session"


def set_cookie(answer: httpx.Response) -> str:
    (header,) = answer.headers.get_list("set-cookie")
    return str(header)


async def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(console: Console) -> None:
    await console.account("karim")
    browser = console.visitor
    asked = await browser.get("/console/account?changed=false")
    assert asked.status_code == 303
    form = await browser.get(asked.headers["location"])
    assert 'name="next" value="/console/account?changed=false"' in form.text
    signed = await attempt(browser, "karim", PASSWORD, "/console/account?changed=false")
    assert signed.status_code == 303
    assert signed.headers["location"] == "/console/account?changed=false"
    assert (await browser.get("/console/account")).status_code == 200


async def test_a_part_of_a_page_sends_the_whole_page_to_the_form(console: Console) -> None:
    told = await console.visitor.get(
        "/console/account",
        headers={"HX-Request": "true", "HX-Current-URL": f"{HOME}/console/queue?clause=x"},
    )
    assert told.status_code == 401
    assert told.headers["hx-redirect"] == "/console/sign-in?next=%2Fconsole%2Fqueue%3Fclause%3Dx"


async def test_a_form_whose_session_is_over_leads_back_to_its_page(console: Console) -> None:
    told = await console.visitor.post(
        "/console/sign-out", headers={"Origin": HOME, "Referer": f"{HOME}/console/history"}
    )
    assert told.status_code == 303
    assert told.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fhistory"


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(console: Console) -> None:
    await console.account("karim")
    cookie = set_cookie(await attempt(console.visitor, "karim", PASSWORD))
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=43200" in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(console: Console) -> None:
    await console.account("karim")
    browser = console.browser("https://console.example")
    cookie = set_cookie(await attempt(browser, "karim", PASSWORD))
    assert cookie.startswith("__Host-moderation=")
    assert "Secure" in cookie
    assert (await browser.get("/console/account")).status_code == 200


async def test_a_cookie_of_plain_http_opens_nothing_over_https(console: Console) -> None:
    person = await console.sign_in()
    browser = console.browser("https://console.example")
    browser.cookies.set(COOKIE, person.client.cookies[COOKIE])
    assert (await browser.get("/console/account")).status_code == 303


async def test_signing_in_begins_a_new_session_and_ends_the_former(console: Console) -> None:
    person = await console.sign_in()
    before = person.client.cookies[COOKIE]
    await attempt(person.client, person.account.name, PASSWORD)
    assert person.client.cookies[COOKIE] != before
    assert len(await console.service.sessions.of(person.account.id)) == 1
    former = console.browser()
    former.cookies.set(COOKIE, before)
    assert (await former.get("/console/account")).status_code == 303


async def test_a_planted_token_is_not_taken_over(console: Console) -> None:
    await console.account("karim")
    browser = console.browser()
    await browser.get("/console/sign-in", headers={"Cookie": f"{COOKIE}={'x' * 43}"})
    answer = await attempt(browser, "karim", PASSWORD, Cookie=f"{COOKIE}={'x' * 43}")
    assert "x" * 43 not in set_cookie(answer)
    browser.cookies.set(COOKIE, "x" * 43)
    assert (await browser.get("/console/account")).status_code == 303


async def test_signing_out_ends_the_session_in_the_store(console: Console) -> None:
    person = await console.sign_in()
    token = person.client.cookies[COOKIE]
    answer = await person.post("/console/sign-out")
    assert answer.headers["location"] == "/console/sign-in"
    assert COOKIE not in person.client.cookies
    person.client.cookies.set(COOKIE, token)
    assert (await person.get("/console/account")).status_code == 303


async def test_a_wrong_password_and_an_unknown_name_read_the_same(console: Console) -> None:
    await console.account("karim")
    told = [await attempt(console.visitor, name, WRONG) for name in ("karim", "nobody")]
    assert [answer.status_code for answer in told] == [401, 401]
    pages = {re.sub(r'value="(karim|nobody)"', "", answer.text) for answer in told}
    assert len(pages) == 1
    assert "غير صحيحين" in told[0].text
    assert all(WRONG not in answer.text for answer in told)


async def test_too_many_attempts_are_told_how_long_to_wait(console: Console) -> None:
    await console.account("karim")
    for _ in range(5):
        await attempt(console.visitor, "karim", WRONG)
    told = await attempt(console.visitor, "karim", PASSWORD)
    assert told.status_code == 429
    assert 0 < int(told.headers["retry-after"]) <= 30
    assert "نرجو الانتظار" in told.text
    english = await attempt(console.visitor, "karim", PASSWORD, **{"Cookie": "console_language=en"})
    assert "please wait: 30 seconds" in english.text


async def test_a_disabled_account_is_told_courteously(console: Console) -> None:
    account = await console.account("karim")
    await console.service.accounts.disable(account.id)
    told = await attempt(console.visitor, "karim", PASSWORD)
    assert told.status_code == 403
    assert "موقوف" in told.text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "\\\\evil.example",
        "/console\\..\\evil",
        "/console/\n//evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "/console@evil.example",
        "/consolee",
        "/docs",
        "http:///console",
        "http://[",
        "",
    ],
)
async def test_nobody_is_led_away_from_the_console(console: Console, address: str) -> None:
    await console.account("karim")
    answer = await attempt(console.browser(), "karim", PASSWORD, address)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console"
    person = await console.sign_in()
    shown = await person.client.get("/console/sign-in", params={"next": address})
    assert shown.headers["location"] == "/console"


@pytest.mark.parametrize("path", ["/console", "/console/queue?clause=x&after=3", "/console/a/b"])
def test_addresses_of_the_console_are_kept(path: str) -> None:
    assert local(path) == path


async def test_hostile_forms_are_answered_not_failed(console: Console) -> None:
    for body in (b"name=%ED%A0%80&password=%FF%FE", b"name=%00&password=", b"", b"name=a&name=b"):
        answer = await console.visitor.post(
            "/console/sign-in",
            content=body,
            headers={"Origin": HOME, "Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 401
    answer = await attempt(console.visitor, '"><script>alert(1)</script>', WRONG)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HOME}, 303),
        ({"Origin": HOME, "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": HOME, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": HOME, "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://console.example:81"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_other_sites_cannot_sign_anybody_in(
    console: Console, headers: dict[str, str], status: int
) -> None:
    await console.account("karim")
    values = {"name": "karim", "password": PASSWORD}
    answer = await console.visitor.post("/console/sign-in", data=values, headers=headers)
    assert answer.status_code == status
    assert (COOKIE in console.visitor.cookies) == (status == 303)


async def test_a_request_without_the_token_is_refused_with_a_way_back(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.client.post("/console/sign-out", headers=person.headers)
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]
    assert "أقدم من دخولك" in answer.text
    assert 'href="/console"' in answer.text
    assert (await person.get("/console/account")).status_code == 200


async def test_another_sessions_token_is_refused(console: Console) -> None:
    person, other = await console.sign_in(), await console.sign_in()
    answer = await person.post("/console/sign-out", {"csrf": await other.csrf()})
    assert answer.status_code == 403


async def test_the_token_may_come_in_a_header(console: Console) -> None:
    person = await console.sign_in()
    headers = person.headers | {"X-CSRF-Token": await person.csrf()}
    answer = await person.client.post("/console/sign-out", headers=headers)
    assert answer.status_code == 303


async def test_the_token_does_not_help_another_site(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.post("/console/sign-out", Origin="https://evil.example")
    assert answer.status_code == 403


def routes() -> list[tuple[str, str]]:
    """Every route of the console by method, its parameters filled in."""
    return [
        (method, re.sub(r"\{[^}]+\}", "m-aaaaaaaa", route.path))
        for router in _ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
    ]


UNSAFE = [each for each in routes() if each[0] not in SAFE]
READ = [path for method, path in routes() if method == "GET"]


async def test_no_page_but_the_form_opens_to_a_visitor(console: Console) -> None:
    assert len(READ) >= 5
    for path in READ:
        answer = await console.visitor.get(path)
        led = answer.headers.get("location", "").startswith("/console/sign-in?next=")
        assert led != (path == "/console/sign-in"), path


async def test_no_route_changes_anything_without_the_token(console: Console) -> None:
    person = await console.sign_in("admin")
    assert len(UNSAFE) >= 10
    for method, path in UNSAFE:
        if path == "/console/sign-in":
            continue
        answer = await person.client.request(method, path, headers=person.headers)
        assert answer.status_code == 403, path


async def test_no_route_changes_anything_for_another_sites_page(console: Console) -> None:
    person = await console.sign_in("admin")
    headers = {"Origin": "https://evil.example", "X-CSRF-Token": await person.csrf()}
    for method, path in UNSAFE:
        answer = await person.client.request(method, path, headers=headers)
        assert answer.status_code == 403, path


async def test_the_language_is_arabic_until_it_is_chosen(console: Console) -> None:
    browser = console.visitor
    assert '<html lang="ar" dir="rtl"' in (await browser.get("/console/sign-in")).text
    accepting = await browser.get("/console/sign-in", headers={"Accept-Language": "en-GB"})
    assert '<html lang="en" dir="ltr"' in accepting.text
    answer = await browser.post(
        "/console/language",
        data={"language": "en", "next": "/console/sign-in"},
        headers={"Origin": HOME},
    )
    assert answer.headers["location"] == "/console/sign-in"
    assert '<html lang="en" dir="ltr"' in (await browser.get("/console/sign-in")).text


async def test_the_look_is_kept_in_the_browser(console: Console) -> None:
    person = await console.sign_in()
    assert 'data-theme="auto"' in (await person.get("/console/account")).text
    await person.post("/console/theme", {"theme": "dark", "next": "/console/account"})
    assert 'data-theme="dark"' in (await person.get("/console/account")).text
    await person.post("/console/theme", {"theme": '"><script>'})
    assert 'data-theme="dark"' in (await person.get("/console/account")).text


async def test_each_role_sees_its_pages(console: Console) -> None:
    statuses = {}
    for role in ("moderator", "senior", "admin"):
        person = await console.sign_in(role)
        statuses[role] = (await person.get("/console/accounts")).status_code
    assert statuses == {"moderator": 403, "senior": 403, "admin": 200}


async def test_a_password_is_changed_by_whoever_knows_it(console: Console) -> None:
    person = await console.sign_in()
    other = await console.sign_in(name=person.account.name)
    before = await person.csrf()
    form = {"current": PASSWORD, "password": NEW, "again": NEW}
    answer = await person.post("/console/account", form)
    assert answer.status_code == 303
    assert "تغيّرت كلمة السر" in (await person.get(answer.headers["location"])).text
    assert await person.csrf() != before
    assert (await other.get("/console/account")).status_code == 303
    assert (await attempt(console.visitor, person.account.name, PASSWORD)).status_code == 401
    assert (await attempt(console.visitor, person.account.name, NEW)).status_code == 303


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"current": WRONG, "password": NEW, "again": NEW}, "الحالية غير صحيحة"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "."}, "مختلفتان"),
        ({"current": PASSWORD, "password": "قصيرة", "again": "قصيرة"}, "أقصر من 12"),
        ({"current": PASSWORD, "password": "x" * 1001, "again": "x" * 1001}, "أطول"),
        ({}, "الحالية غير صحيحة"),
    ],
)
async def test_other_changes_are_refused_with_the_reason(
    console: Console, form: dict[str, str], told: str
) -> None:
    person = await console.sign_in()
    answer = await person.post("/console/account", form)
    assert answer.status_code == 422
    assert told in answer.text
    assert (await attempt(console.visitor, person.account.name, PASSWORD)).status_code == 303


async def test_a_person_sees_and_ends_their_sessions(console: Console) -> None:
    person = await console.sign_in()
    others = [await console.sign_in(name=person.account.name) for _ in range(2)]
    stranger = await console.sign_in()
    page = (await person.get("/console/account")).text
    ends = re.findall(r'action="(/console/account/sessions/[0-9a-f]{16}/end)"', page)
    assert len(ends) == 2
    await stranger.post(ends[0])
    assert await signed_in(*others) == 2
    await person.post(ends[0])
    assert await signed_in(*others) == 1
    await person.post("/console/account/sessions/end-others")
    assert await signed_in(*others) == 0
    assert await signed_in(person, stranger) == 2


async def signed_in(*people: Person) -> int:
    """How many of them are."""
    answers = [await person.get("/console/account") for person in people]
    return sum(answer.status_code == 200 for answer in answers)


async def test_a_session_survives_a_restart_of_the_service(console: Console) -> None:
    person = await console.sign_in()
    async with running(console.service.settings) as again:
        found = await again.sessions.find(person.client.cookies[COOKIE])
    assert found is not None
    assert found[1] == person.account


async def test_without_the_store_nobody_is_let_in(
    console: Console, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = connect("unix:///nonexistent/store.sock")
    service.accounts = Accounts(nowhere, "{x}", service.accounts.passwords)
    answer = await attempt(console.visitor, "karim", PASSWORD)
    assert answer.status_code == 503
    assert "text/html" in answer.headers["content-type"]
    await close(nowhere)


async def test_a_visitor_has_no_token_to_steal(console: Console) -> None:
    with pytest.raises(AssertionError):
        csrf_in(await console.visitor.get("/console/sign-in"))
