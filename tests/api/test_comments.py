"""Submitting comments, and asking what became of them."""

from __future__ import annotations

import pytest

from tests.api.asking import ARTICLE, BORDERLINE, CIVIL, OBSCENE, Asking, problem

pytestmark = pytest.mark.anyio


async def test_a_civil_comment_is_published(form: Asking) -> None:
    told = await form.submit(CIVIL)
    assert told["status"] == "published"
    assert told["verdict"] == {"action": "allow", "reasons": []}
    assert told["decision"]["by"] == "machine"


async def test_an_obscene_comment_is_refused_with_its_clause_and_its_own_characters(
    form: Asking,
) -> None:
    told = await form.submit(OBSCENE)
    assert told["status"] == "refused"
    assert told["decision"]["clause"] == "profanity"
    (reason,) = told["verdict"]["reasons"]
    assert reason["clause"] == "profanity"
    (span,) = reason["spans"]
    assert span["text"] == OBSCENE[span["start"] : span["end"]] == OBSCENE[5:]
    # The emoji before it is one code point, and two units where JavaScript counts.
    assert (span["start_utf16"], span["end_utf16"]) == (span["start"] + 1, span["end"] + 1)


async def test_the_message_is_the_rules_own_where_it_has_one(form: Asking) -> None:
    (reason,) = (await form.submit(OBSCENE))["verdict"]["reasons"]
    assert reason["message"]["ar"] == "نرجو إعادة كتابة التعليق بلا ألفاظ نابية."


async def test_the_message_is_the_policys_where_the_rule_has_none(form: Asking) -> None:
    (reason,) = (await form.submit(BORDERLINE))["verdict"]["reasons"]
    policy = (await form.get("/v1/policy")).json()
    (clause,) = (each for each in policy["clauses"] if each["clause"] == "person_insult")
    assert reason["message"] == clause["message"]
    assert reason["text"] == clause["text"]


async def test_a_borderline_comment_waits_for_a_moderator(form: Asking) -> None:
    told = await form.submit(BORDERLINE)
    assert told["status"] == "waiting"
    assert told["decision"] is None


async def test_the_article_is_part_of_what_is_judged(form: Asking) -> None:
    told = await form.submit("سليم الخطيب كذاب")
    assert [reason["clause"] for reason in told["verdict"]["reasons"]] == ["author_insult"]


async def test_the_form_sees_neither_rules_nor_scores(form: Asking) -> None:
    answer = await form.post("/v1/comments", {"id": "c-1", "text": OBSCENE})
    for hidden in ("source", "score", "evidence", "versions", "terms/obscenity", "seconds"):
        assert hidden not in answer.text


async def test_a_moderator_sees_everything(form: Asking, moderator: Asking) -> None:
    await form.submit(OBSCENE)
    told = (await moderator.get("/v1/comments/c-1")).json()
    (reason,) = told["verdict"]["reasons"]
    assert reason["source"] == {"kind": "rule", "name": "terms/obscenity", "version": "1.0.0"}
    assert reason["score"] == 0.95
    assert reason["evidence"] == ["An obscene word"]
    assert told["verdict"]["versions"]["model"] is None
    assert not told["verdict"]["degraded"]


async def test_a_moderator_sees_what_shadow_rules_found(form: Asking, moderator: Asking) -> None:
    assert (await form.submit("تجربة"))["status"] == "published"
    told = (await moderator.get("/v1/comments/c-1")).json()
    (shadow,) = told["verdict"]["shadow"]
    assert shadow["source"]["name"] == "terms/trial"
    assert shadow["spans"][0]["text"] == "تجربة"


async def test_the_same_text_gets_the_same_decision(form: Asking) -> None:
    body = {"id": "c-1", "text": BORDERLINE, "article": ARTICLE}
    first = await form.post("/v1/comments", body)
    again = await form.post("/v1/comments", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_a_changed_text_is_a_new_revision(form: Asking, moderator: Asking) -> None:
    await form.submit(BORDERLINE)
    told = await form.submit(CIVIL)
    assert (told["revision"], told["status"]) == (2, "published")
    assert (await moderator.get("/v1/queue")).json()["items"] == []


async def test_an_id_may_hold_slashes_and_arabic(form: Asking) -> None:
    await form.submit(CIVIL, "مقال/7#تعليق-1")
    answer = await form.get("/v1/comments/%D9%85%D9%82%D8%A7%D9%84/7%23تعليق-1")
    assert answer.json()["id"] == "مقال/7#تعليق-1"


async def test_an_unknown_comment_is_not_found(form: Asking) -> None:
    problem(await form.get("/v1/comments/none"), 404)
