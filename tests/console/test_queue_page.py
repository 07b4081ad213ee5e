"""The queue without scripts, and what it says when a decision comes too late."""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

import pytest

from moderation.comment import Article, Comment
from moderation.finding import Source
from moderation.span import Span
from moderation.store import Record
from moderation.store.item import ItemState
from moderation.verdict import Action, Reason, Verdict, Versions
from tests.api.asking import BORDERLINE
from tests.console.signing import Console

pytestmark = pytest.mark.anyio

ARTICLE = Article("عنوان", ("سليم",), "article-1", "https://news.example/1", "سياسة", ("حكومة",))


async def waiting(console: Console, number: int, text: str = BORDERLINE) -> Record:
    comment = Comment(f"c-{number}", f"{text} {'ا' * number}ب", ARTICLE, author=f"reader-{number}")
    verdict = console.service.equipment.engine.judge(comment)
    return await console.service.store.submit(comment, verdict)


async def test_forms_alone_clear_the_queue(console: Console) -> None:
    record = await waiting(console, 1)
    salma = await console.sign_in("moderator", "salma")
    assert (await salma.post("/console/queue/next", {})).status_code == 303
    page = (await salma.get("/console/queue")).text
    assert f'action="/console/queue/{record.item}/resolve"' in page
    form = {"outcome": "reject", "clause": "person_insult"}
    assert (await salma.post(f"/console/queue/{record.item}/resolve", form)).status_code == 303
    decided = await console.service.store.get("c-1")
    assert decided.decision
    assert decided.decision.moderator == salma.account.id
    assert (await salma.post("/console/queue/undo", {"item": record.item or ""})).status_code == 303
    assert (await console.service.store.get("c-1")).decision is None


async def test_a_desk_is_given_back_at_once(console: Console) -> None:
    for number in range(3):
        await waiting(console, number)
    salma = await console.sign_in("moderator", "salma")
    await salma.post("/console/queue/next", {})
    left = await salma.post("/console/queue/release", {})
    # The list takes nothing: whoever leaves holds nothing.
    assert left.headers["location"] == "/console/queue/list"
    states = (await console.service.store.queue.facets()).states
    assert (states[ItemState.WAITING], states[ItemState.CLAIMED]) == (3, 0)
    sought = await salma.post("/console/queue/release", {"mark": "appeal"})
    assert sought.headers["location"] == "/console/queue?mark=appeal"


async def test_what_is_near_identical_is_listed_with_who_holds_it(console: Console) -> None:
    records = [
        await console.service.store.submit(comment, console.service.equipment.engine.judge(comment))
        for comment in (
            Comment(f"c-{number}", f"{BORDERLINE}{'!' * number}", ARTICLE, author=f"r-{number}")
            for number in range(3)
        )
    ]
    first, second, third = (record.item or "" for record in records)
    salma = await console.sign_in("moderator", "salma")
    karim = await console.sign_in("moderator", "karim")
    await salma.post(f"/console/queue/{first}/take", {})
    await karim.post(f"/console/queue/{second}/take", {})
    listed = (await salma.get(f"/console/queue/{first}/alike")).text
    assert f"/console/queue/{second}" in listed
    assert f"/console/queue/{third}" in listed
    assert f'"/console/queue/{first}"' not in listed
    assert listed.count(karim.account.id) == 1


async def test_counts_lead_to_what_they_count(console: Console) -> None:
    senior, moderator = await console.sign_in("senior"), await console.sign_in("moderator")
    escalated = "/console/queue?state=escalated"
    assert escalated in (await senior.get("/console/queue")).text
    page = (await moderator.get("/console/queue")).text
    assert escalated not in page
    assert "/console/queue?mark=appeal" in page


async def test_who_comes_late_is_told_in_their_language(console: Console) -> None:
    record = await waiting(console, 1)
    salma = await console.sign_in("moderator", "salma")
    karim = await console.sign_in("moderator", "karim")
    await salma.post(f"/console/queue/{record.item}/take", {})
    form = {"outcome": "approve"}
    path = f"/console/queue/{record.item}/resolve"
    answer = await karim.post(path, form, **{"HX-Request": "true"})
    assert answer.status_code == 409
    assert unquote(answer.headers["X-Told"]) == "هذا التعليق بيد مشرف آخر."
    assert (await console.service.store.get("c-1")).decision is None


async def test_a_rejection_names_a_clause_of_the_policy(console: Console) -> None:
    record = await waiting(console, 1)
    salma = await console.sign_in("moderator", "salma")
    await salma.post(f"/console/queue/{record.item}/take", {})
    form = {"outcome": "reject", "clause": "boredom"}
    answer = await salma.post(f"/console/queue/{record.item}/resolve", form)
    assert answer.status_code == 422
    assert "person_insult" in answer.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 2),
        ("?clause=person_insult", 2),
        ("?author=reader-2", 1),
        ("?section=سياسة", 2),
        ("?section=رياضة", 0),
        ("?article=article-1", 2),
        ("?mark=new_commenter", 2),
        ("?mark=appeal", 0),
        ("?state=escalated", 0),
        ("?severity=5", 0),
    ],
)
async def test_the_list_is_narrowed(console: Console, asked: str, found: int) -> None:
    await waiting(console, 1)
    await waiting(console, 2)
    salma = await console.sign_in("moderator", "salma")
    page = (await salma.get(f"/console/queue/list{asked}")).text
    assert page.count("<tr id=") == found


@pytest.mark.parametrize(
    "asked", ["?state=gone", "?mark=nothing", "?severity=9", "?cursor=abc", "?author=" + "a" * 2000]
)
async def test_a_filter_that_cannot_be_is_told(console: Console, asked: str) -> None:
    salma = await console.sign_in("moderator", "salma")
    assert (await salma.get(f"/console/queue/list{asked}")).status_code == 422


async def test_what_was_skipped_stays_for_others(console: Console) -> None:
    record = await waiting(console, 1)
    salma = await console.sign_in("moderator", "salma")
    karim = await console.sign_in("moderator", "karim")
    htmx = {"HX-Request": "true"}
    await salma.post("/console/queue/next", {}, **htmx)
    await salma.post(f"/console/queue/{record.item}/release", {}, **htmx)
    skipped = {"skipped": record.item or ""}
    again = await salma.post("/console/queue/next", skipped, **htmx)
    assert "data-id" not in again.text
    assert f'data-id="{record.item}"' in (await karim.post("/console/queue/next", {}, **htmx)).text


async def test_an_appeal_goes_to_somebody_else(console: Console) -> None:
    record = await waiting(console, 1)
    salma = await console.sign_in("moderator", "salma")
    karim = await console.sign_in("moderator", "karim")
    htmx = {"HX-Request": "true"}
    await salma.post("/console/queue/next", {}, **htmx)
    form = {"outcome": "reject", "clause": "person_insult"}
    await salma.post(f"/console/queue/{record.item}/resolve", form)
    await console.service.store.appeal("c-1", "لم أشتم أحدا")
    assert "data-id" not in (await salma.post("/console/queue/next", {}, **htmx)).text
    shown = (await karim.post("/console/queue/next", {}, **htmx)).text
    assert "لم أشتم أحدا" in shown


def _verdict(clause: str, kind: Literal["rule", "model"], score: float) -> Verdict:
    reason = Reason(clause, Action.FLAG, Source(kind, "name", "1"), score)
    return Verdict(Action.FLAG, (reason,), {}, Versions("1", "1", None))


@pytest.mark.parametrize(
    ("clause", "kind", "score", "expected"),
    [
        ("person_insult", "rule", 0.95, True),
        ("person_insult", "rule", 0.5, False),
        ("person_insult", "model", 0.99, False),
        ("profanity", "rule", 0.75, True),
        ("profanity", "model", 0.8, True),
    ],
)
async def test_hard_words_are_veiled_and_counted_once(
    console: Console, clause: str, kind: Literal["rule", "model"], score: float, expected: bool
) -> None:
    comment = Comment("c-1", "كلام", ARTICLE)
    record = await console.service.store.submit(comment, _verdict(clause, kind, score))
    salma = await console.sign_in("moderator", "salma")
    await salma.post("/console/queue/next", {})
    page = (await salma.get("/console/queue")).text
    assert ('class="item card veiled"' in page) is expected
    for _ in range(2):
        form = {"outcome": "approve", "request": "same"}
        await salma.post(f"/console/queue/{record.item}/resolve", form)
    assert await console.service.care.seen(salma.account.id) == int(expected)


async def test_a_moderator_is_shown_a_rule_and_led_nowhere_they_may_not_go(
    console: Console,
) -> None:
    comment = Comment("c-1", "كلام", ARTICLE)
    reason = Reason(
        "person_insult", Action.FLAG, Source("rule", "pack/one", "1"), 0.5, evidence=("A word",)
    )
    verdict = Verdict(Action.FLAG, (reason,), {}, Versions("1", "1", None))
    record = await console.service.store.submit(comment, verdict)
    for role, linked in (("moderator", False), ("senior", True)):
        page = (await (await console.sign_in(role)).get(f"/console/queue/{record.item}")).text
        assert ('href="/console/rules/pack/one"' in page) is linked
        # What a rule says of itself in English waits behind its name on a page in Arabic.
        assert 'title="A word"' in page
        assert ">A word<" not in page


async def test_a_rule_says_in_the_readers_language_what_it_is_for(console: Console) -> None:
    comment = Comment("c-1", "سليم الخطيب كذاب", Article("مقال", ("سليم الخطيب",)))
    verdict = console.service.equipment.engine.judge(comment)
    record = await console.service.store.submit(comment, verdict)
    salma = await console.sign_in("moderator", "salma")
    for path in (f"/console/queue/{record.item}", "/console/history/c-1"):
        for language, told in (("ar", "وصف الكاتب بالكذب"), ("en", "The author is called a liar")):
            await salma.post("/console/language", {"language": language})
            assert f">{told}<" in (await salma.get(path)).text


async def test_what_is_recorded_is_shown_where_the_rule_no_longer_serves(console: Console) -> None:
    source = Source("rule", "terms/gone", "1")
    reason = Reason("person_insult", Action.FLAG, source, 0.5, evidence=("قاعدة قديمة",))
    verdict = Verdict(Action.FLAG, (reason,), {}, Versions("1", "1", None))
    record = await console.service.store.submit(Comment("c-1", "كلام", ARTICLE), verdict)
    salma = await console.sign_in("moderator", "salma")
    assert ">قاعدة قديمة<" in (await salma.get(f"/console/queue/{record.item}")).text


async def test_numbers_of_two_clauses_are_two_numbers(console: Console) -> None:
    span = (Span(0, 4),)
    reasons = tuple(
        Reason(clause, Action.FLAG, Source("rule", "pack/one", "1"), 0.5, spans=span)
        for clause in ("author_insult", "person_insult")
    )
    verdict = Verdict(Action.FLAG, reasons, {}, Versions("1", "1", None))
    record = await console.service.store.submit(Comment("c-1", "كلام", ARTICLE), verdict)
    salma = await console.sign_in("moderator", "salma")
    assert 'data-numbers="1·2"' in (await salma.get(f"/console/queue/{record.item}")).text
