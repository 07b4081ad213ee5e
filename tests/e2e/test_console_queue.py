"""The moderators' queue in a real browser, on a real service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.console import account, flagged, sign_in, signed_in, submit
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "locale": "ar",
}
SERIOUS = {"serious", "critical"}


@pytest.fixture
def client(fresh: Serving) -> Iterator[httpx.Client]:
    """The site's own access to the service, as its admin."""
    assert fresh.first_key
    yield fresh.client(fresh.first_key)


@pytest.fixture
def people(fresh: Serving) -> None:
    account(fresh, "salma")
    account(fresh, "karim")


def status(client: httpx.Client, comment: str) -> str:
    found: str = client.get(f"/v1/comments/{comment}").raise_for_status().json()["status"]
    return found


def items(page: Page) -> Any:
    return page.locator("#desk .item:not([hidden])")


def test_twenty_comments_by_keyboard_alone_and_one_undone(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    comments = flagged(client, 20, "keys")
    sign_in(page, fresh, "salma")
    expect(items(page).first).to_have_attribute("aria-current", "true")
    for turn in range(20):
        expect(page.locator('.item[aria-current="true"]')).to_be_visible()
        page.keyboard.press("ar2e"[turn % 4])
    eventually(
        lambda: (
            client.get("/v1/queue").json()["counts"]["waiting"] == 0
            and client.get("/v1/queue").json()["counts"]["claimed"] == 0
        )
    )
    became = [status(client, comment) for comment in comments]
    assert sorted(set(became)) == ["published", "refused", "waiting"]
    assert became.count("published") == 5
    assert became.count("refused") == 10
    # Escalated ones wait for a senior.
    assert client.get("/v1/queue").json()["counts"]["escalated"] == 5

    page.keyboard.press("u")
    expect(items(page)).to_have_count(1)
    assert client.get("/v1/queue").json()["counts"]["claimed"] == 1
    page.keyboard.press("a")
    eventually(lambda: client.get("/v1/queue").json()["counts"]["claimed"] == 0)


def test_two_moderators_never_hold_one_comment(
    fresh: Serving, client: httpx.Client, people: None, chromium: Browser
) -> None:
    flagged(client, 23, "both")
    held: list[set[str]] = []
    contexts = []
    for name in ("salma", "karim"):
        context, page = signed_in(chromium, fresh, name)
        contexts.append(context)
        expect(items(page)).to_have_count(10)
        held.append({each.get_attribute("data-id") for each in items(page).all()})
    assert len(held[0]) == len(held[1]) == 10
    assert not held[0] & held[1]
    for context in contexts:
        context.close()


def test_a_decision_survives_a_network_that_fails(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    (comment,) = flagged(client, 1, "slow")
    arrived: list[str] = []

    def lose_the_answer(route: Route) -> None:
        arrived.append(route.request.post_data or "")
        if len(arrived) == 1:
            route.abort()
        elif len(arrived) == 2:
            # It arrives, and its answer is lost: sent again, it must count once.
            route.fetch()
            route.abort()
        else:
            route.continue_()

    # Of a page that stands already, Chromium may let the next request pass.
    page.route("**/resolve", lose_the_answer)
    sign_in(page, fresh, "salma")
    expect(items(page).first).to_have_attribute("aria-current", "true")
    page.keyboard.press("a")
    for _ in range(150):
        # The browser's requests are routed while the page is waited for.
        page.wait_for_timeout(100)
        if len(arrived) >= 3:
            break
    eventually(lambda: status(client, comment) == "published")
    assert len(set(arrived)) == 1
    entries = client.get("/v1/audit", params={"comment": comment}).json()["entries"]
    assert [entry["kind"] for entry in entries].count("approved") == 1


def test_near_identical_comments_are_decided_together(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    text = "الوزير منافق كبير"
    for number, same in enumerate((text, text + "!!", "الوزيـــر منافق كبير", text + " 😡")):
        submit(client, f"same-{number}", same, author=f"reader-{number}")
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(4)
    page.keyboard.press("g")
    page.keyboard.press("r")
    eventually(lambda: [status(client, f"same-{n}") for n in range(4)] == ["refused"] * 4)
    expect(items(page)).to_have_count(0)


def test_a_bulk_action_says_what_it_will_do_and_does_it(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    comments = flagged(client, 5, "bulk")
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(5)
    for _ in range(3):
        page.keyboard.press("x")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+A")
    dialog = page.locator("#bulk")
    expect(dialog.locator("h2")).to_have_text(
        re.compile("تُنشر 3 تعليقات|3 comments will be published")
    )
    expect(dialog.locator("li")).to_have_count(3)
    dialog.locator("form button").first.click()
    eventually(lambda: [status(client, each) for each in comments].count("published") == 3)
    expect(items(page)).to_have_count(2)


HOSTILE = {
    "script": "الوزير منافق كبير <script>document.title='broken'</script><img src=x>",
    "bidi": "الوزير منافق كبير \u202eabc\u2066 def \u200b\u200f",
    "flood": "الوزير منافق كبير " + "😡🔥" * 4000,
    "long": "الوزير منافق كبير " + "كلام طويل " * 1500,
    "marks": "الوزير منافق كبير ه" + "\u0300\u0301\u064e\u0651" * 300,
}


def test_hostile_text_is_only_text(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    for name, text in HOSTILE.items():
        submit(client, name, text, author=f"<b>{name}</b>", parent='"><script>alert(1)</script>')
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(len(HOSTILE))
    assert page.title() != "broken"
    assert page.locator(".item script, .item img").count() == 0
    expect(page.locator(".unseen").first).to_have_text("RLO")
    width = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert width <= 0
    for item in items(page).all():
        box = item.bounding_box()
        assert box
        assert box["height"] < 900


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_in_both_directions_and_both_schemes(
    language: str,
    direction: str,
    scheme: str,
    serving: Serving,
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert serving.first_key
    client = serving.client(serving.first_key)
    name = f"reader{language}{scheme}"
    account(serving, name)
    flagged(client, 3, name)
    context, page = signed_in(
        chromium, serving, name, locale=language, color_scheme=scheme, reduced_motion="reduce"
    )
    expect(items(page).first).to_be_visible()
    assert page.locator("html").get_attribute("dir") == direction
    for address in ("/console/queue", "/console/queue/list"):
        page.goto(serving.address + address)
        expect(page.locator("h1")).to_be_visible()
        found = Axe().run(page).response["violations"]
        told = [
            f"{each['id']}: {node['html']}"
            for each in found
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]
        assert told == []
    context.close()


def test_on_a_phone_nothing_scrolls_sideways(serving: Serving, chromium: Browser) -> None:
    assert serving.first_key
    account(serving, "phone")
    flagged(serving.client(serving.first_key), 2, "phone")
    context, page = signed_in(chromium, serving, "phone", **PHONE)
    expect(items(page).first).to_be_visible()
    for address in ("/console/queue", "/console/queue/list"):
        page.goto(serving.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    approve = page.goto(f"{serving.address}/console/queue") and items(page).first.get_by_role(
        "button", name=re.compile("انشر")
    )
    assert approve
    box = approve.bounding_box()
    assert box
    assert box["height"] >= 44
    context.close()


def test_the_list_by_keyboard(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    flagged(client, 3, "listed")
    sign_in(page, fresh, "salma")
    page.goto(f"{fresh.address}/console/queue/list")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_be_focused()
    expect(second).to_have_attribute("aria-current", "true")
    comment = second.get_attribute("data-comment")
    page.keyboard.press("h")
    page.wait_for_url(f"**/console/history/{comment}")
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/queue/*")
    expect(page.locator(".item")).to_be_visible()


def test_a_comment_on_its_own_page_by_keyboard(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    (comment,) = flagged(client, 1, "alone")
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(1)
    number = items(page).first.get_attribute("data-id")
    page.keyboard.press("Shift+S")
    page.wait_for_url("**/console/queue/list")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/queue/{number}")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/queue#item-{number}")
    expect(page.locator(f"#item-{number}")).to_be_focused()

    page.goto(f"{fresh.address}/console/queue/{number}")
    page.keyboard.press("n")
    page.locator("#note textarea").fill("تكرر منه")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note")).to_contain_text("تكرر منه")
    page.keyboard.press("2")
    page.wait_for_url("**/console/queue")
    assert status(client, comment) == "refused"
    # The page that was decided on is gone, and the decision can still be undone.
    page.reload()
    page.keyboard.press("u")
    expect(items(page)).to_have_count(1)
    assert status(client, comment) == "waiting"


def test_a_full_desk_says_so_and_is_given_back_for_what_is_sought(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    flagged(client, 12, "full")
    submit(client, "sought", "الناطق منافق كبير", article={"id": "a-2", "section": "رياضة"})
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(10)
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text(re.compile("full|ممتلئ"))

    page.goto(f"{fresh.address}/console/queue?article=a-2")
    expect(page.locator("details.filters summary")).to_contain_text("a-2")
    if "sought" in [each.get_attribute("data-comment") for each in page.locator(".words").all()]:
        page.locator(".item", has_text="الناطق").locator("[data-skip]").click()
    page.evaluate("sessionStorage.clear()")
    page.keyboard.press("Shift+S")
    expect(items(page)).to_have_count(1)
    expect(items(page).first).to_contain_text("الناطق")
    assert client.get("/v1/queue").json()["counts"]["claimed"] == 1


def test_what_is_decided_together_is_shown_before(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    for number in range(3):
        submit(client, f"like-{number}", "الوزير منافق كبير" + "!" * number, author=f"r-{number}")
    sign_in(page, fresh, "salma")
    expect(items(page)).to_have_count(3)
    page.keyboard.press("g")
    alike = items(page).first.locator(".alike li")
    expect(alike).to_have_count(2)
    expect(alike.first).to_contain_text("كبير")
    # What was marked is masked here as in every list.
    expect(alike.first).not_to_contain_text("منافق")


def test_on_a_phone_the_comment_comes_before_the_legend(
    serving: Serving, chromium: Browser
) -> None:
    assert serving.first_key
    account(serving, "pocket")
    flagged(serving.client(serving.first_key), 2, "pocket")
    context, page = signed_in(chromium, serving, "pocket", **PHONE)
    legend = page.locator("details.legend")
    expect(legend).not_to_have_attribute("open", "")
    expect(items(page).first).to_be_in_viewport()
    legend.locator("summary").click()
    page.reload()
    expect(legend).to_have_attribute("open", "")
    context.close()


def test_the_focus_never_falls_off_the_page(
    fresh: Serving, client: httpx.Client, people: None, page: Page
) -> None:
    submit(client, "obscene", "فلم زق", author="reader-9")
    sign_in(page, fresh, "salma")
    item = items(page).first
    expect(item.locator("q.found").first).to_be_hidden()
    item.locator("[data-unveil]").click()
    expect(item.locator(".words")).to_be_focused()
    expect(item.locator("q.found").first).to_be_visible()
    page.keyboard.press("n")
    page.locator("#note textarea").fill("وصف للفيلم")
    page.keyboard.press("Control+Enter")
    expect(item.locator(".note")).to_contain_text("وصف للفيلم")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("reader-9")
    expect(page.locator("#next button")).to_be_focused()
