"""How often commenters, texts and matches were seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from moderation.comment import Article, Comment
from moderation.store import Store
from moderation.store.sightings import Seen
from moderation.throttle import Throttle
from tests.moderation.store.samples import ALLOWED, Clock

pytestmark = pytest.mark.anyio

TEXT = "اشتركوا في قناتي"


def comment(number: int, text: str = TEXT, author: str | None = "reader-1") -> Comment:
    return Comment(f"c-{number}", text, Article("عنوان", id="a-1"), author)


async def see(store: Store, said: Comment, *, counting: bool = True) -> Seen:
    return await store.sightings.see(said, newcomer=True, repeats=True, counting=counting)


async def test_the_first_three_comments_of_a_commenter_are_a_newcomers(store: Store) -> None:
    seen = []
    for number in range(5):
        seen.append((await see(store, comment(number))).newcomer)
        await store.submit(comment(number), ALLOWED)
    assert seen == [True, True, True, False, False]
    assert (await see(store, comment(9, author="reader-2"))).newcomer
    again = [(await see(store, comment(number))).newcomer for number in range(5)]
    assert again == seen


async def test_a_comment_that_comes_again_counts_once(store: Store) -> None:
    for _ in range(5):
        assert (await see(store, comment(1))).repeats == 1
    assert (await see(store, comment(2))).repeats == 2


async def test_looking_counts_nothing_and_tells_what_would_be(store: Store) -> None:
    await see(store, comment(1))
    for number in (2, 3, 4, 5):
        looked = await see(store, comment(number), counting=False)
        assert looked == Seen(newcomer=True, repeats=2)


async def test_a_text_is_the_same_in_every_spelling(store: Store) -> None:
    await see(store, comment(1, "اشترِكوا في قنااااتي!!"))
    assert (await see(store, comment(2, "إشتركوا   في، قناتى"))).repeats == 2
    assert (await see(store, comment(3, "اشتركوا في قناته"))).repeats == 1
    assert (await see(store, comment(4, "👍👍"))).repeats == 1
    assert (await see(store, comment(5, "👎"))).repeats == 1


async def test_a_text_is_forgotten_after_a_day(store: Store, clock: Clock) -> None:
    await see(store, comment(1))
    clock.forward(hours=23)
    assert (await see(store, comment(2))).repeats == 2
    clock.forward(hours=2)
    assert (await see(store, comment(3))).repeats == 2


async def test_of_a_commenter_without_an_id_nothing_is_known(store: Store) -> None:
    assert await see(store, comment(1, author=None)) == Seen(newcomer=None, repeats=1)


RULE = "spam/channel"


async def passed(store: Store, throttle: Throttle, said: Comment, *, counting: bool = True) -> bool:
    return RULE in await store.sightings.passed(said, {RULE: throttle}, counting=counting)


BY_AUTHOR = Throttle(by="author", matches=3, within=timedelta(minutes=10))


async def test_a_throttle_is_passed_by_the_match_that_makes_enough(
    store: Store, clock: Clock
) -> None:
    assert [await passed(store, BY_AUTHOR, comment(number)) for number in range(4)] == [
        False, False, True, True,
    ]  # fmt: skip
    clock.forward(minutes=11)
    assert not await passed(store, BY_AUTHOR, comment(5))


async def test_the_window_slides(store: Store, clock: Clock) -> None:
    for number in (1, 2):
        assert not await passed(store, BY_AUTHOR, comment(number))
        clock.forward(minutes=6)
    assert not await passed(store, BY_AUTHOR, comment(3))
    assert await passed(store, BY_AUTHOR, comment(4))


async def test_a_match_that_comes_again_counts_once(store: Store) -> None:
    for _ in range(5):
        assert not await passed(store, BY_AUTHOR, comment(1))
    assert not await passed(store, BY_AUTHOR, comment(2))
    for number in (3, 4):
        # Looking counts nothing: each of them would be the third.
        assert await passed(store, BY_AUTHOR, comment(number), counting=False)


@pytest.mark.parametrize(("by", "together"), [("author", False), ("article", True), ("site", True)])
async def test_matches_are_counted_where_the_throttle_says(
    store: Store, by: str, together: bool
) -> None:
    throttle = Throttle.model_validate({"by": by, "matches": 2, "within": "1h"})
    assert not await passed(store, throttle, comment(1, author="reader-1"))
    assert await passed(store, throttle, comment(2, author="reader-2")) is together
    elsewhere = replace(comment(3, author="reader-3"), article=Article("آخر", id="a-2"))
    assert await passed(store, throttle, elsewhere) is (by == "site")


async def test_a_throttle_by_what_is_not_known_is_never_passed(store: Store) -> None:
    for number in range(5):
        assert not await passed(store, BY_AUTHOR, comment(number, author=None))


async def test_memory_is_bounded_and_expires(store: Store) -> None:
    for number in range(40):
        await see(store, comment(number))
        await passed(store, BY_AUTHOR, comment(number))
    client, root = store._library.client, store._library.root
    keys = [key async for key in client.scan_iter(f"{root}:*")]
    assert len(keys) == 2
    assert all([await client.pttl(key) > 0 for key in keys])
    (matches,) = [key for key in keys if b":matches:" in key]
    assert await client.zcard(matches) == BY_AUTHOR.matches
