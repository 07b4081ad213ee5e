"""The page of models in a real browser: a challenger is watched, then takes the model's place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.classifiers.conftest import RUDE
from tests.e2e.console import account, sign_in, signed_in, submit
from tests.e2e.serving import Serving
from tests.patience import eventually
from tests.trained import bundle_of

pytestmark = pytest.mark.e2e

SERIOUS = {"serious", "critical"}
RESENTED = "هذا المقال مفيد مفيد"


@pytest.fixture(scope="module")
def challenged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service whose challenger suspects a word that the shipped model lets pass."""
    folder = tmp_path_factory.mktemp("challenged")
    bundle_of(folder / "challenger", (*RUDE, "مفيد"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODERATION_CHALLENGER", str(folder / "challenger"))
        started = Serving.start(folder / "data")
    account(started, "salma", "admin")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(challenged: Serving) -> httpx.Client:
    assert challenged.first_key
    return challenged.client(challenged.first_key)


def watched(page: Page, challenged: Serving) -> Any:
    """The differences on the page, once there are any."""

    def found() -> Any:
        page.goto(f"{challenged.address}/console/models")
        return page.locator(".record .sides").count()

    eventually(found)
    return page.locator(".record")


@pytest.mark.parametrize(("language", "scheme"), [("ar", "light"), ("en", "dark")])
def test_accessible_and_as_wide_as_a_phone(
    language: str, scheme: Any, challenged: Serving, client: httpx.Client, chromium: Browser
) -> None:
    submit(client, "seen", f"{RESENTED} <b>جدا</b>")
    context, page = signed_in(chromium, challenged, "salma", locale=language, color_scheme=scheme)
    expect(watched(page, challenged).first).to_contain_text("<b>جدا</b>")
    found = Axe().run(page).response["violations"]
    assert [
        f"{each['id']}: {node['html']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ] == []
    page.set_viewport_size({"width": 360, "height": 740})
    wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().left < 0"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(
        f"{wide} || e.getBoundingClientRect().right > 361).map(e => e.outerHTML.slice(0, 200))"
    )
    context.close()


def test_a_challenger_is_promoted_and_judges_at_once(
    challenged: Serving, client: httpx.Client, page: Page
) -> None:
    assert submit(client, "before", RESENTED)["status"] == "published"
    sign_in(page, challenged, "salma")
    expect(watched(page, challenged).first).to_contain_text("مفيد")
    form = page.locator("#promote form").first
    form.locator('input[name="why"]').fill("أدق على قرارات الشهر")
    form.locator("button").click()
    expect(page.locator("#promote li").first).to_contain_text("أدق على قرارات الشهر")
    assert submit(client, "after", f"{RESENTED} جدا")["status"] == "waiting"

    back = page.locator("#promote form").first
    back.locator('input[name="why"]').fill("تراجع")
    back.locator("button").click()
    expect(page.locator("#promote li")).to_have_count(2)
    assert submit(client, "last", f"{RESENTED} حقا")["status"] == "published"


def test_the_command_line_promotes_while_the_service_runs(
    challenged: Serving, client: httpx.Client, tmp_path: Path
) -> None:
    version = bundle_of(tmp_path, RUDE, seed=6)
    said = challenged.command("models", "promote", str(tmp_path), "--why", "من سطر الأوامر")
    assert said.startswith(f"{version} serves; before it, ")
    assert version in challenged.command("models", "list")
    eventually(lambda: client.get("/readyz").json()["model"]["version"] == version)
