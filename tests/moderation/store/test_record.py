"""What is submitted, and what is known of it afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.comment import Article, Comment
from moderation.finding import Source
from moderation.span import Span
from moderation.store import Conflict, Decider, NotFound, Outcome, Resolution, Status, Store
from moderation.store.encoding import decode_content, encode_content
from moderation.verdict import Action, Reason, Verdict, Versions
from tests.moderation.store.samples import (
    ALLOWED,
    ARTICLE,
    FLAGGED,
    REJECTED,
    Clock,
    comment,
    verdict,
)

pytestmark = pytest.mark.anyio

anything = st.text(st.characters(exclude_categories=()), max_size=30)


@given(
    st.builds(
        Comment,
        id=anything,
        text=anything,
        article=st.none() | st.builds(Article, title=anything, authors=st.tuples(anything)),
        author=st.none() | anything,
    ),
    st.builds(
        Verdict,
        action=st.sampled_from(Action),
        reasons=st.tuples(
            st.builds(
                Reason,
                clause=anything,
                action=st.sampled_from(Action),
                source=st.builds(Source, st.sampled_from(("rule", "model")), anything, anything),
                score=st.floats(0, 1),
                spans=st.tuples(st.builds(Span, st.integers(0), st.integers(0))),
                evidence=st.tuples(anything),
                mention=st.booleans(),
            )
        ),
        scores=st.dictionaries(anything, st.floats(0, 1), max_size=3),
        versions=st.builds(Versions, anything, anything, st.none() | anything),
        degraded=st.booleans(),
        shadow=st.just(ALLOWED.shadow),
        seconds=st.floats(0, 1),
    ),
)
def test_whatever_was_judged_is_read_back_as_it_was(judged: Comment, judgement: Verdict) -> None:
    assert decode_content(encode_content(judged, judgement)) == (judged, judgement)


async def test_an_allowed_comment_is_published_by_the_machine(store: Store, clock: Clock) -> None:
    record = await store.submit(comment(), ALLOWED)
    assert record.status is Status.PUBLISHED
    assert record.decision is not None
    assert record.decision.by is Decider.MACHINE
    assert record.decision.at == record.submitted == clock.now
    assert record.item is None
    assert not record.repeated
    assert (record.revision.number, record.revision.comment) == (1, comment())
    assert record.revision.verdict == ALLOWED
    assert await store.get("c-1") == record


async def test_a_rejected_comment_is_refused_with_its_clause(store: Store) -> None:
    record = await store.submit(comment(), REJECTED)
    assert record.status is Status.REFUSED
    assert record.decision is not None
    assert (record.decision.by, record.decision.clause) == (Decider.MACHINE, "profanity")


async def test_a_flagged_comment_waits_in_the_queue(store: Store) -> None:
    record = await store.submit(comment(), FLAGGED)
    assert (record.status, record.decision) == (Status.WAITING, None)
    assert record.item is not None
    item = await store.queue.get(record.item)
    assert (item.comment, item.verdict, item.revision) == (comment(), FLAGGED, 1)


async def test_the_same_text_again_gets_the_first_decision(store: Store) -> None:
    first = await store.submit(comment(), FLAGGED)
    before = await store.audit.head()
    again = await store.submit(comment(), REJECTED)
    assert again == first
    assert again.repeated
    assert await store.audit.head() == before
    assert (await store.queue.counts()).waiting == 1


async def test_a_corrected_headline_is_not_another_submission(store: Store) -> None:
    await store.submit(comment(), ALLOWED)
    corrected = replace(ARTICLE, title="عنوان آخر")
    assert (await store.submit(comment(article=corrected), FLAGGED)).repeated


async def test_the_same_text_under_another_article_is_a_new_revision(store: Store) -> None:
    await store.submit(comment(), ALLOWED)
    moved = await store.submit(comment(article=replace(ARTICLE, id="a-2")), FLAGGED)
    assert (moved.revision.number, moved.status) == (2, Status.WAITING)


async def test_another_text_takes_the_place_of_the_first(store: Store) -> None:
    first = await store.submit(comment(text="يا كلب"), FLAGGED)
    assert first.item is not None
    await store.queue.claim("m-1")
    second = await store.submit(comment(text="يا أخي"), FLAGGED)
    assert second.item is not None
    assert second.item != first.item
    assert second.revision.number == 2
    listed = await store.queue.list()
    assert [item.id for item in listed.items] == [second.item]
    with pytest.raises(Conflict, match="newer revision") as caught:
        await store.queue.resolve(first.item, "m-1", Resolution(Outcome.APPROVE))
    assert caught.value.reason == "superseded"
    assert [r.comment.text for r in await store.revisions("c-1")] == ["يا كلب", "يا أخي"]


async def test_an_edit_that_is_allowed_leaves_the_queue(store: Store) -> None:
    await store.submit(comment(text="يا كلب"), FLAGGED)
    edited = await store.submit(comment(text="شكرا"), ALLOWED)
    assert edited.status is Status.PUBLISHED
    assert (await store.queue.list()).items == ()


async def test_an_edit_of_a_decided_comment_is_judged_afresh(store: Store) -> None:
    first = await store.submit(comment(text="يا كلب"), FLAGGED)
    assert first.item is not None
    await store.queue.claim("m-1")
    await store.queue.resolve(first.item, "m-1", Resolution(Outcome.REJECT, "person_insult"))
    edited = await store.submit(comment(text="يا حمار"), FLAGGED)
    assert (edited.status, edited.decision) == (Status.WAITING, None)
    with pytest.raises(Conflict):
        await store.queue.undo(first.item, "m-1")


async def test_many_submissions_of_one_comment_at_once_are_one(store: Store) -> None:
    records = await asyncio.gather(*(store.submit(comment(), FLAGGED) for _ in range(30)))
    assert sum(not record.repeated for record in records) == 1
    assert len({record.item for record in records}) == 1
    assert len(await store.audit.read()) == 1


async def test_a_lone_surrogate_survives(store: Store) -> None:
    odd = comment(identifier="c:\ud800", text="\ud83d و \udc00\x00")
    await store.submit(odd, FLAGGED)
    assert (await store.get("c:\ud800")).revision.comment == odd
    assert (await store.audit.verify()).sound


async def test_an_unknown_comment_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="c-404"):
        await store.get("c-404")
    assert await store.revisions("c-404") == ()


@pytest.mark.parametrize("identifier", ["", "x" * 501])
async def test_an_id_has_a_length(store: Store, identifier: str) -> None:
    with pytest.raises(ValueError, match="1 to 500"):
        await store.submit(comment(identifier), ALLOWED)


async def test_two_namespaces_know_nothing_of_each_other(store: Store, store_url: str) -> None:
    await store.submit(comment(), ALLOWED)
    async with await Store.open(store_url, namespace="another") as another:
        with pytest.raises(NotFound):
            await another.get("c-1")


async def test_a_verdict_without_a_model_is_kept_as_degraded(store: Store) -> None:
    degraded = verdict(model=None)
    assert (await store.submit(comment(), degraded)).revision.verdict.degraded
