"""Other systems are told of every decision, surely and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from api.service import Service, running
from api.settings import Settings
from api.webhooks.endpoint import new_secret
from api.webhooks.event import event_of
from api.webhooks.telling import tell
from moderation.store import Outcome, Resolution, Status
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, Asking, problem
from tests.api.receiver import Received, Receiver, receiving
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("MODERATION_WEBHOOK_FIRST_RETRY_SECONDS", "0.05")
    monkeypatch.setenv("MODERATION_WEBHOOK_LONGEST_PAUSE_SECONDS", "0.1")
    monkeypatch.setenv("MODERATION_WEBHOOK_ATTEMPTS", "3")
    monkeypatch.setenv("MODERATION_WEBHOOK_TIMEOUT_SECONDS", "0.5")
    monkeypatch.setattr("api.webhooks.telling.POLL_SECONDS", 0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


async def registered(admin: Asking, receiver: Receiver, **more: Any) -> tuple[str, str]:
    """Id and secret of a new endpoint."""
    answer = await admin.post("/v1/webhooks", {"url": receiver.url(), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["secret"]


async def received(receiver: Receiver, number: int) -> list[Received]:
    return await asyncio.to_thread(receiver.wait, number)


def events(requests: list[Received], secret: str) -> list[dict[str, Any]]:
    return sorted((each.verified(secret) for each in requests), key=lambda e: e["data"]["sequence"])


async def test_every_decision_and_resolution_is_told_signed(
    admin: Asking, form: Asking, moderator: Asking, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver)
    await form.submit(CIVIL, "civil")
    await form.submit(OBSCENE, "obscene")
    await form.submit(BORDERLINE, "borderline")
    (item,) = (await moderator.post("/v1/queue/claim", {})).json()["items"]
    path = f"/v1/queue/{item['id']}"
    await moderator.post(f"{path}/resolve", {"outcome": "reject", "clause": "person_insult"})
    await moderator.post(f"{path}/undo")
    await moderator.post(f"{path}/resolve", {"outcome": "escalate"})
    await moderator.post("/v1/queue/claim", {"escalated": True})
    await moderator.post(f"{path}/resolve", {"outcome": "approve"})
    told = events(await received(receiver, 7), secret)
    assert [
        (e["type"], e["data"]["comment"], e["data"]["status"], e["data"]["by"]) for e in told
    ] == [
        ("comment.judged", "civil", "published", "machine"),
        ("comment.judged", "obscene", "refused", "machine"),
        ("comment.judged", "borderline", "waiting", "machine"),
        ("comment.resolved", "borderline", "refused", "moderator"),
        ("comment.reopened", "borderline", "waiting", "moderator"),
        ("comment.escalated", "borderline", "waiting", "moderator"),
        ("comment.resolved", "borderline", "published", "moderator"),
    ]
    assert told[1]["data"]["refusal"]["clause"] == "profanity"
    assert told[1]["data"]["refusal"]["message"]["ar"]
    assert told[3]["data"]["refusal"]["clause"] == "person_insult"
    assert "refusal" not in told[6]["data"]
    assert told[2]["data"]["article"] == "article-7"
    assert datetime.fromisoformat(told[0]["timestamp"]).tzinfo is not None


async def test_an_appeal_is_told_with_its_words_where_texts_are(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver, events=["comment.appealed"], include_text=True)
    await form.submit(OBSCENE)
    await form.post("/v1/comments/c-1/appeal", {"text": "لم أقصد"})
    (told,) = events(await received(receiver, 1), secret)
    assert told["type"] == "comment.appealed"
    assert (told["data"]["status"], told["data"]["by"]) == ("refused", "commenter")
    assert told["data"]["appeal"] == "لم أقصد"


async def test_a_decision_taken_back_says_where_the_comment_stands_again(
    admin: Asking, form: Asking, service: Service, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver, events=["comment.reopened"])
    await form.submit(CIVIL)
    item = await service.store.reopen("c-1", "m-1")
    rejection = Resolution(Outcome.REJECT, "profanity")
    await service.store.queue.resolve(item.id, "m-1", rejection)
    await service.store.queue.undo(item.id, "m-1")
    (told,) = events(await received(receiver, 1), secret)
    assert told["data"]["status"] == "published"


async def test_an_appeal_that_is_escalated_is_told_as_refused_still(
    admin: Asking, form: Asking, service: Service, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver, events=["comment.escalated"])
    await form.submit(OBSCENE)
    await form.post("/v1/comments/c-1/appeal", {"text": "لم أقصد"})
    (item,) = await service.store.queue.claim("m-1")
    await service.store.queue.resolve(item.id, "m-1", Resolution(Outcome.ESCALATE))
    (told,) = events(await received(receiver, 1), secret)
    assert told["data"]["status"] == "refused"
    assert told["data"]["refusal"]["clause"] == "profanity"


async def test_an_escalation_that_an_earlier_version_wrote_is_told_as_waiting(
    form: Asking, service: Service
) -> None:
    await form.submit(BORDERLINE)
    (item,) = await service.store.queue.claim("m-1")
    await service.store.queue.resolve(item.id, "m-1", Resolution(Outcome.ESCALATE))
    entry = (await service.store.audit.of("c-1"))[-1]
    (revision,) = await service.store.revisions("c-1")
    for detail in ("", "{}", '{"note":"للمحرر"}'):
        event = event_of(replace(entry, detail=detail), revision, service.faces, text=False)
        assert event.data.status is Status.WAITING


async def test_an_edited_comment_is_told_again(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver)
    await form.submit(CIVIL)
    await form.submit(OBSCENE)
    told = events(await received(receiver, 2), secret)
    assert [(e["data"]["revision"], e["data"]["status"]) for e in told] == [
        (1, "published"),
        (2, "refused"),
    ]


async def test_a_signature_by_another_secret_or_over_another_body_is_told_apart(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver)
    await form.submit(CIVIL)
    (request,) = await received(receiver, 1)
    assert request.verified(secret)
    with pytest.raises(WebhookVerificationError):
        request.verified(new_secret())
    with pytest.raises(WebhookVerificationError):
        Received(request.headers, request.body.replace(b"published", b"refused")).verified(secret)


async def test_the_text_leaves_only_where_it_was_asked_for(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    _, secret = await registered(admin, receiver)
    await form.submit(OBSCENE, "without")
    (first,) = await received(receiver, 1)
    assert "text" not in first.verified(secret)["data"]
    assert "spans" not in str(first.verified(secret))
    assert "قَـ" not in str(first.verified(secret))
    with receiving() as other:
        _, its = await registered(admin, other, include_text=True)
        await form.submit(OBSCENE, "with")
        (second,) = await received(other, 1)
        told = second.verified(its)["data"]
        assert told["text"] == OBSCENE
        assert told["reasons"][0]["spans"][0]["text"] in OBSCENE


async def test_an_endpoint_is_told_only_what_it_asked_for_and_what_comes_after_it(
    admin: Asking, form: Asking, moderator: Asking, receiver: Receiver
) -> None:
    await form.submit(CIVIL, "before")
    _, secret = await registered(admin, receiver, events=["comment.resolved"])
    await form.submit(BORDERLINE, "after")
    (item,) = (await moderator.post("/v1/queue/claim", {})).json()["items"]
    await moderator.post(f"/v1/queue/{item['id']}/resolve", {"outcome": "approve"})
    told = events(await received(receiver, 1), secret)
    assert [(each["type"], each["data"]["comment"]) for each in told] == [
        ("comment.resolved", "after")
    ]


async def test_what_is_not_taken_is_sent_again_under_the_same_id(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    receiver.refuse(2)
    endpoint, _ = await registered(admin, receiver)
    await form.submit(CIVIL)
    requests = await received(receiver, 3)
    assert len({request.id for request in requests}) == 1

    async def settled() -> bool:
        told = (await admin.get(f"/v1/webhooks/{endpoint}")).json()
        return (told["delivered"], told["pending"], told["dead"]) == (1, 0, 0)

    await eventually_true(settled)


async def dead(admin: Asking, endpoint: str, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def given_up() -> bool:
        found[:] = (await admin.get(f"/v1/webhooks/{endpoint}/deliveries")).json()["deliveries"]
        return len(found) == number

    await eventually_true(given_up)
    return found


async def test_what_is_never_taken_is_given_up_seen_and_replayed(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    receiver.refuse(6, 503)
    endpoint, secret = await registered(admin, receiver)
    await form.submit(CIVIL, "one")
    await form.submit(CIVIL, "two")
    found = await dead(admin, endpoint, 2)
    assert {(each["attempts"], each["status"]) for each in found} == {(3, 503)}
    assert "503" in found[0]["problem"]
    path = f"/v1/webhooks/{endpoint}/deliveries/replay"
    assert (await admin.post(path, {"dead": True})).json() == {"messages": 2}
    requests = await received(receiver, 8)
    assert {each["data"]["comment"] for each in events(requests[6:], secret)} == {"one", "two"}
    assert await dead(admin, endpoint, 0) == []


async def test_one_entry_or_a_range_is_told_again(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    endpoint, secret = await registered(admin, receiver)
    for number in range(4):
        await form.submit(CIVIL, f"c-{number}")
    sequences = [each["data"]["sequence"] for each in events(await received(receiver, 4), secret)]
    path = f"/v1/webhooks/{endpoint}/deliveries/replay"
    assert (await admin.post(path, {"first": sequences[1]})).json() == {"messages": 1}
    again = {"first": sequences[2], "last": sequences[3]}
    assert (await admin.post(path, again)).json() == {"messages": 2}
    requests = await received(receiver, 7)
    assert sorted(e["data"]["sequence"] for e in events(requests[4:], secret)) == sequences[1:]


@pytest.mark.parametrize(
    "body", [{}, {"first": 2, "last": 1}, {"last": 1}, {"first": 1, "dead": True}, {"first": 0}]
)
async def test_a_replay_says_clearly_what(
    admin: Asking, receiver: Receiver, body: dict[str, Any]
) -> None:
    endpoint, _ = await registered(admin, receiver)
    problem(await admin.post(f"/v1/webhooks/{endpoint}/deliveries/replay", body), 422)


async def test_a_receiver_that_is_slow_or_redirects_has_not_taken_it(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    with receiving() as elsewhere:
        receiver.refuse(3, 302, Location=elsewhere.url())
        endpoint, _ = await registered(admin, receiver)
        await form.submit(CIVIL)
        (found,) = await dead(admin, endpoint, 1)
        assert found["status"] == 302
        assert elsewhere.received == []
    receiver.patience = 0.7
    await admin.post(f"/v1/webhooks/{endpoint}/deliveries/replay", {"dead": True})
    (found,) = await dead(admin, endpoint, 1)
    assert "within 0.5 s" in found["problem"]


async def test_a_receiver_that_is_gone_is_disabled_and_told_all_once_enabled(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    receiver.refuse(1, 410)
    endpoint, secret = await registered(admin, receiver)
    await form.submit(CIVIL, "first")

    async def disabled() -> bool:
        told = (await admin.get(f"/v1/webhooks/{endpoint}")).json()
        return "410" in (told["disabled"] or "")

    await eventually_true(disabled)
    await asyncio.sleep(0.3)
    await form.submit(CIVIL, "meanwhile")
    await asyncio.sleep(0.2)
    assert len(receiver.received) == 1
    assert (await admin.post(f"/v1/webhooks/{endpoint}/enable")).json()["disabled"] is None
    requests = await received(receiver, 3)
    assert {e["data"]["comment"] for e in events(requests[1:], secret)} == {"first", "meanwhile"}


async def test_a_rolled_secret_and_the_former_one_both_sign(
    admin: Asking, form: Asking, receiver: Receiver
) -> None:
    endpoint, former = await registered(admin, receiver)
    own = new_secret()
    rolled = await admin.post(f"/v1/webhooks/{endpoint}/secret", {"secret": own})
    assert rolled.json() == {"id": endpoint, "secret": own}
    await asyncio.sleep(0.2)
    await form.submit(CIVIL)
    (request,) = await received(receiver, 1)
    assert request.verified(former) == request.verified(own)
    await admin.post(f"/v1/webhooks/{endpoint}/secret", {})
    await asyncio.sleep(0.2)
    await form.submit(CIVIL, "c-2")
    _, second = await received(receiver, 2)
    with pytest.raises(WebhookVerificationError):
        second.verified(former)


async def test_a_deleted_endpoint_is_told_nothing_and_leaves_nothing(
    admin: Asking, form: Asking, receiver: Receiver, service: Service
) -> None:
    endpoint, _ = await registered(admin, receiver)
    assert (
        await admin.client.delete(f"/v1/webhooks/{endpoint}", headers=admin._headers())
    ).status_code == 204
    await form.submit(CIVIL)
    await asyncio.sleep(0.2)
    assert receiver.received == []
    assert await service.webhooks._client.keys(f"{service.webhooks._root}*") == []
    problem(await admin.get(f"/v1/webhooks/{endpoint}"), 404)


async def test_secrets_are_shown_once(admin: Asking, receiver: Receiver) -> None:
    _, secret = await registered(admin, receiver)
    assert secret.startswith("whsec_")
    assert secret not in (await admin.get("/v1/webhooks")).text


async def test_only_admins_touch_webhooks(moderator: Asking, form: Asking) -> None:
    for asking in (moderator, form):
        problem(await asking.get("/v1/webhooks"), 403)
        problem(await asking.post("/v1/webhooks", {"url": "https://a.example/"}), 403)


async def test_what_happened_while_nobody_told_is_told_afterwards(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages come from the audit trail, so that a service that dies loses none."""
    monkeypatch.setenv("MODERATION_WEBHOOK_ATTEMPTS", "100")
    async with running(settings) as service:
        made = await service.webhooks.create(receiver.url())
        receiver.refuse(1000)
        for number in range(20):
            comment, verdict = judged(service, f"{CIVIL} {number}", f"c-{number}")
            await service.store.submit(comment, verdict)
    receiver.answers.clear()
    taken = len(receiver.received)
    async with running(settings) as service:

        async def all_told() -> bool:
            totals = await service.webhooks.outbox(made.id).totals()
            assert totals.dead == 0
            return totals.delivered == 20

        await eventually_true(all_told)
    comments = [
        each.verified(made.secrets[0])["data"]["comment"] for each in receiver.received[taken:]
    ]
    assert sorted(comments) == sorted(f"c-{number}" for number in range(20))


async def test_two_services_on_one_store_tell_each_message_once(
    service: Service, receiver: Receiver
) -> None:
    made = await service.webhooks.create(receiver.url())
    stop = asyncio.Event()
    second = asyncio.create_task(tell(service.webhooks, service.store, lambda: service.faces, stop))
    await asyncio.sleep(0.2)
    for number in range(40):
        comment, verdict = judged(service, CIVIL, f"c-{number}")
        await service.store.submit(comment, verdict)

    async def all_told() -> bool:
        return (await service.webhooks.outbox(made.id).totals()).delivered == 40

    await eventually_true(all_told)
    stop.set()
    await second
    assert len(receiver.received) == 40


async def test_a_message_whose_sender_died_comes_due_again(
    service: Service, receiver: Receiver
) -> None:
    made = await service.webhooks.create(receiver.url())
    await service.webhooks.disable(made.id, "so that only this test takes")
    await asyncio.sleep(0.2)
    outbox = service.webhooks.outbox(made.id)
    cursor = await outbox.cursor()
    assert await outbox.make_out(cursor, [cursor + 1], cursor + 1)
    assert not await outbox.make_out(cursor, [cursor + 1], cursor + 1)
    lent = await outbox.take(0.2)
    assert lent is not None
    assert await outbox.take(0.2) is None
    await asyncio.sleep(0.25)
    assert await outbox.take(0.2) == lent


def judged(service: Service, text: str, identifier: str) -> tuple[Any, Any]:
    from moderation.comment import Comment

    comment = Comment(identifier, text)
    return comment, service.equipment.engine.judge(comment)
