"""History, conversations, appeals and the audit trail in a real browser, on a real service."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.console import account, flagged, sign_in, signed_in, submit
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

SERIOUS = {"serious", "critical"}
CIVIL = "تحقيق جيد، لكن أين مصادر الكاتب؟"
FLAGGED = "الوزير منافق كبير"


@pytest.fixture(scope="module")
def client(serving: Serving) -> httpx.Client:
    """The site's own access to the service, as its admin."""
    assert serving.first_key
    return serving.client(serving.first_key)


@pytest.fixture(scope="module")
def people(serving: Serving) -> None:
    account(serving, "salma")
    account(serving, "karim")
    account(serving, "nadia", "senior")


def refused_and_appealed(client: httpx.Client, serving: Serving) -> None:
    """A comment `appealed` that a moderator refused, and whose reader appeals."""
    submit(client, "appealed", FLAGGED, author="reader-7")
    moderator = serving.client(serving.key("review"))
    items = moderator.post("/v1/queue/claim", json={"count": 50}).json()["items"]
    for item in items:
        if item["comment"]["id"] == "appealed":
            body = {"outcome": "reject", "clause": "person_insult", "note": "إهانة"}
            moderator.post(f"/v1/queue/{item['id']}/resolve", json=body).raise_for_status()
        else:
            moderator.post(f"/v1/queue/{item['id']}/release").raise_for_status()
    appeal = {"text": "لم أقصد أحدا بعينه"}
    client.post("/v1/comments/appealed/appeal", json=appeal).raise_for_status()


@pytest.fixture(scope="module")
def comments(client: httpx.Client, serving: Serving) -> list[str]:
    """Some that wait, one that was refused and appealed for, one that is published."""
    made = flagged(client, 3, "history")
    submit(client, "published/1", CIVIL)
    submit(client, "hostile", f"{FLAGGED} <img src=x> \u202eabc", author="<b>قارئ</b>")
    refused_and_appealed(client, serving)
    return [*made, "published/1", "hostile", "appealed"]


def enter(page: Page, serving: Serving, name: str) -> None:
    """Signs in, to a console that speaks Arabic."""
    page.context.add_cookies([{"name": "console_language", "value": "ar", "url": serving.address}])
    sign_in(page, serving, name)


def status(client: httpx.Client, comment: str) -> str:
    found: str = client.get(f"/v1/comments/{comment}").raise_for_status().json()["status"]
    return found


def test_what_was_published_is_found_opened_again_and_refused(
    serving: Serving, client: httpx.Client, people: None, comments: list[str], page: Page
) -> None:
    enter(page, serving, "salma")
    page.goto(f"{serving.address}/console/history")
    page.get_by_role("searchbox").fill("مصادر الكاتب")
    page.get_by_role("button", name="ابحث").click()
    expect(page.locator(".record")).to_have_count(1)
    page.locator(".record a").click()
    expect(page.locator(".timeline li")).to_have_count(1)
    page.get_by_role("button", name="أعد النظر فيه").click()
    expect(page.locator("#desk .item", has_text="مصادر الكاتب")).to_be_visible()
    assert status(client, "published/1") == "published"
    page.goto(f"{serving.address}/console/history/published%2F1")
    expect(page.locator(".timeline li")).to_have_count(2)


def test_an_appeal_is_judged_by_another_and_the_story_tells_it(fresh: Serving, page: Page) -> None:
    assert fresh.first_key
    client = fresh.client(fresh.first_key)
    account(fresh, "karim")
    refused_and_appealed(client, fresh)
    enter(page, fresh, "karim")
    page.goto(f"{fresh.address}/console/conversation?article=article-7")
    comment = page.locator(".comment", has_text="لم أقصد أحدا بعينه")
    comment.get_by_role("button", name="انشر").click()
    decided = page.locator(".comment.published").filter(
        has=page.locator('input[name="comment"][value="appealed"]')
    )
    expect(decided).to_contain_text("قُبل التظلّم")
    assert status(client, "appealed") == "published"
    decided.get_by_role("link", name="سيرة التعليق").click()
    expect(page.locator(".timeline")).to_contain_text("تظلّم المعلّق")
    # Taken back: it is refused as before, and lies on the desk.
    page.get_by_role("button", name="تراجع عن القرار").click()
    expect(page.locator("#desk .item", has_text="لم أقصد أحدا بعينه")).to_be_visible()
    assert status(client, "appealed") == "refused"


def test_a_decision_where_the_comment_stands_survives_a_lost_answer(
    serving: Serving, client: httpx.Client, people: None, comments: list[str], page: Page
) -> None:
    submit(client, "lost", f"{CIVIL} حقا")
    arrived: list[str] = []

    def lose(route: Route) -> None:
        arrived.append("")
        if len(arrived) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/decide", lose)
    enter(page, serving, "salma")
    page.goto(f"{serving.address}/console/conversation?article=article-7&status=published")
    comment = page.locator(".comment", has=page.locator('input[value="lost"]'))
    comment.get_by_role("combobox").select_option("profanity")
    comment.get_by_role("button", name="ارفض").click()
    expect(page.locator(".toast.error")).to_be_visible()
    comment.get_by_role("button", name="ارفض").click()
    expect(page.locator(".comment.refused", has_text="حقا")).to_be_visible()
    entries = client.get("/v1/audit", params={"comment": "lost"}).json()["entries"]
    assert [entry["kind"] for entry in entries] == ["submitted", "reopened", "rejected"]


def test_hostile_words_are_only_text_here_too(
    serving: Serving, people: None, comments: list[str], page: Page
) -> None:
    enter(page, serving, "salma")
    for path in (
        "/console/history",
        "/console/history/hostile",
        "/console/conversation?article=article-7",
    ):
        page.goto(serving.address + path)
        assert page.locator("main img").count() == 0
        expect(page.get_by_text("<b>قارئ</b>").first).to_be_visible()
    expect(page.locator(".unseen").first).to_have_text("RLO")


def test_a_senior_takes_the_results_away_and_verifies_the_chain(
    serving: Serving, people: None, comments: list[str], page: Page, tmp_path: Path
) -> None:
    enter(page, serving, "nadia")
    page.goto(f"{serving.address}/console/history?author=reader-7")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "decisions.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["comment"], row["appeal"]) == ("appealed", "لم أقصد أحدا بعينه")

    page.goto(f"{serving.address}/console/audit")
    page.get_by_role("button", name="افحص السلسلة كلها").click()
    expect(page.locator("#verification")).to_contain_text("السلسلة سليمة")
    expect(page.locator("#verification pre")).to_have_text(re.compile(r"^\d+:[0-9a-f]{64}$"))


def test_a_senior_watches_an_article(
    serving: Serving, client: httpx.Client, people: None, comments: list[str], page: Page
) -> None:
    enter(page, serving, "nadia")
    page.goto(f"{serving.address}/console/conversation?article=article-7")
    page.get_by_role("button", name="راقب هذا المقال").click()
    expect(page.get_by_role("button", name="أوقف مراقبة المقال")).to_be_visible()
    assert submit(client, "watched", f"{CIVIL} وأكثر")["status"] == "waiting"
    page.get_by_role("button", name="أوقف مراقبة المقال").click()
    expect(page.get_by_role("button", name="راقب هذا المقال")).to_be_visible()


def pages(serving: Serving) -> Iterator[str]:
    for path in (
        "/console/history?status=refused",
        "/console/history/appealed",
        "/console/conversation",
        "/console/conversation?article=article-7",
        "/console/audit",
    ):
        yield serving.address + path


@pytest.mark.parametrize(("language", "scheme"), [("ar", "light"), ("en", "dark")])
def test_accessible_in_both_languages_and_schemes(
    language: str,
    scheme: str,
    serving: Serving,
    people: None,
    comments: list[str],
    chromium: Browser,
) -> None:
    context, page = signed_in(
        chromium, serving, "nadia", locale=language, color_scheme=scheme, reduced_motion="reduce"
    )
    for address in pages(serving):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        found = Axe().run(page).response["violations"]
        told = [
            f"{address} {each['id']}: {node['html']}"
            for each in found
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]
        assert told == []
    context.close()


def test_on_a_phone_nothing_scrolls_sideways(
    serving: Serving, people: None, comments: list[str], chromium: Browser
) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, locale="ar"
    )
    page = context.new_page()
    enter(page, serving, "nadia")
    for address in pages(serving):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_it_works_without_script(
    serving: Serving, client: httpx.Client, people: None, comments: list[str], chromium: Browser
) -> None:
    submit(client, "plain", f"{CIVIL} بلا نص برمجي")
    context = chromium.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{serving.address}/console/conversation?article=article-7")
    page.locator('input[name="name"]').fill("karim")
    page.locator('input[name="password"]').fill("correct horse battery staple")
    page.locator("main form button").first.click()
    comment = page.locator(".comment", has=page.locator('input[value="plain"]'))
    comment.get_by_role("button", name="Reject").click()
    expect(
        page.locator(".comment.refused", has=page.locator('input[value="plain"]'))
    ).to_be_visible()
    eventually(lambda: status(client, "plain") == "refused")
    context.close()
