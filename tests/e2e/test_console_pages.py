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
