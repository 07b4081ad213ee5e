"""The breaker's memory: which rules are new, how often they hit, what trips."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from moderation.comment import Comment
from moderation.policy import Breaker
from moderation.store import NotFound, Store
from moderation.store.breaker import Tripped
from tests.moderation.store.samples import Clock

pytestmark = pytest.mark.anyio

LIMITS = Breaker()
OLD = {"insults/dog": "f-old"}
NEW = {"spam/word": "f-new"}


@pytest.fixture
async def site(store: Store, clock: Clock) -> Store:
    """A site with old rules, to which a new one was added."""
    await store.breaker.register(OLD)
    clock.forward(days=30)
    since = await store.breaker.register(OLD | NEW)
    assert since["insults/dog"].year == 1970
    assert since["spam/word"] == clock.now
    return store


async def comes(
    store: Store, numbers: Sequence[int], hits: Sequence[int], limits: Breaker = LIMITS
) -> list[int]:
    """The numbers of the comments by which something trips."""
    return [
        number
        for number in numbers
        if await store.breaker.count(
            Comment(f"c-{number}", "نص"), NEW if number in hits else {}, limits
        )
    ]


async def test_a_new_rule_trips_by_too_large_a_share(site: Store, clock: Clock) -> None:
    assert await comes(site, range(100), [10, 20, 58]) == [58]
    assert await site.breaker.tripped() == {
        "f-new": Tripped("spam/word", clock.now, hits=3, comments=59)
    }


@pytest.mark.parametrize(
    ("comments", "hits"),
    [
        (49, range(49)),  # too few comments
        (100, [10, 60]),  # too few hits
        (100, [10, 97, 98, 99]),  # 4 % and less
    ],
)
async def test_what_is_within_the_limits_trips_nothing(
    site: Store, comments: int, hits: Sequence[int]
) -> None:
    assert await comes(site, range(comments), hits) == []


async def test_what_came_long_ago_does_not_hide_a_sudden_flood(site: Store) -> None:
    assert await comes(site, range(3000), []) == []
    assert await comes(site, range(3000, 3100), range(3000, 3100)) == [3050]


async def test_a_comment_that_comes_again_is_counted_once(site: Store) -> None:
    for _ in range(40):
        assert await comes(site, [1, 2], [1, 2]) == []
    assert await comes(site, range(3, 60), []) == []


async def test_an_old_rule_never_trips(site: Store, clock: Clock) -> None:
    clock.forward(hours=25)
    assert await comes(site, range(100), range(100)) == []


async def test_the_first_rules_of_a_site_are_not_new(store: Store) -> None:
    await store.breaker.register(NEW)
    assert await comes(store, range(100), range(100)) == []


async def test_who_resets_a_rule_trusts_it_until_it_changes(site: Store) -> None:
    assert await comes(site, range(100), range(100)) == [49]
    await site.breaker.reset("spam/word")
    assert await site.breaker.tripped() == {}
    assert await comes(site, range(100, 300), range(300)) == []
    with pytest.raises(NotFound):
        await site.breaker.reset("spam/word")
    changed = {"spam/word": "f-changed"}
    await site.breaker.register(OLD | changed)
    tripped = [
        await site.breaker.count(Comment(f"d-{number}", "نص"), changed, LIMITS)
        for number in range(50)
    ]
    assert tripped[-1] == {"f-changed"}


async def test_a_site_sets_its_own_limits(site: Store) -> None:
    limits = Breaker(hits=0, share=0.5, comments=4)
    assert await comes(site, range(5), [2, 3, 4], limits) == [4]


async def test_what_no_rule_set_names_any_more_is_forgotten(site: Store, clock: Clock) -> None:
    assert await comes(site, range(100), range(100)) == [49]
    clock.forward(days=91)
    await site.breaker.register(OLD)
    assert await site.breaker.tripped() == {}
    assert (await site.breaker.register(OLD | NEW))["spam/word"] == clock.now
