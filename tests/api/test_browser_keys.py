"""Browser keys: public, and therefore held to origins, to comments of their own and to rates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.keys import Key, Role
from api.origins import KnownOrigins, origin_of
from api.rates import Buckets, Rates, network_of
from api.service import Service
from tests.api.asking import ARTICLE, CIVIL, OBSCENE, problem

pytestmark = pytest.mark.anyio

SITE = "https://site.example"
OTHER = "https://other.example"


class Page:
    """A page of an origin that asks with a browser key."""

    def __init__(self, client: httpx.AsyncClient, key: Key, secret: str, origin: str) -> None:
        self.client = client
        self.key = key
        self.secret = secret
        self.origin = origin

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self._headers())

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=self._headers())

    async def post_form(self, **fields: str) -> httpx.Response:
        """As a browser posts a form without script."""
        headers = {
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"key": self.secret, **fields})
        return await self.client.post("/v1/form", content=body, headers=headers)

    def at(self, origin: str) -> Page:
        return Page(self.client, self.key, self.secret, origin)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}", "Origin": self.origin}


@pytest.fixture
async def page(service: Service, visitor: httpx.AsyncClient) -> Page:
    key, secret = await service.keys.create("form", [Role.SUBMIT], [SITE])
    return Page(visitor, key, secret, SITE)


@pytest.fixture
async def hurried(service: Service) -> AsyncIterator[Page]:
    """A page where one client has ten tokens a minute."""
    service.settings = service.settings.model_copy(update={"browser_client_tokens": 10})
    key, secret = await service.keys.create("form", [Role.SUBMIT], [SITE])
    transport = httpx.ASGITransport(create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://moderation.example") as own:
        yield Page(own, key, secret, SITE)


async def test_it_previews_submits_and_reads_what_became_of_it(page: Page) -> None:
    assert (await page.post("/v1/preview", {"text": CIVIL})).status_code == 200
    comment = {"id": f"{page.key.id}-1", "text": CIVIL}
    assert (await page.post("/v1/comments", comment)).status_code == 201
    assert (await page.get(f"/v1/comments/{page.key.id}-1")).json()["status"] == "published"


@pytest.mark.parametrize("origin", [OTHER, "http://site.example", f"{SITE}:8443", "null", ""])
async def test_it_is_refused_from_other_origins(page: Page, origin: str) -> None:
    answer = await page.at(origin).post("/v1/preview", {"text": CIVIL})
    assert problem(answer, 403)["type"].endswith("origin-not-allowed")


async def test_it_opens_nothing_but_what_a_form_does(page: Page) -> None:
    batch = await page.post("/v1/preview/batch", {"comments": [{"text": CIVIL}]})
    assert batch.status_code in {401, 403}
    analyze = {"comment": {"text": CIVIL}, "requestedAttributes": {"TOXICITY": {}}}
    refused = await page.post("/v1alpha1/comments:analyze", analyze)
    assert refused.is_client_error
    assert "attributeScores" not in refused.json()


async def test_it_cannot_touch_comments_of_others(page: Page, service: Service) -> None:
    assert problem(await page.post("/v1/comments", {"id": "comment-1", "text": CIVIL}), 403)
    assert problem(await page.get("/v1/comments/comment-1"), 403)
    assert problem(await page.get("/v1/comments/other-1"), 403)


async def test_a_browser_key_has_no_other_role(service: Service) -> None:
    with pytest.raises(ValueError, match="submit"):
        await service.keys.create("form", [Role.SUBMIT, Role.REVIEW], [SITE])


async def test_its_rate_is_told_with_the_time_to_wait(hurried: Page) -> None:
    for _ in range(10):
        assert (await hurried.post("/v1/preview", {"text": CIVIL})).status_code == 200
    answer = await hurried.post("/v1/preview", {"text": CIVIL})
    assert problem(answer, 429)["type"].endswith("too-many-requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 6
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-expose-headers"] == "Retry-After"


async def test_a_comment_takes_more_of_the_rate_than_a_check(hurried: Page) -> None:
    for number in range(2):
        comment = {"id": f"{hurried.key.id}-{number}", "text": CIVIL}
        assert (await hurried.post("/v1/comments", comment)).status_code == 201
    assert problem(await hurried.post("/v1/preview", {"text": CIVIL}), 429)


async def test_a_servers_key_has_no_rate(service: Service, hurried: Page) -> None:
    _, secret = await service.keys.create("server", [Role.SUBMIT])
    headers = {"Authorization": f"Bearer {secret}"}
    for _ in range(12):
        answer = await hurried.client.post("/v1/preview", json={"text": CIVIL}, headers=headers)
        assert answer.status_code == 200


async def preflight(client: httpx.AsyncClient, origin: str) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return await client.options("/v1/comments", headers=headers)


async def test_browsers_may_ask_from_the_origins_of_keys_alone(
    page: Page, visitor: httpx.AsyncClient
) -> None:
    allowed = await preflight(visitor, SITE)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == SITE
    assert "Authorization" in allowed.headers["access-control-allow-headers"]
    other = await preflight(visitor, OTHER)
    assert "access-control-allow-origin" not in other.headers
    answered = await page.at(OTHER).post("/v1/preview", {"text": CIVIL})
    assert "access-control-allow-origin" not in answered.headers
    assert answered.headers["vary"] == "Origin"


async def test_origins_of_revoked_keys_are_forgotten(service: Service, page: Page) -> None:
    now = 0.0
    known = KnownOrigins(service.keys, lambda: now)
    assert await known() == {SITE}
    await service.keys.revoke(page.key.id)
    assert await known() == {SITE}
    now = 2.0
    assert await known() == frozenset()


async def test_a_form_without_script_is_answered_with_a_page(page: Page) -> None:
    answer = await page.post_form(text=CIVIL, article="a-1", title=str(ARTICLE["title"]))
    assert answer.status_code == 200
    assert "نُشر تعليقك" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_a_refused_form_keeps_text_and_fields(page: Page) -> None:
    answer = await page.post_form(text=OBSCENE, article="a-1", lang="en")
    assert "The comment was not published" in answer.text
    assert OBSCENE in answer.text
    assert 'name="article" value="a-1"' in answer.text


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ""}, 422, "لم تكتب شيئا"),
        ({"text": "كلمة " * 110}, 422, "أطول من المسموح"),
        ({"text": CIVIL, "key": "mod_x_y"}, 401, "تعذّر إرسال"),
        ({"text": CIVIL, "id": "comment-1"}, 403, "تعذّر إرسال"),
    ],
)
async def test_a_form_that_cannot_be_taken_keeps_its_text(
    page: Page, fields: dict[str, str], status: int, words: str
) -> None:
    answer = await page.post_form(**fields)
    assert answer.status_code == status
    assert words in answer.text
    assert fields["text"].strip() in answer.text


async def test_a_form_of_another_site_is_refused(page: Page) -> None:
    assert (await page.at(OTHER).post_form(text=CIVIL)).status_code == 403


async def test_a_form_over_its_rate_may_be_sent_again(hurried: Page) -> None:
    for _ in range(2):
        await hurried.post_form(text=CIVIL)
    answer = await hurried.post_form(text=CIVIL, id=f"{hurried.key.id}-1")
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert CIVIL in answer.text
    assert f'value="{hurried.key.id}-1"' in answer.text


@pytest.mark.parametrize(
    ("fields", "absent"),
    [
        ({"text": CIVIL, "url": "https://other.example/"}, "other.example"),
        ({"text": CIVIL, "url": "javascript:alert(1)"}, "javascript"),
        ({"text": OBSCENE, "appeal": "javascript:alert(1)"}, 'href="javascript'),
        ({"text": OBSCENE, "appeal": 'a@b.c"><script>'}, "<script>"),
        ({"text": CIVIL + "<script>"}, "<script>"),
    ],
)
async def test_an_answering_page_leads_nowhere_else_and_runs_nothing(
    page: Page, fields: dict[str, str], absent: str
) -> None:
    assert absent not in (await page.post_form(**fields)).text


@pytest.mark.parametrize("body", [b"\xff", b"key=%ff", b"&".join([b"a=1"] * 200)])
async def test_what_is_no_form_is_refused(page: Page, body: bytes) -> None:
    problem(await page.client.post("/v1/form", content=body), 422)


def test_a_bucket_gives_its_allowance_at_once_and_then_evenly() -> None:
    now = 0.0
    buckets = Buckets(60, lambda: now)
    buckets.take("reader", 60)
    assert buckets.wait("reader", 5) == 5
    assert buckets.wait("another", 5) == 0
    now = 5.0
    assert buckets.wait("reader", 5) == 0


def test_a_client_over_its_rate_does_not_use_up_the_keys() -> None:
    rates = Rates(of_client=1, of_key=2, clock=lambda: 0.0)
    assert rates.take("key", "a", 1) == 0
    assert rates.take("key", "a", 1) == 60
    assert rates.take("key", "b", 1) == 0
    assert rates.take("key", "c", 1) == 30


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_one_client(host: str, network: str) -> None:
    assert network_of(host) == network


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://site.example", "https://site.example"),
        ("HTTPS://Site.Example:443/", "https://site.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_do(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    ["site.example", "https://", "https://a/b", "ftp://a", "https://*.a", "https://a:x", "null"],
)
def test_what_is_no_origin_is_told(address: str) -> None:
    with pytest.raises(ValueError, match=r"https://site\.example"):
        origin_of(address)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--origin", "site.example"], "is no origin"),
        (["--origin", SITE, "--role", "review"], "may only submit"),
        ([], "give a role"),
    ],
)
def test_the_command_says_what_a_key_needs(options: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["keys", "create", "form", *options])
    assert done.exit_code == 2
    assert told in done.output
