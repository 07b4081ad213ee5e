"""What could not be told to a receiver is seen on the page, and told again from there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from api.console.language import Words
from api.console.workshop.telling import told
from api.webhooks.sentences import (
    ARCHIVED,
    NO_ADDRESS,
    NO_ANSWER,
    NO_CONNECTION,
    NOT_PUBLIC,
    REDIRECT,
    read,
    said,
)
from moderation.comment import Comment
from tests.api.receiver import Receiver, receiving
from tests.console.signing import Console
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("MODERATION_WEBHOOK_FIRST_RETRY_SECONDS", "0.05")
    monkeypatch.setenv("MODERATION_WEBHOOK_LONGEST_PAUSE_SECONDS", "0.1")
    monkeypatch.setenv("MODERATION_WEBHOOK_ATTEMPTS", "2")
    monkeypatch.setenv("MODERATION_WEBHOOK_TIMEOUT_SECONDS", "0.5")
    monkeypatch.setattr("api.webhooks.telling.POLL_SECONDS", 0.02)


@pytest.fixture
def receiver(_quick: None) -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.mark.parametrize(
    ("problem", "told_in_arabic"),
    [
        (said(NO_ANSWER, seconds="10"), "لا جواب خلال 10 ث"),
        (said(NO_ADDRESS, host="a.example"), "لا عنوان للخادم a.example"),
        (
            said(NO_CONNECTION, error="[Errno 111] refused: x"),
            "تعذر الاتصال: \u2068[Errno 111] refused: x\u2069",
        ),
        (
            said(NOT_PUBLIC, host="a.example", address="10.0.0.1"),
            "الخادم a.example عند 10.0.0.1، وهو ليس عنوانا عاما؛ "
            "والشبكات الداخلية التي يُرسل إليها تُسمّى في الإعداد MODERATION_WEBHOOK_NETWORKS",
        ),
        (
            said(REDIRECT, answer="302 Found"),
            "تحويل إلى عنوان آخر، ولا يُتبع: \u2068302 Found\u2069",
        ),
        (ARCHIVED, "نُقل ما تخبر به من سجل التدقيق إلى الأرشيف"),
        ("what an older service wrote", "what an older service wrote"),
    ],
)
def test_why_a_message_was_not_taken_is_told_in_arabic(problem: str, told_in_arabic: str) -> None:
    """The outbox keeps plain texts."""
    kept = read(json.loads(json.dumps(problem)))
    assert kept == problem
    assert told(kept, Words("ar")) == told_in_arabic
    assert told(kept, Words("en")) == problem


async def test_a_dead_message_is_seen_and_told_again(console: Console, receiver: Receiver) -> None:
    admin = await console.sign_in("admin")
    form = {"url": receiver.url(), "events": "comment.judged"}
    made = await admin.post("/console/webhooks", form)
    assert made.status_code == 201
    assert re.search(r"whsec_\S+", made.text)
    assert "whsec_" not in (await admin.get("/console/webhooks")).text
    (endpoint,) = await console.service.webhooks.all()

    receiver.refuse(2)
    comment = Comment(id="told", text="شكرا")
    engine = console.service.equipment.engine
    await console.service.store.submit(comment, engine.judge(comment))
    outbox = console.service.webhooks.outbox(endpoint.id)

    async def gave_up() -> bool:
        return bool(await outbox.dead())

    await eventually_true(gave_up)
    dead = await outbox.dead()
    page = (await admin.get("/console/webhooks")).text
    assert f'value="{dead[0].number}"' in page
    assert 'لم تُقبل الرسالة: <span lang="en" dir="ltr">500 Internal Server Error</span>' in page
    english = (await admin.get("/console/webhooks", **{"Accept-Language": "en"})).text
    assert "500 Internal Server Error: not taken" in english

    path = f"/console/webhooks/{endpoint.id}/replay"
    assert (await admin.post(path, {"number": str(dead[0].number)})).status_code == 303

    async def is_delivered() -> bool:
        return (await outbox.totals()).delivered == 1

    await eventually_true(is_delivered)
    assert await outbox.dead() == []


async def test_an_endpoint_is_stopped_started_and_forgotten(
    console: Console, receiver: Receiver
) -> None:
    admin = await console.sign_in("admin")
    form = {"url": receiver.url(), "events": "comment.judged"}
    await admin.post("/console/webhooks", form)
    (endpoint,) = await console.service.webhooks.all()
    await admin.post(f"/console/webhooks/{endpoint.id}/disable", {})
    (stopped,) = await console.service.webhooks.all()
    assert admin.account.id in stopped.disabled
    page = (await admin.get("/console/webhooks")).text
    assert f"موقوف: أوقفه {admin.account.id}" in page
    assert "disabled by" not in page
    await admin.post(f"/console/webhooks/{endpoint.id}/enable", {})
    assert not (await console.service.webhooks.all())[0].disabled
    await admin.post(f"/console/webhooks/{endpoint.id}/delete", {})
    assert await console.service.webhooks.all() == []


async def test_an_address_that_cannot_be_used_is_told_at_its_field(console: Console) -> None:
    admin = await console.sign_in("admin")
    form = {"url": "ftp://receiver.example", "events": "comment.judged"}
    answer = await admin.post("/console/webhooks", form)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "وhttp لهذا الجهاز وحده" in answer.text
    assert (await admin.post("/console/webhooks/wh0000000000/replay", {})).status_code == 404


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://10.0.0.5/hook", "10.0.0.5 عند 10.0.0.5، وهو ليس عنوانا عاما"),
        ("https://me:secret@receiver.example/", "لا اسم ولا كلمة سر"),
        ("https:///hook", "صورة العنوان"),
        ("https://[broken/", "لا يُقرأ هذا العنوان"),
        (f"https://receiver.example/{'a' * 2000}", "لا يزيد العنوان على 2000 حرف"),
        (f"https://{'a' * 64}.example/", "اسما لخادم"),
    ],
)
async def test_why_an_address_is_refused_is_told_in_arabic(
    console: Console, url: str, told: str
) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.post("/console/webhooks", {"url": url, "events": "comment.judged"})
    assert answer.status_code == 422
    assert told in answer.text


async def test_an_endpoint_is_told_of_something(console: Console) -> None:
    admin = await console.sign_in("admin")
    answer = await admin.post("/console/webhooks", {"url": "https://receiver.example/"})
    assert answer.status_code == 422
    assert "اختر شيئا واحدا على الأقل" in answer.text


async def test_only_admins_see_it(console: Console) -> None:
    senior = await console.sign_in("senior")
    assert (await senior.get("/console/webhooks")).status_code == 403
