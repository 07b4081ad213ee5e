"""Why a comment was refused, and the commenter's appeal: by the interface, and by pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from api.keys import Role
from api.service import Service
from moderation.store import Status
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, Asking, places, problem

pytestmark = pytest.mark.anyio

SITE = "https://site.example"
WORDS = "لم أقصد أحدا بعينه"


async def stated(asking: Asking, comment: str = "c-1", **query: Any) -> dict[str, Any]:
    answer = await asking.get(f"/v1/comments/{comment}/statement", **query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused_by(moderator: Asking, clause: str = "person_insult") -> None:
    """Lets a moderator refuse the next comment of the queue."""
    (item,) = (await moderator.post("/v1/queue/claim", {})).json()["items"]
    body = {"outcome": "reject", "clause": clause}
    answer = await moderator.post(f"/v1/queue/{item['id']}/resolve", body)
    assert answer.status_code == 200


async def test_a_refusal_states_facts_ground_means_and_redress(
    form: Asking, service: Service
) -> None:
    await form.submit(OBSCENE)
    told = await stated(form, lang="en")
    assert told["facts"]["text"] == OBSCENE
    assert [span["text"] for span in told["facts"]["spans"]] == ["قَـ ح ـبـ ـة"]
    assert "الأمن يفكك خلية جهادية" in told["facts"]["told"]
    assert told["ground"]["clause"] == "profanity"
    assert told["ground"]["why"] == "Please write it again without obscenities."
    assert (told["automated"]["found"], told["automated"]["decided"]) == (True, True)
    assert told["redress"]["appeal"] == "open"
    kept = timedelta(days=service.settings.retention_days)
    until = datetime.fromisoformat(told["redress"]["until"])
    assert until == datetime.fromisoformat(told["decided"]) + kept
    assert str(until.year) in told["redress"]["told"]


async def test_a_statement_speaks_the_language_that_was_asked_for(form: Asking) -> None:
    await form.submit(OBSCENE)
    assert (await stated(form))["title"] == "بيان أسباب الرفض"
    assert (await stated(form, lang="en"))["title"] == "Statement of reasons"
    answer = await form.get("/v1/comments/c-1/statement", lang="fr")
    assert places(answer) == ["lang"]


async def test_a_moderators_refusal_names_who_found_and_who_decided_and_nobody_by_name(
    form: Asking, moderator: Asking
) -> None:
    await form.submit(BORDERLINE)
    await refused_by(moderator, "author_insult")
    told = await stated(form)
    assert (told["automated"]["found"], told["automated"]["decided"]) == (True, False)
    # The moderator names another clause than the machine: no words of its own stand for it.
    assert told["ground"]["clause"] == "author_insult"
    assert told["facts"]["spans"] == []
    assert moderator.key not in str(told)


async def test_a_statement_holds_nothing_of_rules_and_scores(
    form: Asking, moderator: Asking
) -> None:
    await form.submit(OBSCENE)
    for who in (form, moderator):
        told = str(await stated(who))
        assert "obscenity" not in told
        assert "score" not in told
        assert "evidence" not in told


async def test_only_a_refusal_is_stated(form: Asking) -> None:
    await form.submit(CIVIL, "published")
    await form.submit(BORDERLINE, "waiting")
    for comment in ("published", "waiting"):
        answer = await form.get(f"/v1/comments/{comment}/statement")
        assert problem(answer, 409)["reason"] == "not_refused"
    problem(await form.get("/v1/comments/unknown/statement"), 404)


async def test_an_id_may_hold_slashes(form: Asking) -> None:
    await form.submit(OBSCENE, "2026/11/c-1")
    assert (await stated(form, "2026/11/c-1"))["comment"] == "2026/11/c-1"
    answer = await form.post("/v1/comments/2026/11/c-1/appeal", {"text": WORDS})
    assert answer.status_code == 201


async def test_a_statement_is_a_page_where_html_is_asked_for(form: Asking) -> None:
    text = f"{OBSCENE} <script>alert(1)</script>"
    await form.submit(text)
    answer = await form.client.get(
        "/v1/comments/c-1/statement",
        headers={"Authorization": f"Bearer {form.secret}", "Accept": "text/html"},
    )
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "بيان أسباب الرفض" in answer.text
    assert "<script>alert" not in answer.text
    assert "<form" not in answer.text


async def test_an_appeal_waits_for_another_moderator(
    form: Asking, moderator: Asking, colleague: Asking
) -> None:
    await form.submit(BORDERLINE)
    await refused_by(moderator)
    answer = await form.post("/v1/comments/c-1/appeal", {"text": WORDS})
    assert answer.status_code == 201
    assert answer.json()["status"] == "refused"
    assert answer.json()["appeal"]["text"] == WORDS
    assert answer.json()["appeal"]["outcome"] is None
    assert (await stated(form))["redress"]["appeal"] == "waiting"

    assert (await moderator.post("/v1/queue/claim", {})).json()["items"] == []
    (item,) = (await colleague.post("/v1/queue/claim", {})).json()["items"]
    assert item["appeal"] == WORDS
    assert "appeal" in item["marks"]
    await colleague.post(f"/v1/queue/{item['id']}/resolve", {"outcome": "approve"})
    record = (await form.get("/v1/comments/c-1")).json()
    assert record["status"] == Status.PUBLISHED
    assert record["appeal"]["outcome"] == "approve"


async def test_an_appeal_that_is_rejected_is_told(form: Asking, moderator: Asking) -> None:
    await form.submit(OBSCENE)
    await form.post("/v1/comments/c-1/appeal", {"text": WORDS})
    await refused_by(moderator, "profanity")
    told = await stated(form)
    assert told["redress"]["appeal"] == "upheld"
    # A person has decided since, on what the machine had found.
    assert told["automated"]["decided"] is False


async def test_what_stands_against_an_appeal_is_told(form: Asking) -> None:
    await form.submit(CIVIL, "published")
    answer = await form.post("/v1/comments/published/appeal", {"text": WORDS})
    assert problem(answer, 409)["reason"] == "not_refused"
    problem(await form.post("/v1/comments/unknown/appeal", {"text": WORDS}), 404)

    await form.submit(OBSCENE)
    for status in (201, 201):
        answer = await form.post("/v1/comments/c-1/appeal", {"text": WORDS})
        assert answer.status_code == status
    answer = await form.post("/v1/comments/c-1/appeal", {"text": "وأمر آخر"})
    assert problem(answer, 409)["reason"] == "appealed"


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " \u200b"}, {"text": "ا" * 2001}, {"text": 7}]
)
async def test_an_appeal_needs_words(form: Asking, body: dict[str, Any]) -> None:
    await form.submit(OBSCENE)
    assert places(await form.post("/v1/comments/c-1/appeal", body)) == ["#/text"]


async def test_the_other_roles_state_and_appeal_nothing(form: Asking, editor: Asking) -> None:
    await form.submit(OBSCENE)
    problem(await editor.get("/v1/comments/c-1/statement"), 403)
    problem(await editor.post("/v1/comments/c-1/appeal", {"text": WORDS}), 403)


class Page:
    """A page of a site, whose forms post with a browser key."""

    def __init__(self, client: httpx.AsyncClient, key: str, secret: str) -> None:
        self.client = client
        self.comment = f"{key}-1"
        self.secret = secret

    async def post(self, path: str, **fields: str) -> httpx.Response:
        headers = {"Origin": SITE, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"key": self.secret, "id": self.comment, **fields})
        return await self.client.post(path, content=body, headers=headers)


@pytest.fixture
async def page(service: Service, visitor: httpx.AsyncClient) -> Page:
    key, secret = await service.keys.create("form", [Role.SUBMIT], [SITE])
    return Page(visitor, key.id, secret)


async def test_a_browser_key_states_and_appeals_for_its_own_comments_alone(
    form: Asking, page: Page
) -> None:
    await form.submit(OBSCENE)
    await page.post("/v1/form", text=OBSCENE)
    headers = {"Authorization": f"Bearer {page.secret}", "Origin": SITE}
    own, other = (f"/v1/comments/{each}" for each in (page.comment, "c-1"))
    assert (await page.client.get(f"{own}/statement", headers=headers)).status_code == 200
    problem(await page.client.get(f"{other}/statement", headers=headers), 403)
    body = {"text": WORDS}
    problem(await page.client.post(f"{other}/appeal", json=body, headers=headers), 403)
    assert (await page.client.post(f"{own}/appeal", json=body, headers=headers)).status_code == 201


async def test_the_way_without_script_from_the_outcome_to_the_appeal(
    page: Page, service: Service
) -> None:
    outcome = await page.post("/v1/form", text=OBSCENE, url=f"{SITE}/a")
    assert 'action="/v1/form/statement"' in outcome.text
    assert page.comment in outcome.text

    shown = await page.post("/v1/form/statement", url=f"{SITE}/a")
    assert shown.status_code == 200
    assert "بيان أسباب الرفض" in shown.text
    assert 'action="/v1/form/appeal"' in shown.text
    assert f'href="{SITE}/a"' in shown.text

    answer = await page.post("/v1/form/appeal", text=f"{WORDS}\r\nحقا")
    assert answer.status_code == 200
    assert "وصلنا تظلّمك" in answer.text
    assert 'action="/v1/form/appeal"' not in answer.text
    record = await service.store.get(page.comment)
    assert record.appeal
    assert record.appeal.text == f"{WORDS}\nحقا"


@pytest.mark.parametrize(
    ("text", "told"), [(" ", "اكتب سبب تظلّمك"), ("a" * 2001, "أطول من المسموح")]
)
async def test_a_page_says_what_is_wrong_with_an_appeal_and_keeps_its_words(
    page: Page, text: str, told: str
) -> None:
    await page.post("/v1/form", text=OBSCENE)
    answer = await page.post("/v1/form/appeal", text=text)
    assert answer.status_code == 422
    assert told in answer.text
    assert text in answer.text


async def test_a_second_appeal_by_the_page_is_told(page: Page) -> None:
    await page.post("/v1/form", text=OBSCENE)
    await page.post("/v1/form/appeal", text=WORDS)
    answer = await page.post("/v1/form/appeal", text="وأمر آخر")
    assert answer.status_code == 409
    assert "تظلّمت من هذا القرار من قبل" in answer.text


async def test_the_newsrooms_address_stands_in_the_place_of_the_form(page: Page) -> None:
    await page.post("/v1/form", text=OBSCENE)
    answer = await page.post("/v1/form/statement", appeal="editors@site.example")
    assert f'href="mailto:editors@site.example?subject={page.comment}"' in answer.text
    assert "/v1/form/appeal" not in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"id": "c-1"}, 403), ({"key": "mod_x_y"}, 401), ({"lang": "en"}, 404)],
)
async def test_a_page_opens_no_statement_that_is_not_the_readers(
    page: Page, form: Asking, fields: dict[str, str], status: int
) -> None:
    await form.submit(OBSCENE)
    answer = await page.post("/v1/form/statement", **fields)
    assert answer.status_code == status
    assert OBSCENE not in answer.text


async def test_an_appeal_is_told_by_the_trail(form: Asking, admin: Asking) -> None:
    await form.submit(OBSCENE)
    await form.post("/v1/comments/c-1/appeal", {"text": WORDS})
    entries = (await admin.get("/v1/audit", comment="c-1")).json()["entries"]
    assert [entry["kind"] for entry in entries] == ["submitted", "appealed"]
    assert entries[1]["details"]["text"] == WORDS
