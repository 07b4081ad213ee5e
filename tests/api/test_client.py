"""How the Python client repeats itself, and what it makes of answers; tests/e2e has it at work."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from api.client import (
    AsyncModerationClient,
    Comment,
    ConflictError,
    InvalidRequestError,
    ModerationClient,
    ModerationError,
    NotAllowedError,
    NotFoundError,
    Retries,
    UnavailableError,
    WebhookRefused,
    read_webhook,
)
from api.webhooks.endpoint import new_secret

QUICK = Retries(attempts=4, first=0.001)
PREVIEW = {"id": "c-1", "verdict": {"action": "allow", "reasons": []}}
COMMENT = Comment("c-1", "تحقيق جيد")


class Script(httpx.BaseTransport):
    """Answers requests in turn; an exception is raised in place of an answer."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(script: Script, retries: Retries = QUICK) -> ModerationClient:
    return ModerationClient("http://site.example/", "mod_a_b", retries=retries, transport=script)


def not_now(**headers: str) -> httpx.Response:
    return httpx.Response(503, headers=headers, json={"title": "The store cannot be reached"})


def test_not_now_is_tried_again() -> None:
    script = Script(not_now(), not_now(), httpx.Response(200, json=PREVIEW))
    assert client(script).preview(COMMENT).verdict.action == "allow"
    assert [request.url.path for request in script.requests] == ["/v1/preview"] * 3


def test_retry_after_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    script = Script(
        not_now(**{"Retry-After": "2"}),
        not_now(**{"Retry-After": "600"}),
        httpx.Response(200, json=PREVIEW),
    )
    client(script).preview(COMMENT)
    assert slept == [2.0, QUICK.longest]


def test_patience_ends() -> None:
    script = Script(*(not_now() for _ in range(4)))
    with pytest.raises(UnavailableError, match="The store cannot be reached") as told:
        client(script).preview(COMMENT)
    assert told.value.status == 503
    assert script.answers == []


def test_a_broken_connection_is_tried_again_and_told_in_the_end() -> None:
    script = Script(httpx.ReadError("cut"), httpx.Response(200, json=PREVIEW))
    assert client(script).preview(COMMENT).id == "c-1"
    broken = Script(*(httpx.ReadTimeout("silent") for _ in range(4)))
    with pytest.raises(UnavailableError, match=r"http://site\.example does not answer: silent"):
        client(broken).preview(COMMENT)


def test_a_claim_that_may_have_arrived_is_not_repeated() -> None:
    script = Script(httpx.ReadError("cut"))
    with pytest.raises(UnavailableError):
        client(script).queue.claim()
    again = Script(httpx.ConnectError("refused"), httpx.Response(200, json={"items": []}))
    assert client(again).queue.claim() == []


ITEM_GONE = httpx.Response(409, json={"title": "no", "reason": "expired"})


def test_a_repeated_resolution_is_the_same_request() -> None:
    script = Script(httpx.ReadError("cut"), ITEM_GONE)
    with pytest.raises(ConflictError) as told:
        client(script).queue.resolve("1", "approve")
    assert told.value.reason == "expired"
    first, second = (request.headers["Idempotency-Key"] for request in script.requests)
    assert first == second
    assert len(first) >= 32


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotAllowedError),
        (403, NotAllowedError),
        (404, NotFoundError),
        (409, ConflictError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (500, ModerationError),
    ],
)
def test_each_refusal_is_an_exception_of_its_kind(status: int, kind: type[ModerationError]) -> None:
    details = {
        "type": "urn:moderation:problem:x",
        "title": "It is so",
        "status": status,
        "errors": [{"detail": "too long", "pointer": "#/text"}],
    }
    script = Script(httpx.Response(status, json=details))
    with pytest.raises(kind) as told:
        client(script).preview(COMMENT)
    assert type(told.value) is kind
    assert (told.value.status, told.value.problem) == (status, details)
    assert str(told.value) == f"{status} It is so: #/text: too long"
    copy = pickle.loads(pickle.dumps(told.value))  # noqa: S301 - it was pickled here
    assert (type(copy), str(copy), copy.problem) == (kind, str(told.value), details)


def test_an_answer_of_a_proxy_is_told_as_it_is() -> None:
    script = Script(httpx.Response(502, text="<html>bad gateway"))
    with pytest.raises(UnavailableError, match="502 Bad Gateway"):
        client(script).preview(COMMENT)


def test_an_id_is_no_path() -> None:
    script = Script(httpx.Response(404, json={}))
    with pytest.raises(NotFoundError):
        client(script).get("a/../b?c#d")
    assert script.requests[0].url.raw_path == b"/v1/comments/a%2F..%2Fb%3Fc%23d"


@pytest.mark.anyio
async def test_the_asynchronous_client_is_as_patient() -> None:
    answers = [not_now(), httpx.Response(200, json=PREVIEW)]
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    async with AsyncModerationClient(
        "http://site.example", "mod_a_b", retries=QUICK, transport=transport
    ) as asynchronous:
        assert (await asynchronous.preview(COMMENT)).id == "c-1"
    assert answers == []


EVENT = {
    "type": "comment.judged",
    "timestamp": "2026-01-02T03:04:05Z",
    "data": {
        "sequence": 7,
        "comment": "c-1",
        "revision": 1,
        "status": "published",
        "by": "machine",
    },
}


def message(
    secret: str, content: object, when: datetime | None = None
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(content)
    moment = when or datetime.now(UTC)
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", moment, body),
    }
    return body.encode(), headers


def test_a_signed_webhook_is_read() -> None:
    secret = new_secret()
    event = read_webhook(*message(secret, EVENT), secret)
    assert (event.type, event.data.comment, event.data.sequence) == ("comment.judged", "c-1", 7)


def test_either_secret_is_good_while_one_is_rolled() -> None:
    former, fresh = new_secret(), new_secret()
    for secret in (former, fresh):
        assert read_webhook(*message(secret, EVENT), [fresh, former]).data.sequence == 7


Spoil = Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (body, {**headers, "Webhook-Id": "msg_2"}),
        lambda body, headers: (body, {**headers, "Webhook-Signature": "v1,AAAA"}),
        lambda body, headers: (body, {**headers, "Webhook-Signature": "nonsense"}),
        lambda body, headers: (body, {**headers, "Webhook-Signature": "v1,$"}),
        lambda body, headers: (body, {**headers, "Webhook-Timestamp": "x"}),
        lambda body, headers: (body, {}),
        lambda body, headers: (b"\xff", headers),
    ],
)
def test_anything_else_is_refused(spoil: Spoil) -> None:
    secret = new_secret()
    with pytest.raises(WebhookRefused):
        read_webhook(*spoil(*message(secret, EVENT)), secret)


def test_an_old_message_is_refused() -> None:
    secret = new_secret()
    with pytest.raises(WebhookRefused, match="too old"):
        read_webhook(*message(secret, EVENT, datetime(2026, 1, 1, tzinfo=UTC)), secret)


def test_a_signed_message_of_somebody_else_is_refused() -> None:
    secret = new_secret()
    with pytest.raises(WebhookRefused):
        read_webhook(*message(secret, {"type": "invoice.paid"}), secret)
