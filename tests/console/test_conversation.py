"""Comments under their articles, decided on from there."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from urllib.parse import quote

import pytest

from moderation.comment import Article, Comment
from moderation.store import Decider, Outcome, Record, Resolution, Status
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.console.signing import Console, Person

pytestmark = pytest.mark.anyio

PATH = "/console/conversation"
ONE = Article(title="الأمن يفكك خلية جهادية", id="article-7")
APART_SECONDS = 0.002
"""Times are kept in milliseconds; comments of one millisecond have no order across articles."""
TWO = Article(title="الحكومة تقر الموازنة", id="a/8 &?", url="https://site.example/8")


async def submitted(
    console: Console,
    text: str,
    identifier: str,
    article: Article = ONE,
    parent: str | None = None,
) -> Record:
    comment = Comment(id=identifier, text=text, article=article, author="reader-1", parent=parent)
    verdict = console.service.equipment.engine.judge(comment)
    return await console.service.store.submit(comment, verdict)


def shown(text: str) -> list[str]:
    """The comments of a page, in their order."""
    return [unescape(each) for each in re.findall(r'name="comment" value="([^"]*)"', text)]


async def test_comments_stand_under_their_article_the_newest_first(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL, "first")
    await submitted(console, BORDERLINE, "second", parent="رأي <b>سابق</b>")
    await submitted(console, CIVIL, "elsewhere", TWO)
    answer = await person.get(f"{PATH}?article=article-7")
    assert shown(answer.text) == ["second", "first"]
    assert ONE.title in answer.text
    assert "رأي &lt;b&gt;سابق" in answer.text
    assert "badge warn" in answer.text


async def test_articles_are_shown_together(console: Console) -> None:
    person = await console.sign_in()
    for number in range(3):
        await submitted(console, f"{CIVIL} {number}", f"one-{number}")
        await asyncio.sleep(APART_SECONDS)
        await submitted(console, f"{CIVIL} {number}", f"two-{number}", TWO)
        await asyncio.sleep(APART_SECONDS)
    both = f"{PATH}?article=article-7&article={quote('a/8 &?', safe='')}"
    together = await person.get(both)
    assert shown(together.text) == ["two-2", "one-2", "two-1", "one-1", "two-0", "one-0"]
    assert 'href="https://site.example/8"' in together.text


async def test_a_group_is_narrowed_by_status_and_read_in_pages(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.conversation.LISTED", 4)
    person = await console.sign_in()
    for number in range(5):
        await submitted(console, f"{CIVIL} {number}", f"civil-{number}")
        await submitted(console, f"{BORDERLINE} {number}", f"flagged-{number}", TWO)
    both = f"{PATH}?article=article-7&article={quote('a/8 &?', safe='')}"
    waiting = await person.get(f"{both}&status=waiting")
    assert shown(waiting.text) == [f"flagged-{number}" for number in (4, 3, 2, 1)]

    found: list[str] = []
    page = (await person.get(both)).text
    while True:
        found += shown(page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        if more is None:
            break
        page = (await person.get(unescape(more[1]))).text
    assert sorted(found) == sorted(
        f"{kind}-{number}" for kind in ("civil", "flagged") for number in range(5)
    )


async def test_a_page_without_an_article_offers_those_with_something_open(
    console: Console,
) -> None:
    person = await console.sign_in()
    await submitted(console, BORDERLINE, "c-1", TWO)
    answer = await person.get(PATH)
    assert TWO.title in answer.text
    assert 'value="a/8 &amp;?"' in answer.text


@pytest.mark.parametrize("query", ["status=gone", "before=x", "before=999999999999999"])
async def test_what_cannot_be_shown_is_told(console: Console, query: str) -> None:
    person = await console.sign_in()
    assert (await person.get(f"{PATH}?article=article-7&{query}")).status_code == 422


async def decide(person: Person, comment: str, outcome: str, clause: str = "", **more: str) -> int:
    values = {"comment": comment, "outcome": outcome, "clause": clause, "request": "r-1"} | more
    return (await person.post(f"{PATH}/decide", values)).status_code


@pytest.mark.parametrize(
    ("text", "outcome", "status"),
    [
        (BORDERLINE, "approve", Status.PUBLISHED),
        (BORDERLINE, "reject", Status.REFUSED),
        (CIVIL, "reject", Status.REFUSED),
        (OBSCENE, "approve", Status.PUBLISHED),
        (OBSCENE, "reject", Status.REFUSED),
    ],
)
async def test_any_comment_is_decided_on_where_it_stands(
    console: Console, text: str, outcome: str, status: Status
) -> None:
    person = await console.sign_in()
    await submitted(console, text, "c-1")
    assert await decide(person, "c-1", outcome, "person_insult") == 303
    record = await console.service.store.get("c-1")
    assert record.status is status
    assert record.decision
    assert (record.decision.by, record.decision.moderator) == (
        Decider.MODERATOR,
        person.account.id,
    )
    assert record.decision.clause == ("person_insult" if outcome == "reject" else None)


async def test_a_request_that_is_sent_again_counts_once(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL, "c-1")
    for _ in range(3):
        assert await decide(person, "c-1", "reject", "profanity") == 303
    kinds = [entry.kind for entry in await console.service.store.audit.of("c-1")]
    assert kinds == ["submitted", "reopened", "rejected"]
    # Another decision is another request.
    assert await decide(person, "c-1", "approve", request="r-2") == 303
    assert (await console.service.store.get("c-1")).status is Status.PUBLISHED


async def test_what_a_colleague_holds_is_left_to_them(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, BORDERLINE, "c-1")
    await console.service.store.reopen("c-1", "m-other")
    assert await decide(person, "c-1", "approve") == 409
    assert (await console.service.store.get("c-1")).status is Status.WAITING


async def test_an_appeal_against_ones_own_decision_is_left_to_others(console: Console) -> None:
    person, other = await console.sign_in(), await console.sign_in()
    await submitted(console, BORDERLINE, "c-1")
    assert await decide(person, "c-1", "reject", "person_insult") == 303
    await console.service.store.appeal("c-1", "لم أقصد")
    assert await decide(person, "c-1", "approve", request="r-2") == 409
    assert await decide(other, "c-1", "approve") == 303


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "reject", "clause": "weather"},
        {"outcome": "reject"},
        {"outcome": "publish"},
        {"comment": ""},
    ],
)
async def test_what_is_no_decision_is_told(console: Console, values: dict[str, str]) -> None:
    person = await console.sign_in()
    await submitted(console, BORDERLINE, "c-1")
    sent = {"comment": "c-1", "outcome": "approve"} | values
    assert (await person.post(f"{PATH}/decide", sent)).status_code == 422
    assert (await console.service.store.get("c-1")).status is Status.WAITING


async def test_with_htmx_the_comment_comes_back_decided_and_can_be_undone(
    console: Console,
) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL, "c-1")
    values = {"comment": "c-1", "outcome": "reject", "clause": "profanity", "request": "r-1"}
    answer = await person.post(f"{PATH}/decide", values, **{"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert 'class="card comment refused"' in answer.text
    # A later decision is a fresh request.
    assert 'value="r-1"' not in answer.text
    item = re.search(r'name="item" value="([0-9]+)"', answer.text)
    assert item
    undone = await person.post("/console/queue/undo", {"item": item[1]})
    assert undone.status_code == 303
    assert (await console.service.store.get("c-1")).status is Status.PUBLISHED


async def test_a_page_leads_back_to_the_conversation_and_nowhere_else(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, BORDERLINE, "c-1")
    values = {"comment": "c-1", "outcome": "approve", "back": "article=article-7&status=waiting"}
    answer = await person.post(f"{PATH}/decide", values)
    assert answer.headers["location"] == f"{PATH}?article=article-7&status=waiting"
    values = {"comment": "c-1", "outcome": "approve", "back": "x\r\nSet-Cookie: a=b"}
    answer = await person.post(f"{PATH}/decide", values)
    assert answer.headers["location"] == "/console"
    assert "set-cookie" not in answer.headers


async def test_a_senior_watches_an_article_and_an_author_from_here(console: Console) -> None:
    senior, person = await console.sign_in("senior"), await console.sign_in()
    await submitted(console, CIVIL, "c-1")
    assert "/review" not in (await person.get(f"{PATH}?article=article-7")).text
    watch = {"kind": "articles", "name": "article-7", "listed": "yes", "back": "article=article-7"}
    assert (await person.post(f"{PATH}/review", watch)).status_code == 403
    assert (await senior.post(f"{PATH}/review", watch)).status_code == 303
    assert (await submitted(console, f"{CIVIL} أيضا", "c-2")).status is Status.WAITING
    page = await senior.get(f"{PATH}?article=article-7")
    assert 'value="no"' in page.text

    await senior.post(f"{PATH}/review", watch | {"listed": "no"})
    author = {"kind": "authors", "name": "reader-1", "listed": "yes"}
    await senior.post(f"{PATH}/review", author)
    assert (await submitted(console, f"{CIVIL} كذلك", "c-3", TWO)).status is Status.WAITING
    (entry,) = [
        each for each in await console.service.store.audit.read() if each.kind == "unlisted"
    ]
    assert entry.actor == senior.account.id


async def test_an_escalated_one_is_decided_too(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, BORDERLINE, "c-1")
    store = console.service.store
    item = await store.reopen("c-1", "m-other")
    await store.queue.resolve(item.id, "m-other", Resolution(Outcome.ESCALATE))
    assert await decide(person, "c-1", "approve") == 303
    assert (await store.get("c-1")).status is Status.PUBLISHED
