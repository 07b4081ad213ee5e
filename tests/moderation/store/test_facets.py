"""What moderators are told of items beside the machine's reasons, and how the queue is narrowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from moderation.store import (
    ArticleFacet,
    Conflict,
    Filters,
    HolderFacet,
    ItemState,
    Mark,
    Note,
    Store,
)
from moderation.verdict import Action
from tests.moderation.store.samples import ALLOWED, ARTICLE, FLAGGED, Clock, comment, verdict
from tests.moderation.store.scenes import APPROVE, ESCALATE, flagged, kinds, names, resolved

pytestmark = pytest.mark.anyio

SPORT = replace(ARTICLE, id="a-2", title="مباراة", section="رياضة")


async def test_an_authors_first_three_comments_are_marked(store: Store) -> None:
    for number in range(5):
        await store.submit(comment(f"c-{number}"), FLAGGED)
    marked = await store.queue.list(Filters(mark=Mark.NEW_COMMENTER))
    assert names(marked.items) == ["c-0", "c-1", "c-2"]
    await store.submit(comment("c-2", "نص آخر"), FLAGGED)
    edited = await store.queue.list(Filters(mark=Mark.NEW_COMMENTER))
    assert names(edited.items) == ["c-0", "c-1"]


async def test_the_newsroom_may_know_better_who_is_new(store: Store) -> None:
    await store.submit(comment("old"), FLAGGED, newcomer=False)
    await store.submit(replace(comment("known"), newcomer=False), FLAGGED)
    for number in range(5):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    await store.submit(comment("new"), FLAGGED, newcomer=True)
    marked = await store.queue.list(Filters(mark=Mark.NEW_COMMENTER))
    assert names(marked.items) == ["new"]


async def test_nobody_is_not_new(store: Store) -> None:
    record = await store.submit(replace(comment(), author=None), FLAGGED)
    assert record.item is not None
    assert (await store.queue.get(record.item)).marks == ()


async def test_near_identical_comments_are_one_group(store: Store) -> None:
    first = await flagged(store, "c-1", "يا كلب")
    await flagged(store, "c-2", "يـا كَلب!!")
    await flagged(store, "c-3", "يا حمار")
    item = await store.queue.get(first)
    assert item.group_size == 2
    assert names((await store.queue.list(Filters(group=item.group))).items) == ["c-1", "c-2"]
    await store.queue.take(first, "m-1")
    assert (await store.queue.get(first)).group_size == 2
    await store.queue.resolve(first, "m-1", APPROVE)
    assert (await store.queue.get(first)).group_size == 1


async def test_filters_narrow_by_author_dialect_and_mark(store: Store) -> None:
    await store.submit(comment("c-1"), FLAGGED, dialect="egyptian")
    await store.submit(replace(comment("c-2"), author="آخر"), FLAGGED, dialect="gulf")
    await store.submit(replace(comment("c-3"), author="آخر"), FLAGGED, newcomer=False)
    expected = {
        Filters(author="آخر"): ["c-2", "c-3"],
        Filters(author="غائب"): [],
        Filters(dialect="gulf"): ["c-2"],
        Filters(mark=Mark.NEW_COMMENTER): ["c-1", "c-2"],
        Filters(author="آخر", mark=Mark.NEW_COMMENTER): ["c-2"],
        Filters(dialect="egyptian", author="آخر"): [],
        Filters(excluded=("1", "2")): ["c-3"],
        Filters(mark=Mark.APPEAL): [],
    }
    for filters, wanted in expected.items():
        assert names((await store.queue.list(filters)).items) == wanted, filters
    assert names(await store.queue.claim("m-1", 5, filters=Filters(excluded=("1",)))) == [
        "c-2",
        "c-3",
    ]
    assert (await store.queue.get("2")).dialect == "gulf"
    with pytest.raises(ValueError, match="1000 can be"):
        Filters(excluded=("1",) * 1001)


async def test_facets_count_what_is_open(store: Store, clock: Clock) -> None:
    await store.submit(comment("c-1"), verdict(Action.FLAG, "profanity", "sanctities"), dialect="d")
    await store.submit(comment("c-2", article=SPORT), verdict(Action.FLAG, "profanity"))
    await store.submit(comment("c-3", article=SPORT), verdict(Action.FLAG, "profanity"))
    await store.submit(comment("c-4"), ALLOWED)
    await store.queue.take("1", "m-1", lease=timedelta(minutes=9))
    await store.queue.take("2", "m-1", lease=timedelta(minutes=3))
    facets = await store.queue.facets()
    assert facets.states == {ItemState.WAITING: 1, ItemState.CLAIMED: 2, ItemState.ESCALATED: 0}
    assert facets.clauses == {"profanity": 3, "sanctities": 1}
    assert facets.articles == (
        ArticleFacet("a-2", "مباراة", 2),
        ArticleFacet("a-1", ARTICLE.title, 1),
    )
    assert facets.sections == {"رياضة": 2, "أمن": 1}
    assert facets.dialects == {"d": 1}
    assert facets.marks == {Mark.NEW_COMMENTER: 3}
    assert facets.holders == (HolderFacet("m-1", 2, clock.now + timedelta(minutes=3)),)

    await store.queue.resolve("1", "m-1", APPROVE)
    await store.queue.resolve("2", "m-1", ESCALATE)
    await store.submit(comment("c-3", "نص آخر", SPORT), ALLOWED)
    facets = await store.queue.facets()
    assert facets.states == {ItemState.WAITING: 0, ItemState.CLAIMED: 0, ItemState.ESCALATED: 1}
    assert facets.clauses == {"profanity": 1}
    assert facets.articles == (ArticleFacet("a-2", "مباراة", 1),)
    assert (facets.sections, facets.dialects, facets.holders) == ({"رياضة": 1}, {}, ())


# One item


async def test_one_item_is_taken_by_its_id(store: Store, clock: Clock) -> None:
    await flagged(store, "c-1", score=0.95)
    item = await flagged(store, "c-2")
    taken = await store.queue.take(item, "m-1")
    assert taken.lease is not None
    assert taken.lease.moderator == "m-1"
    with pytest.raises(Conflict, match="m-1 holds it") as caught:
        await store.queue.take(item, "m-2")
    assert (caught.value.reason, caught.value.holder) == ("held", "m-1")
    clock.forward(minutes=1)
    again = await store.queue.take(item, "m-1")
    assert again.lease is not None
    assert again.lease.until == clock.now + timedelta(minutes=5)
    assert await kinds(store, "c-2") == [("submitted", ""), ("claimed", "m-1")]
    clock.forward(minutes=5)
    assert (await store.queue.take(item, "m-2")).state is ItemState.CLAIMED


async def test_what_is_done_is_not_taken(store: Store) -> None:
    item = await resolved(store, "c-1")
    with pytest.raises(Conflict) as caught:
        await store.queue.take(item, "m-2")
    assert caught.value.reason == "resolved"


async def test_a_heartbeat_renews_every_lease_of_a_moderator(store: Store, clock: Clock) -> None:
    for number in range(3):
        await flagged(store, f"c-{number}")
    await store.queue.claim("m-1", 2)
    await store.queue.claim("m-2")
    for _ in range(4):
        clock.forward(minutes=3)
        assert await store.queue.renew("m-1") == 2
    assert await store.queue.renew("m-2") == 0
    assert [holder.moderator for holder in (await store.queue.facets()).holders] == ["m-1"]
    clock.forward(minutes=5)
    assert await store.queue.renew("m-1") == 0
    assert (await store.queue.counts()).waiting == 3


async def test_a_renewal_never_shortens_a_lease(store: Store, clock: Clock) -> None:
    item = await flagged(store, "c-1")
    await store.queue.take(item, "m-1", lease=timedelta(hours=1))
    await store.queue.renew("m-1", lease=timedelta(minutes=1))
    clock.forward(minutes=59)
    assert (await store.queue.get(item)).state is ItemState.CLAIMED


async def test_notes_are_kept_in_any_state(store: Store, clock: Clock) -> None:
    item = await flagged(store, "c-1")
    first = Note("m-1", clock.now, "شاهدته؟ «نعم»\n\ud800")
    await store.queue.note(item, "m-1", first.text)
    clock.forward(minutes=1)
    again = await store.queue.note(item, "m-1", first.text)
    assert again.notes == (first,)
    await store.queue.take(item, "m-2")
    await store.queue.resolve(item, "m-2", APPROVE)
    noted = await store.queue.note(item, "m-2", "سليم")
    assert noted.notes == (first, Note("m-2", clock.now, "سليم"))
    assert [kind for kind, _ in await kinds(store, "c-1")].count("noted") == 2
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(ValueError, match="the note"):
            await store.queue.note(item, "m-1", text)


async def test_notes_are_bounded(store: Store) -> None:
    item = await flagged(store, "c-1")
    for number in range(100):
        await store.queue.note(item, "m-1", str(number))
    with pytest.raises(Conflict, match="as many notes"):
        await store.queue.note(item, "m-1", "one more")
