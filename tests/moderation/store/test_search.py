"""Finding what was submitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from moderation.finding import Source
from moderation.store import Decider, RecordPage, Search, Status, Store
from moderation.verdict import Action
from tests.moderation.store.samples import (
    ALLOWED,
    ARTICLE,
    FLAGGED,
    REJECTED,
    Clock,
    comment,
    verdict,
)
from tests.moderation.store.scenes import APPROVE, REJECT, resolved

pytestmark = pytest.mark.anyio

SPORT = replace(ARTICLE, id="a-2", section="رياضة")


def ids(page: RecordPage) -> list[str]:
    return [record.id for record in page.records]


async def found(store: Store, search: Search) -> list[str]:
    """Everything that a search finds, page by page."""
    names, cursor = [], None
    while True:
        page = await store.search(search, limit=2, cursor=cursor)
        names += ids(page)
        cursor = page.cursor
        if cursor is None:
            return names


async def test_the_recent_come_newest_first_in_pages(store: Store) -> None:
    for number in range(7):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    await store.submit(comment("c-2", "نص آخر"), FLAGGED)
    whole = await store.recent(100)
    assert ids(whole) == ["c-2", "c-6", "c-5", "c-4", "c-3", "c-1", "c-0"]
    assert whole.cursor is None
    assert whole.records[0] == await store.get("c-2")
    first = await store.recent(3)
    second = await store.recent(3, first.cursor)
    third = await store.recent(3, second.cursor)
    assert ids(first) + ids(second) + ids(third) == ids(whole)
    assert third.cursor is None
    assert await store.recent(3, "1") == RecordPage((), None)


async def test_a_page_stays_right_while_others_submit(store: Store) -> None:
    for number in range(4):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    first = await store.recent(2)
    await store.submit(comment("new"), ALLOWED)
    assert ids(await store.recent(5, first.cursor)) == ["c-1", "c-0"]


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "٣", "9" * 30])
async def test_a_cursor_of_somewhere_else_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        await store.recent(5, cursor)


async def test_ten_thousand_come_in_one_call(store: Store) -> None:
    for number in range(1_203):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    page = await store.recent(10_000)
    assert len(page.records) == 1_203
    assert page.cursor is None
    with pytest.raises(ValueError, match="1 to 10000"):
        await store.recent(10_001)


async def test_a_conversation_is_what_stands_under_an_article(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    await store.submit(comment("c-2", article=SPORT), REJECTED)
    await store.submit(comment("c-3"), FLAGGED)
    assert ids(await store.under("a-1")) == ["c-3", "c-1"]
    assert ids(await store.under("a-2")) == ["c-2"]
    assert ids(await store.under("a-3")) == []
    await store.submit(comment("c-1", article=SPORT), ALLOWED)
    assert ids(await store.under("a-1")) == ["c-3"]
    page = await store.under("a-2", limit=1)
    assert ids(page) == ["c-1"]
    assert ids(await store.under("a-2", limit=1, before=page.cursor)) == ["c-2"]


async def test_a_search_narrows(store: Store, clock: Clock) -> None:
    by_model = replace(FLAGGED.reasons[0], source=Source("model", "insults/dog", "1"))
    await store.submit(comment("allowed", "شُكـرًا لكم"), ALLOWED)
    await store.submit(replace(comment("other"), author="آخر"), REJECTED)
    clock.forward(hours=1)
    noon = clock.now
    await store.submit(
        comment("model", 'قال ["rule","insults/dog" فقط'), replace(FLAGGED, reasons=(by_model,))
    )
    await resolved(store, "approved", "m-1", APPROVE)
    clock.forward(hours=1)
    await resolved(store, "refused", "m-2", REJECT)
    await store.submit(comment("sport", article=SPORT), verdict(Action.FLAG, "sanctities"))
    expected = {
        Search(): ["sport", "refused", "approved", "model", "other", "allowed"],
        Search(text="شكرا"): ["allowed"],
        Search(text="شكرآ   "): [],
        Search(text="كلب"): ["sport", "refused", "approved", "other"],
        Search(author="آخر"): ["other"],
        Search(author="آخر", article="a-1"): ["other"],
        Search(author="آخر", article="a-2"): [],
        Search(article="a-2"): ["sport"],
        Search(rule="insults/dog"): ["sport", "refused", "approved", "other"],
        Search(rule="insults/d"): [],
        Search(moderator="m-1"): ["approved"],
        Search(by=Decider.MODERATOR): ["refused", "approved"],
        Search(by=Decider.MACHINE): ["other", "allowed"],
        Search(status=Status.WAITING): ["sport", "model"],
        Search(status=Status.REFUSED): ["refused", "other"],
        Search(clause="profanity"): ["other"],
        Search(clause="person_insult"): ["refused", "approved", "model"],
        Search(since=noon): ["sport", "refused", "approved", "model"],
        Search(until=noon): ["other", "allowed"],
        Search(since=noon, until=noon + timedelta(minutes=1)): ["approved", "model"],
        Search(until=noon, author="قارئ"): ["allowed"],
        Search(since=noon + timedelta(days=1)): [],
        Search(until=noon - timedelta(days=1)): [],
        Search(text="كلب", moderator="m-2", status=Status.REFUSED): ["refused"],
    }
    for search, wanted in expected.items():
        assert await found(store, search) == wanted, search


async def test_a_page_may_hold_fewer_and_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.store.search._SEEN_BY_ONE_CALL", 4)
    monkeypatch.setattr("moderation.store.search._SEEN_FOR_ONE_PAGE", 4)
    await store.submit(comment("needle", "إبرة"), REJECTED)
    for number in range(10):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    for search in (Search(text="ابره"), Search(status=Status.REFUSED)):
        first = await store.search(search)
        assert first.records == ()
        assert first.cursor is not None
        assert await found(store, search) == ["needle"]
