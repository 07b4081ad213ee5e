"""Golden items: known answers, mixed in unseen, told afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.console.golden import MOST, Golden, machine_agreement
from api.wiring import default_engine
from moderation.store import NotFound
from moderation.store.connection import close, connect
from moderation.store.item import Outcome, Resolution

pytestmark = pytest.mark.anyio

APPROVED = Resolution(Outcome.APPROVE)
INSULT = Resolution(Outcome.REJECT, "person_insult")


@pytest.fixture
async def golden(store_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Golden]:
    client = connect(store_url)
    yield Golden(client, f"{{golden-{request.node.name}}}")
    await close(client)


async def test_an_answer_is_right_or_wrong_and_escalating_leaves_it_open(golden: Golden) -> None:
    civil = await golden.add("شكرا للكاتب", Outcome.APPROVE, None, by="m-1")
    rude = await golden.add("يا حمار", Outcome.REJECT, "person_insult", by="m-1")
    assert golden.is_golden(civil.id)
    assert not golden.is_golden("17")

    await golden.answer("m-2", civil.id, APPROVED)
    await golden.answer("m-2", rude.id, Resolution(Outcome.REJECT, "profanity"))
    await golden.answer("m-3", rude.id, INSULT)
    await golden.answer("m-3", civil.id, Resolution(Outcome.ESCALATE))
    found = await golden.agreement()
    assert (found["m-2"].right, found["m-2"].wrong, found["m-2"].open) == (1, 1, 0)
    assert (found["m-3"].right, found["m-3"].wrong, found["m-3"].open) == (1, 0, 1)
    assert found["m-2"].share == 0.5


async def test_one_is_mixed_in_until_it_was_answered(golden: Golden) -> None:
    item = await golden.add("شكرا للكاتب", Outcome.APPROVE, None, by="m-1")
    mixed = await golden.mix_in("m-2", 1_000)
    assert mixed == [item]
    assert await golden.held("m-2") == [item]
    assert await golden.mix_in("m-2", 1_000) == []
    await golden.answer("m-2", item.id, APPROVED)
    assert await golden.held("m-2") == []
    assert await golden.mix_in("m-2", 1_000) == []
    assert await golden.mix_in("m-3", 1_000) == [item]


async def test_an_answer_taken_back_lies_on_the_desk_again(golden: Golden) -> None:
    item = await golden.add("شكرا للكاتب", Outcome.APPROVE, None, by="m-1")
    await golden.answer("m-2", item.id, INSULT)
    assert await golden.take_back("m-2", [item.id]) == [item]
    assert (await golden.agreement())["m-2"].share is None


async def test_what_cannot_be_one_is_refused(golden: Golden) -> None:
    with pytest.raises(ValueError, match="clause"):
        await golden.add("يا حمار", Outcome.REJECT, None, by="m-1")
    with pytest.raises(ValueError, match="text"):
        await golden.add("  ", Outcome.APPROVE, None, by="m-1")
    with pytest.raises(ValueError, match="approved or rejected"):
        await golden.add("يا حمار", Outcome.ESCALATE, None, by="m-1")
    with pytest.raises(NotFound):
        await golden.answer("m-1", "900000000000999", APPROVED)
    assert MOST >= 100


async def test_the_machine_is_held_to_them_too(golden: Golden) -> None:
    await golden.add("شكرا للكاتب على المقال المفيد", Outcome.APPROVE, None, by="m-1")
    await golden.add("شكرا جزيلا", Outcome.REJECT, "profanity", by="m-1")
    found = machine_agreement(tuple(await golden.all()), default_engine())
    assert (found.right, found.wrong) == (1, 1)
