"""Judging without recording."""

from __future__ import annotations

import pytest

from api.service import Service
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, Asking, places, problem

pytestmark = pytest.mark.anyio


async def test_nothing_is_recorded(form: Asking, moderator: Asking) -> None:
    answer = await form.post("/v1/preview", {"id": "c-1", "text": BORDERLINE})
    assert answer.status_code == 200
    assert answer.json()["verdict"]["action"] == "flag"
    problem(await form.get("/v1/comments/c-1"), 404)
    assert (await moderator.get("/v1/queue")).json()["items"] == []


async def test_a_preview_needs_no_id(form: Asking) -> None:
    assert (await form.post("/v1/preview", {"text": CIVIL})).json()["verdict"]["action"] == "allow"


async def test_moderators_and_rule_editors_see_the_evidence(
    form: Asking, moderator: Asking, editor: Asking
) -> None:
    for asking, sees in ((form, False), (moderator, True), (editor, True)):
        verdict = (await asking.post("/v1/preview", {"text": OBSCENE})).json()["verdict"]
        assert ("versions" in verdict) is sees


async def test_a_batch_is_answered_in_order(form: Asking) -> None:
    comments = [
        {"id": "1", "text": OBSCENE}, {"id": "2", "text": CIVIL}, {"id": "3", "text": BORDERLINE},
    ]  # fmt: skip
    told = (await form.post("/v1/preview/batch", {"comments": comments})).json()
    assert [(each["id"], each["verdict"]["action"]) for each in told["verdicts"]] == [
        ("1", "reject"), ("2", "allow"), ("3", "flag"),
    ]  # fmt: skip


async def test_a_bad_comment_in_a_batch_is_named(form: Asking) -> None:
    comments = [{"text": CIVIL}, {"text": ""}]
    answer = await form.post("/v1/preview/batch", {"comments": comments})
    assert places(answer) == ["#/comments/1/text"]


async def test_a_long_comment_in_a_batch_is_named(form: Asking) -> None:
    comments = [{"text": CIVIL}, {"text": "ا" * 501}]
    answer = await form.post("/v1/preview/batch", {"comments": comments})
    assert places(answer) == ["#/comments/1/text"]


@pytest.mark.parametrize("size", [0, 4])
async def test_a_batch_has_a_size(form: Asking, size: int) -> None:
    answer = await form.post("/v1/preview/batch", {"comments": [{"text": CIVIL}] * size})
    assert places(answer) == ["#/comments"]


async def test_a_verdict_without_the_expected_classifier_says_so(
    service: Service, editor: Asking
) -> None:
    service.equipment.engine.expects_classifier = True
    verdict = (await editor.post("/v1/preview", {"text": CIVIL})).json()["verdict"]
    assert verdict["degraded"]
