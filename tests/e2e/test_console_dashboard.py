"""The dashboard and the transparency report in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console import account, flagged, sign_in, signed_in, submit
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

PAGES = ("/console/dashboard", "/console/dashboard?period=week", "/console/transparency")


def a_day_of_work(serving: Serving, prefix: str) -> None:
    """Comments of every kind and decisions on some of them, counted."""
    assert serving.first_key
    client = serving.client(serving.first_key)
    for number in range(5):
        submit(client, f"{prefix}-clean-{number}", f"شكرا للكاتب على التحقيق رقم {number}")
    flagged(client, 4, prefix)
    held = client.post("/v1/queue/claim", json={"count": 2}).json()["items"]
    outcomes = ({"outcome": "approve"}, {"outcome": "reject", "clause": "person_insult"})
    for item, outcome in zip(held, outcomes, strict=True):
        client.post(f"/v1/queue/{item['id']}/resolve", json=outcome).raise_for_status()
    eventually(lambda: counted(client))


def counted(client: httpx.Client) -> bool:
    """Whether the statistics are up to date."""
    last = client.get("/v1/statistics").json()["counted"]
    return not client.get("/v1/audit", params={"after": last}).json()["entries"]


def test_numbers_stand_beside_plots_and_stay_open_when_refreshed(
    fresh: Serving, page: Page
) -> None:
    account(fresh, "salma")
    a_day_of_work(fresh, "work")
    # As every half minute, but sooner.
    page.clock.install()
    sign_in(page, fresh, "salma")
    page.goto(f"{fresh.address}/console/dashboard")
    image = page.get_by_role("img", name="Comments per hour")
    expect(image).to_be_visible()
    assert image.locator("rect.allow").count() >= 1
    page.locator("#comments-numbers summary").click()
    cells = page.locator("#comments-numbers tbody tr").first.locator("td")
    before = [cell.inner_text() for cell in cells.all()]
    assert sum(map(int, before)) >= 1

    assert fresh.first_key
    client = fresh.client(fresh.first_key)
    submit(client, "later", "شكرا جزيلا على هذا الشرح")
    eventually(lambda: counted(client))
    with page.expect_response(lambda answer: "/dashboard/numbers" in answer.url):
        page.clock.fast_forward(31_000)
    total = page.locator("#numbers .figure-large").first
    expect(total).to_have_text("10")
    expect(page.locator("#comments-numbers")).to_have_attribute("open", "")


@pytest.mark.parametrize(("language", "scheme"), [("ar", "light"), ("en", "dark")])
def test_accessible(language: str, scheme: str, serving: Serving, chromium: Browser) -> None:
    name = f"dashboard{language}"
    account(serving, name, "senior")
    a_day_of_work(serving, name)
    context, page = signed_in(chromium, serving, name, locale=language, color_scheme=scheme)
    for address in PAGES:
        page.goto(serving.address + address)
        expect(page.locator("h1")).to_be_visible()
        for each in page.locator("details").all():
            each.evaluate("details => details.setAttribute('open', '')")
        found = Axe().run(page).response["violations"]
        told = [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
        assert told == []
    context.close()


def test_on_a_phone_nothing_scrolls_sideways(serving: Serving, chromium: Browser) -> None:
    account(serving, "dashboardphone")
    a_day_of_work(serving, "dashboardphone")
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="ar")
    page = context.new_page()
    sign_in(page, serving, "dashboardphone")
    for address in PAGES:
        page.goto(serving.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_report_prints_without_the_console_around_it(
    serving: Serving, chromium: Browser
) -> None:
    account(serving, "printing", "senior")
    context, page = signed_in(chromium, serving, "printing", color_scheme="dark")
    page.goto(f"{serving.address}/console/transparency")
    page.emulate_media(media="print")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.locator(".period")).to_be_hidden()
    expect(page.locator(".report section").first).to_be_visible()
    # Dark ink on paper, for those too whose screen is dark.
    for part in ("body", ".report h2", ".report .muted"):
        ink = page.locator(part).first.evaluate("part => getComputedStyle(part).color")
        assert max(map(int, re.findall(r"\d+", ink)[:3])) < 110, (part, ink)
    card = page.locator(".report .card").first
    assert card.evaluate("part => getComputedStyle(part).backgroundColor") == "rgb(255, 254, 251)"
    context.close()
