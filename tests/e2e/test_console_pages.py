"""Every page of the console, full of the demo's comments: readable by all, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console import sign_in
from tests.e2e.serving import Serving

pytestmark = pytest.mark.e2e

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    started = Serving.start(tmp_path_factory.mktemp("pages") / "data", command="demo")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def password(demo: Serving) -> str:
    found = re.search(r"^  admin +(\S+)$", demo.printed, re.MULTILINE)
    assert found
    return found[1]


def pages(page: Page, demo: Serving) -> list[str]:
    """The places that the navigation leads to, and one page of each kind below them."""
    places = [
        link.get_attribute("href") or "" for link in page.locator("header nav a, .person a").all()
    ]
    below: list[str] = []
    for place in places:
        page.goto(demo.address + place)
        kinds: set[str] = set()
        for link in page.locator("main a[href^='/console/']").all():
            href = link.get_attribute("href") or ""
            kind = re.sub(r"[0-9]+|[^/]*%[^/]*", "*", urlsplit(href).path).rpartition("/")[0]
            download = urlsplit(href).path.endswith((".csv", ".jsonl"))
            if kind not in kinds and not urlsplit(href).fragment and not download:
                kinds.add(kind)
                below.append(href)
    return list(dict.fromkeys([*places, *below]))


TWICE = """
[...document.querySelectorAll("[id]")].map((each) => each.id)
  .filter((id, at, all) => all.indexOf(id) !== at)
"""


def wrong(page: Page) -> list[str]:
    """What stands in the way of somebody: by axe's rules, names given twice, and what scrolls
    sideways."""
    found = [
        f"{page.url} {each['id']}: {node['html'][:200]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"][:3]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url} scrolls sideways at {page.viewport_size}")
    found += [f"{page.url} has two of the id {each}" for each in page.evaluate(TWICE)]
    return found


UNTOLD = re.compile(r"\bUTC\b")


@pytest.mark.parametrize(
    ("language", "zone", "told"),
    [
        ("en", "Asia/Baghdad", "26 Nov 2026, 01:30"),
        ("ar", "Asia/Baghdad", "26 نوفمبر 2026، 01:30"),
        ("en", "America/New_York", "25 Nov 2026, 17:30"),
        ("ar", "Asia/Kathmandu", "26 نوفمبر 2026، 04:15"),
    ],
)
def test_times_are_the_viewers_own(
    demo: Serving, password: str, chromium: Browser, language: str, zone: str, told: str
) -> None:
    context = chromium.new_context(locale=language, timezone_id=zone)
    page = context.new_page()
    page.clock.set_fixed_time("2026-11-25T22:45:00Z")
    sign_in(page, demo, "admin", password)
    # What is put into the page later is told alike.
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
          <p id="later"><time datetime="2026-11-25T22:30:00.000Z" data-shown="moment">UTC</time>
          <time datetime="2026-11-25T22:30:00.000Z" data-shown="day">UTC</time>
          <time datetime="2026-11-25T22:30:00.000Z" data-shown="ago">UTC</time></p>`)"""
    )
    moment, day, ago = page.locator("#later time").all()
    expect(moment).to_have_text(told)
    expect(day).to_have_text(re.split("[,،]", told)[0])
    expect(ago).to_have_text("قبل 15 دقيقة" if language == "ar" else "15 minutes ago")
    expect(ago).to_have_attribute("title", re.compile(re.escape(told) + r" \S+"))
    context.close()


def test_no_page_tells_an_hour_of_utc_to_whoever_has_scripts(
    demo: Serving, password: str, chromium: Browser
) -> None:
    context = chromium.new_context(locale="en", timezone_id="Asia/Kathmandu")
    page = context.new_page()
    sign_in(page, demo, "admin", password)
    for place in pages(page, demo):
        page.goto(demo.address + place)
        expect(page.locator("h1").first).to_be_visible()
        for time in page.locator("time:visible").all_inner_texts():
            assert not UNTOLD.search(time), place
    # Hours of a plot too: a quarter to, where the service counts from full hours of UTC.
    page.goto(f"{demo.address}/console/dashboard")
    labels = page.locator("#comments-plot text[data-shown=hour]").all_text_contents()
    assert labels
    assert {label[-2:] for label in labels} == {"45"}
    # A search by time is one by the viewer's time, whatever its address says.
    page.goto(f"{demo.address}/console/history?since=2026-01-31T20:00")
    expect(page.locator("[name=since]")).to_have_value("2026-02-01T01:45")
    page.locator("main form button").first.click()
    page.wait_for_url("**since=2026-01-31T20%3A00**")
    context.close()


def test_without_scripts_times_are_utc_and_say_so(
    demo: Serving, password: str, chromium: Browser
) -> None:
    context = chromium.new_context(
        locale="ar", timezone_id="Asia/Kathmandu", java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, demo, "admin", password)
    page.goto(f"{demo.address}/console/rules/history")
    expect(page.locator("td time").first).to_have_text(
        re.compile(r"^\d+ \S+ \d{4}، \d\d:\d\d UTC$")
    )
    page.goto(f"{demo.address}/console/history")
    expect(page.locator(".records time").first).to_have_attribute("title", re.compile("UTC$"))
    expect(page.locator("form .utc").first).to_have_text("(UTC)")
    context.close()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_on_a_phone_the_masthead_is_one_line_with_a_menu_by_keyboard_without_scripts(
    demo: Serving, password: str, chromium: Browser, language: str
) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, locale=language, java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, demo, "admin", password)
    bar = page.locator(".masthead").bounding_box()
    assert bar
    assert bar["height"] < 70
    accounts = page.locator("header nav a[href='/console/accounts']")
    expect(accounts).to_be_hidden()
    page.locator(".menu-opener").focus()
    page.keyboard.press("Enter")
    expect(accounts).to_be_visible()
    expect(page.locator("form[action='/console/sign-out'] button")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("header nav a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(accounts).to_be_hidden()
    page.locator(".menu-opener").click()
    accounts.click()
    page.wait_for_url("**/console/accounts")
    context.close()


def test_where_nothing_is_the_navigation_leads_back(
    demo: Serving, password: str, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="ar")
    page = context.new_page()
    sign_in(page, demo, "admin", password)
    answer = page.goto(f"{demo.address}/console/nothing")
    assert answer
    assert answer.status == 404
    assert wrong(page) == []
    page.get_by_role("link", name="القواعد", exact=True).click()
    page.wait_for_url("**/console/rules")
    context.close()


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("ar", "light", 1280), ("en", "dark", 1280), ("ar", "dark", 360)],
)
def test_nothing_stands_in_anybodys_way(
    demo: Serving, password: str, chromium: Browser, language: str, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 860},
        locale=language,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    errors: list[str] = []
    context.on("weberror", lambda raised: errors.append(str(raised.error)))
    context.on(
        "console",
        lambda said: errors.append(said.text) if "Content Security" in said.text else None,
    )
    page = context.new_page()
    sign_in(page, demo, "admin", password)
    complaints: list[str] = []
    places = pages(page, demo)
    assert len(places) >= 10
    for place in places:
        answer = page.goto(demo.address + place)
        assert answer
        assert answer.status == 200, place
        expect(page.locator("h1").first).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        complaints += wrong(page)
    assert complaints == []
    assert errors == []
    context.close()
