"""The console as people use it: accounts made by the command line, signed in by the page."""

from __future__ import annotations

from typing import Any, Final

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.serving import Serving
from tests.patience import PATIENT_MILLISECONDS

PASSWORD: Final = "correct horse battery staple"
TITLES: Final = (
    "الوزير المدير النائب المحافظ العميد المذيع المدرب الحكم الناطق السفير القاضي المستشار "
    "الأمين الضابط المهندس الطبيب التاجر المحامي الأستاذ اللاعب الممثل المطرب الشاعر"
).split()
ARTICLE: Final = {
    "id": "article-7",
    "title": "الحكومة تقر موازنة العام المقبل",
    "authors": ["سليم الخطيب"],
    "section": "سياسة",
    "url": "https://news.example/article-7",
}


def account(serving: Serving, name: str, role: str = "moderator") -> None:
    """Makes an account with PASSWORD."""
    serving.command(
        "accounts", "create", name, "--role", role, "--password-stdin", told=PASSWORD + "\n"
    )


def sign_in(page: Page, serving: Serving, name: str, password: str = PASSWORD) -> None:
    """Signs in by the page, and stands before the queue."""
    page.goto(f"{serving.address}/console/queue")
    page.locator('input[name="name"]').fill(name)
    page.locator('input[name="password"]').fill(password)
    page.locator('main button[type="submit"], main form button').first.click()
    expect(page.locator("#desk")).to_be_attached()


def signed_in(
    browser: Browser, serving: Serving, name: str, **context: Any
) -> tuple[BrowserContext, Page]:
    """A browser of somebody's own, signed in."""
    own = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
    own.set_default_timeout(PATIENT_MILLISECONDS)
    page = own.new_page()
    sign_in(page, serving, name)
    return own, page


def submit(client: httpx.Client, identifier: str, text: str, **fields: Any) -> dict[str, Any]:
    """Submits a comment under ARTICLE; what became of it."""
    sent = {"id": identifier, "text": text, "article": ARTICLE, "author": "reader-1"} | fields
    answer = client.post("/v1/comments", json=sent).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def flagged(client: httpx.Client, count: int, prefix: str) -> list[str]:
    """Submits so many comments that wait for a moderator, no two alike; their ids."""
    made: list[str] = []
    for number, title in enumerate(TITLES * 9):
        if len(made) == count:
            break
        identifier = f"{prefix}-{number}"
        text = f"{title} منافق كبير في رأيي" if number >= len(TITLES) else f"{title} منافق كبير"
        if submit(client, identifier, text)["status"] == "waiting":
            made.append(identifier)
    assert len(made) == count
    return made
