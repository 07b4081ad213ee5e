"""The watch list, and what became of authors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.store import (
    AuthorHistory,
    Listed,
    Mark,
    Past,
    ReviewKind,
    ReviewLists,
    Status,
    Store,
)
from tests.moderation.store.samples import ALLOWED, ARTICLE, FLAGGED, REJECTED, Clock, comment
from tests.moderation.store.scenes import APPROVE, REJECT, flagged

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("kind", "name", "mark"),
    [
        (ReviewKind.ARTICLES, "a-1", Mark.WATCHED),
        (ReviewKind.SECTIONS, "أمن", Mark.WATCHED),
        (ReviewKind.AUTHORS, "قارئ", Mark.ALWAYS_REVIEW),
    ],
)
async def test_what_the_machine_allows_waits_where_it_is_watched(
    store: Store, kind: ReviewKind, name: str, mark: Mark
) -> None:
    await store.submit(comment("before"), ALLOWED)
    assert await store.review.add(kind, name, by="admin")
    waiting = await store.submit(comment("c-1"), ALLOWED)
    assert (waiting.status, waiting.decision) == (Status.WAITING, None)
    assert waiting.item is not None
    item = await store.queue.get(waiting.item)
    assert (item.severity, item.clauses) == (0, ())
    assert item.marks == (Mark.NEW_COMMENTER, mark)
    assert (await store.submit(comment("c-2"), REJECTED)).status is Status.REFUSED
    other = replace(ARTICLE, id="a-2", section="رياضة")
    elsewhere = replace(comment("c-3", article=other), author="آخر")
    assert (await store.submit(elsewhere, ALLOWED)).status is Status.PUBLISHED
    flagged_item = await store.queue.get(await flagged(store, "c-4"))
    assert flagged_item.marks[-1] is mark
    assert (await store.get("before")).status is Status.PUBLISHED
    submitted = (await store.audit.of("c-1"))[0]
    assert (submitted.details["action"], submitted.details["status"]) == ("allow", "waiting")

    await store.queue.take(waiting.item, "m-1")
    await store.queue.resolve(waiting.item, "m-1", APPROVE)
    assert (await store.get("c-1")).status is Status.PUBLISHED
    assert await store.review.remove(kind, name, by="admin")
    assert (await store.submit(comment("c-5"), ALLOWED)).status is Status.PUBLISHED


async def test_the_lists_tell_who_listed_what(store: Store, clock: Clock) -> None:
    assert await store.review.all() == ReviewLists((), (), ())
    first = clock.now
    await store.review.add("authors", "قارئ", by="m-1")
    clock.forward(hours=1)
    await store.review.add("authors", "آخر", by="m-2")
    assert not await store.review.add("authors", "قارئ", by="m-2")
    assert (await store.review.all()).authors == (
        Listed("آخر", "m-2", clock.now),
        Listed("قارئ", "m-1", first),
    )
    assert not await store.review.remove("articles", "قارئ", by="m-2")
    await store.review.remove("authors", "قارئ", by="m-2")
    entries = await store.audit.read()
    assert [(entry.kind, entry.actor) for entry in entries] == [
        ("listed", "m-1"),
        ("listed", "m-2"),
        ("unlisted", "m-2"),
    ]
    assert entries[2].details == {"kind": "authors", "name": "قارئ"}


async def test_a_list_takes_what_can_be_a_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, name in (("authors", ""), ("authors", "x" * 501), ("editors", "x")):
        with pytest.raises(ValueError):
            await store.review.add(kind, name, by="admin")
    monkeypatch.setattr("moderation.store.review.MOST_LISTED", 1)
    await store.review.add("authors", "a", by="admin")
    with pytest.raises(ValueError, match="1 names fit"):
        await store.review.add("authors", "b", by="admin")


async def test_an_authors_history_follows_every_decision(store: Store, clock: Clock) -> None:
    async def counts() -> tuple[int, int, int, int]:
        found = await store.authors.history("قارئ")
        return found.submitted, found.published, found.refused, found.waiting

    assert await store.authors.history("قارئ") == AuthorHistory(0, 0, 0, 0, ())
    await store.submit(comment("c-1"), ALLOWED)
    await store.submit(comment("c-2"), REJECTED)
    item = await flagged(store, "c-3")
    assert await counts() == (3, 1, 1, 1)
    await store.queue.take(item, "m-1")
    await store.queue.resolve(item, "m-1", REJECT)
    assert await counts() == (3, 1, 2, 0)
    await store.queue.undo(item, "m-1")
    assert await counts() == (3, 1, 1, 1)
    await store.queue.resolve(item, "m-1", APPROVE)
    assert await counts() == (3, 2, 1, 0)
    await store.judge_again("c-2", FLAGGED, actor="admin", why="x")
    assert await counts() == (3, 2, 0, 1)
    await store.submit(comment("c-1"), REJECTED)
    assert await counts() == (3, 2, 0, 1)
    clock.forward(hours=1)
    await store.submit(comment("c-1", "نص آخر"), REJECTED)
    assert await counts() == (3, 1, 1, 1)
    recent = (await store.authors.history("قارئ")).recent
    assert [past.comment for past in recent] == ["c-1", "c-3", "c-2"]
    assert recent[0] == Past("c-1", Status.REFUSED, "profanity", clock.now)
    assert recent[1].clause is None


async def test_a_comment_that_changes_its_author_counts_for_the_new_one(store: Store) -> None:
    await store.submit(comment("c-1"), ALLOWED)
    await store.submit(replace(comment("c-1", "نص آخر"), author="آخر"), ALLOWED)
    assert await store.authors.history("قارئ") == AuthorHistory(0, 0, 0, 0, ())
    assert (await store.authors.history("آخر")).submitted == 1


async def test_an_authors_last_twenty_are_told(store: Store) -> None:
    for number in range(25):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    found = await store.authors.history("قارئ")
    assert found.submitted == 25
    assert [past.comment for past in found.recent] == [f"c-{n}" for n in range(24, 4, -1)]
