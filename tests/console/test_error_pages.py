"""What went wrong, as a page: with the navigation, what happened, and the way back."""

from __future__ import annotations

import re

import httpx
import pytest

from moderation.store import StoreUnavailable
from tests.console.signing import HOME, Console, csrf_in

pytestmark = pytest.mark.anyio

NAVIGATION = '<nav aria-label="أقسام الديوان">'


def heading(page: httpx.Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found, page.text
    return found[1]


async def test_nothing_at_an_address_keeps_whoever_is_signed_in_at_home(console: Console) -> None:
    person = await console.sign_in("senior", "salma")
    for path in ("/console/nothing", "/console/history/unknown", "/console/static/none.js"):
        answer = await person.get(path)
        assert answer.status_code == 404
        assert '<html lang="ar" dir="rtl"' in answer.text
        assert NAVIGATION in answer.text
        assert "<bdi>salma</bdi>" in answer.text
        assert 'href="/console/rules"' in answer.text
        assert 'href="/console/accounts"' not in answer.text
        assert heading(answer) == "لا شيء بهذا العنوان."
        assert '<a class="button" href="/console">' in answer.text
        assert csrf_in(answer) == await person.csrf()


async def test_a_missing_role_is_named_with_who_gives_it(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.get("/console/accounts")
    assert answer.status_code == 403
    assert NAVIGATION in answer.text
    assert heading(answer) == "هذا الحساب لا يملك صلاحية ذلك."
    assert "صلاحية «مدير»" in answer.text
    english = await person.get("/console/accounts", **{"Accept-Language": "en"})
    assert "It needs the role Admin" in english.text


async def test_the_way_back_leads_to_the_page_before_and_nowhere_else(console: Console) -> None:
    person = await console.sign_in()
    before = f"{HOME}/console/history?text=x&status=waiting"
    answer = await person.get("/console/nothing", Referer=before)
    assert 'href="/console/history?text=x&amp;status=waiting">إلى حيث كنت</a>' in answer.text
    for elsewhere in (
        "https://evil.example/",
        f"{HOME}/docs",
        f"{HOME}/console/nothing",
        "http://[",
        "",
    ):
        answer = await person.get("/console/nothing", Referer=elsewhere)
        assert ">إلى حيث كنت<" not in answer.text


async def test_changing_the_language_leads_back_to_where_the_person_was(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.get("/console/queue/1/take", Referer=f"{HOME}/console/queue?sort=new")
    assert answer.status_code == 405
    refused = await person.post(
        "/console/accounts", {"name": "x"}, Referer=f"{HOME}/console/queue?all=1"
    )
    assert refused.status_code == 403
    assert 'name="next" value="/console/queue?all=1"' in refused.text


async def test_a_stranger_is_offered_to_sign_in_and_sees_nothing_else(console: Console) -> None:
    answer = await console.visitor.get("/console/nothing")
    assert answer.status_code == 404
    assert NAVIGATION not in answer.text
    assert 'class="button" href="/console/sign-in"' in answer.text


async def test_a_forged_request_is_refused_in_words(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.client.post(
        "/console/sign-out", data={"csrf": "x"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert "جاء هذا الطلب من صفحة موقع آخر" in heading(answer)
    assert NAVIGATION in answer.text


async def test_what_is_not_told_in_arabic_is_marked_as_english(console: Console) -> None:
    person = await console.sign_in()
    answer = await person.get("/console/history?cursor=%00")
    assert answer.status_code == 422
    assert '<p class="muted" lang="en" dir="ltr">' in answer.text


async def test_a_fault_of_the_service_is_a_page_too(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    person = await console.sign_in()
    monkeypatch.setattr(console.service.statistics, "between", fails)
    answer = await person.get("/console/dashboard")
    assert answer.status_code == 500
    assert heading(answer) == "تعطّل شيء في الديوان."
    assert NAVIGATION in answer.text


async def test_while_the_store_is_away_the_page_still_comes(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def away(token: str) -> None:
        asked.append(token)
        raise StoreUnavailable("away")

    person = await console.sign_in()
    monkeypatch.setattr(console.service.sessions, "find", away)
    answer = await person.get("/console/queue", Referer=f"{HOME}/console/history?text=x")
    assert answer.status_code == 503
    assert "المخزن لا يجيب" in heading(answer)
    assert len(asked) == 1, "the store is waited for once"
    # It is not known that nobody is signed in: the way back is offered, not the sign-in.
    assert "/console/sign-in" not in answer.text
    assert 'href="/console/history?text=x">إلى حيث كنت</a>' in answer.text
    assert 'href="/console">إلى الطابور</a>' in answer.text


async def test_where_it_fails_to_be_known_who_asks_the_page_still_comes(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: str) -> None:
        raise RuntimeError

    person = await console.sign_in()
    monkeypatch.setattr(console.service.sessions, "find", fails)
    for path, status in (("/console/queue", 500), ("/console/nothing", 404)):
        answer = await person.get(path)
        assert answer.status_code == status
        assert heading(answer)
        assert "/console/sign-in" not in answer.text
        assert 'href="/console">إلى الطابور</a>' in answer.text
