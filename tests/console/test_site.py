"""The site's own page: messages, watch list, golden items."""

from __future__ import annotations

import re

import pytest

from api.console.work import Work
from tests.console.signing import Console

pytestmark = pytest.mark.anyio


async def test_a_message_changes_with_the_policy(console: Console) -> None:
    admin = await console.sign_in("admin")
    page = (await admin.get("/console/site")).text
    base = re.search(r'name="base" value="([^"]+)"', page)
    assert base
    form = {"base": base[1], "why": "أوضح"}
    for code, clause in console.service.equipment.policy.clauses.items():
        form |= {f"{code}.ar": clause.message.ar, f"{code}.en": clause.message.en}
    form["profanity.ar"] = "لم ننشر تعليقك:\nألفاظ نابية"
    answer = await admin.post("/console/site/messages", form)
    assert answer.status_code == 303
    told = console.service.equipment.policy.clauses["profanity"].message
    assert told.ar == "لم ننشر تعليقك: ألفاظ نابية"
    current = await console.service.rulebook.current()
    assert current
    assert (current.by, current.why) == (admin.account.id, "أوضح")

    # Somebody who edits what was current before is told, and changes nothing.
    form["profanity.ar"] = "غير ذلك"
    assert (await admin.post("/console/site/messages", form)).status_code == 409
    assert console.service.equipment.policy.clauses["profanity"].message == told


async def test_a_message_is_not_empty(console: Console) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.post("/console/site/messages", {"base": "x", "why": "y"})
    assert answer.status_code == 422


async def test_seniors_watch_and_moderators_do_not(console: Console) -> None:
    senior = await console.sign_in("senior")
    await senior.post("/console/site/watch", {"kind": "authors", "name": " قارئ ٧ "})
    watched = await console.service.store.review.all()
    assert [(each.name, each.by) for each in watched.authors] == [("قارئ ٧", senior.account.id)]
    assert "قارئ ٧" in (await senior.get("/console/site")).text
    await senior.post("/console/site/unwatch", {"kind": "authors", "name": "قارئ ٧"})
    assert (await console.service.store.review.all()).authors == ()

    moderator = await console.sign_in("moderator")
    assert (await moderator.get("/console/site")).status_code == 403
    assert (await senior.post("/console/site/messages", {})).status_code == 403


async def test_a_golden_item_comes_up_in_the_queue_and_tells_its_answer(console: Console) -> None:
    senior = await console.sign_in("senior")
    form = {"text": "كلام واضح", "outcome": "reject", "clause": "profanity", "why": "مثال"}
    assert (await senior.post("/console/site/golden", form)).status_code == 303
    (made,) = await console.service.golden.all()
    moderator = await console.sign_in("moderator")
    await console.service.store.review.add("authors", "reader-1", by=senior.account.id)
    item = await Work(console.service, moderator.account.id).lay(made)
    assert item is not None
    assert f'data-id="{item.id}"' in (await moderator.get("/console/queue")).text

    path = f"/console/queue/{item.id}/resolve"
    answer = await moderator.post(path, {"outcome": "approve"}, **{"HX-Request": "true"})
    assert "مثال" in answer.json()["told"]
    assert f'data-id="{item.id}"' not in (await moderator.get("/console/queue")).text
    back = await moderator.post("/console/queue/undo", {"item": item.id}, **{"HX-Request": "true"})
    assert f'data-id="{item.id}"' in back.text
    right = {"outcome": "reject", "clause": "profanity"}
    answer = await moderator.post(path, right, **{"HX-Request": "true"})
    assert "وأصبت" in answer.json()["told"]
    found = (await console.service.golden.agreement())[moderator.account.id]
    assert (found.right, found.wrong) == (1, 0)
    assert moderator.account.id in (await senior.get("/console/site")).text


async def test_a_golden_rejection_needs_its_clause(console: Console) -> None:
    senior = await console.sign_in("senior")
    form = {"text": "كلام", "outcome": "reject", "clause": "nothing"}
    assert (await senior.post("/console/site/golden", form)).status_code == 422
