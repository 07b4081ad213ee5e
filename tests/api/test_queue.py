"""What moderators do with flagged comments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.service import Service
from tests.api.asking import BORDERLINE, CIVIL, Asking, places, problem

pytestmark = pytest.mark.anyio

REJECT = {"outcome": "reject", "clause": "person_insult"}


async def claimed(form: Asking, moderator: Asking) -> str:
    """The id of an item that the moderator holds."""
    await form.submit(BORDERLINE)
    (item,) = (await moderator.post("/v1/queue/claim", {})).json()["items"]
    return str(item["id"])


async def listed(moderator: Asking, **query: Any) -> list[str]:
    """The ids of the comments on a page of the queue."""
    answer = await moderator.get("/v1/queue", **query)
    assert answer.status_code == 200, answer.text
    return [item["comment"]["id"] for item in answer.json()["items"]]


async def test_a_flagged_comment_is_listed_with_all_a_moderator_needs(
    form: Asking, moderator: Asking
) -> None:
    await form.submit(BORDERLINE, author="reader-12", parent="رأيي مختلف")
    told = (await moderator.get("/v1/queue")).json()
    (item,) = told["items"]
    assert item["state"] == "waiting"
    assert item["clauses"] == ["person_insult"]
    assert item["comment"]["text"] == BORDERLINE
    assert item["comment"]["parent"] == "رأيي مختلف"
    assert item["comment"]["article"]["title"] == "الأمن يفكك خلية جهادية"
    assert item["verdict"]["reasons"][0]["spans"][0]["text"] == "كلب"
    assert told["next"] is None
    assert told["counts"]["waiting"] == 1
    assert told["counts"]["by_clause"] == {"person_insult": 1}


async def test_pages_follow_each_other(form: Asking, moderator: Asking) -> None:
    for number in range(5):
        await form.submit(BORDERLINE, f"c-{number}")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        told = (await moderator.get("/v1/queue", **query)).json()
        seen += [item["comment"]["id"] for item in told["items"]]
        if told["next"] is None:
            break
        query["cursor"] = told["next"]
    assert seen == [f"c-{number}" for number in range(5)]


async def test_the_queue_can_be_narrowed(form: Asking, moderator: Asking) -> None:
    await form.submit(BORDERLINE, "insult")
    await form.submit("سليم الخطيب كذاب", "author")
    assert await listed(moderator, clause="author_insult") == ["author"]
    assert await listed(moderator, article="article-7", section="أخبار") == ["insult", "author"]
    assert await listed(moderator, article="article-8") == []
    assert await listed(moderator, severity=5) == []
    assert await listed(moderator, older_than=3600) == []
    assert await listed(moderator, newer_than=3600) == ["insult", "author"]
    assert await listed(moderator, state="escalated") == []
    assert await listed(moderator, mine=True) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"state": "resolved"}, "state"),
        ({"state": "lost"}, "state"),
        ({"severity": 6}, "severity"),
        ({"older_than": -1}, "older_than"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_query_is_named(moderator: Asking, query: dict[str, object], name: str) -> None:
    assert places(await moderator.get("/v1/queue", **query)) == [name]


async def test_two_moderators_never_hold_one_item(
    form: Asking, moderator: Asking, colleague: Asking
) -> None:
    for number in range(6):
        await form.submit(BORDERLINE, f"c-{number}")
    answers = await asyncio.gather(
        *(each.post("/v1/queue/claim", {"count": 2}) for each in (moderator, colleague) * 3)
    )
    held = [item["comment"]["id"] for answer in answers for item in answer.json()["items"]]
    assert sorted(held) == [f"c-{number}" for number in range(6)]


async def test_an_approved_comment_is_published(form: Asking, moderator: Asking) -> None:
    item = await claimed(form, moderator)
    resolved = await moderator.post(f"/v1/queue/{item}/resolve", {"outcome": "approve"})
    assert resolved.json()["state"] == "resolved"
    told = (await form.get("/v1/comments/c-1")).json()
    assert told["status"] == "published"
    assert told["decision"]["by"] == "moderator"
    assert "moderator" not in told["decision"]


async def test_a_rejected_comment_is_refused_with_the_clause(
    form: Asking, moderator: Asking
) -> None:
    item = await claimed(form, moderator)
    await moderator.post(f"/v1/queue/{item}/resolve", REJECT | {"note": "إهانة صريحة"})
    told = (await form.get("/v1/comments/c-1")).json()
    assert told["status"] == "refused"
    assert told["decision"]["clause"] == "person_insult"
    assert told["decision"]["message"]["ar"]
    assert "إهانة صريحة" not in str(told)
    full = (await moderator.get("/v1/comments/c-1")).json()
    assert (full["decision"]["moderator"], full["decision"]["note"]) == (
        moderator.key, "إهانة صريحة",
    )  # fmt: skip


async def test_an_escalated_item_can_be_claimed_by_another(
    form: Asking, moderator: Asking, colleague: Asking
) -> None:
    item = await claimed(form, moderator)
    await moderator.post(f"/v1/queue/{item}/resolve", {"outcome": "escalate"})
    assert (await colleague.post("/v1/queue/claim", {})).json()["items"] == []
    (taken,) = (await colleague.post("/v1/queue/claim", {"escalated": True})).json()["items"]
    assert taken["id"] == item
    assert taken["resolved"]["outcome"] == "escalate"


async def test_a_released_item_waits_again(
    form: Asking, moderator: Asking, colleague: Asking
) -> None:
    item = await claimed(form, moderator)
    assert (await moderator.post(f"/v1/queue/{item}/release")).json()["state"] == "waiting"
    (taken,) = (await colleague.post("/v1/queue/claim", {})).json()["items"]
    assert taken["lease"]["moderator"] == colleague.key


async def test_a_decision_can_be_undone(form: Asking, moderator: Asking) -> None:
    item = await claimed(form, moderator)
    await moderator.post(f"/v1/queue/{item}/resolve", REJECT)
    undone = await moderator.post(f"/v1/queue/{item}/undo")
    assert undone.json()["lease"]["moderator"] == moderator.key
    assert (await form.get("/v1/comments/c-1")).json()["status"] == "waiting"


async def test_a_lease_that_ends_returns_the_item(
    form: Asking, moderator: Asking, colleague: Asking, service: Service
) -> None:
    service.settings = service.settings.model_copy(update={"lease_seconds": 1})
    await claimed(form, moderator)
    assert (await colleague.post("/v1/queue/claim", {})).json()["items"] == []
    await asyncio.sleep(1.1)
    assert len((await colleague.post("/v1/queue/claim", {})).json()["items"]) == 1


async def test_what_somebody_else_holds_cannot_be_decided(
    form: Asking, moderator: Asking, colleague: Asking
) -> None:
    item = await claimed(form, moderator)
    for action, body in (("resolve", REJECT), ("release", None)):
        answer = await colleague.post(f"/v1/queue/{item}/{action}", body)
        assert moderator.key in problem(answer, 409)["detail"]


async def test_what_nobody_holds_cannot_be_decided(form: Asking, moderator: Asking) -> None:
    await form.submit(BORDERLINE)
    (item,) = (await moderator.get("/v1/queue")).json()["items"]
    told = problem(await moderator.post(f"/v1/queue/{item['id']}/resolve", REJECT), 409)
    assert told["reason"] == "waiting"


async def test_nothing_decided_is_nothing_to_undo(form: Asking, moderator: Asking) -> None:
    item = await claimed(form, moderator)
    assert problem(await moderator.post(f"/v1/queue/{item}/undo"), 409)["reason"] == "nothing"


async def test_a_superseded_revision_cannot_be_decided(form: Asking, moderator: Asking) -> None:
    item = await claimed(form, moderator)
    await form.submit(CIVIL)
    answer = await moderator.post(f"/v1/queue/{item}/resolve", REJECT)
    assert problem(answer, 409)["reason"] == "superseded"


async def test_a_request_sent_again_is_answered_the_same(form: Asking, moderator: Asking) -> None:
    item = await claimed(form, moderator)
    path, key = f"/v1/queue/{item}/resolve", {"Idempotency-Key": "press-1"}
    first = await moderator.post(path, REJECT, **key)
    again = await moderator.post(path, REJECT, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert problem(await moderator.post(path, {"outcome": "approve"}, **key), 409)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "#/outcome"),
        ({"outcome": "delete"}, "#/outcome"),
        ({"outcome": "reject"}, "#/clause"),
        ({"outcome": "reject", "clause": "manners"}, "#/clause"),
        ({"outcome": "approve", "clause": "profanity"}, "#/clause"),
        ({"outcome": "approve", "note": "ا" * 2001}, "#/note"),
        ({"outcome": "approve", "colour": 1}, "#/colour"),
    ],
)
async def test_a_bad_decision_is_named(
    form: Asking, moderator: Asking, body: dict[str, object], place: str
) -> None:
    item = await claimed(form, moderator)
    assert places(await moderator.post(f"/v1/queue/{item}/resolve", body)) == [place]


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 51}, {"count": "2"}])
async def test_a_bad_count_is_named(moderator: Asking, body: dict[str, object]) -> None:
    assert places(await moderator.post("/v1/queue/claim", body)) == ["#/count"]


@pytest.mark.parametrize("action", ["resolve", "release", "undo"])
async def test_an_unknown_item_is_not_found(moderator: Asking, action: str) -> None:
    problem(await moderator.post(f"/v1/queue/99/{action}", REJECT), 404)


async def test_an_item_id_that_is_none_is_named(moderator: Asking) -> None:
    assert places(await moderator.post("/v1/queue/first/undo")) == ["id"]


async def test_an_item_tells_the_dialect_of_its_words(
    form: Asking, service: Service, moderator: Asking
) -> None:
    await form.submit(f"{BORDERLINE} ومش عايز يسيب الكرسي ده خالص", "egyptian")
    facets = await service.store.queue.facets()
    assert dict(facets.dialects) == {"egyptian": 1}
