"""The whole path on a real server and a real store: an article on the arrest of a jihadist cell,
the publication terms under it, and readers who comment."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import Any

import httpx
import pytest

from tests.e2e.serving import Serving

pytestmark = pytest.mark.e2e

ARTICLE = {
    "id": "article-7",
    "title": "الأمن يفكك خلية جهادية",
    "authors": ["سليم الخطيب"],
    "section": "أخبار",
}
CIVIL = "أين تم تفكيك الخلية بالضبط؟ التقرير لم يذكر المصادر، وأرجو من الكاتب أن يوضح."
OBSCENE = "تقرير كاذب يا شَـ رْ م و طـ ـة 😡"
BORDERLINE = "الكاتب جاهل ولا يفهم ما يكتب عنه"


@pytest.fixture(scope="module")
def form(serving: Serving) -> httpx.Client:
    return serving.client(serving.key("submit"))


@pytest.fixture(scope="module")
def moderators(serving: Serving) -> tuple[httpx.Client, httpx.Client]:
    return serving.client(serving.key("review")), serving.client(serving.key("review"))


def submit(form: httpx.Client, identifier: str, text: str) -> dict[str, Any]:
    answer = form.post("/v1/comments", json={"id": identifier, "text": text, "article": ARTICLE})
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_service_is_ready_with_rules_and_model(serving: Serving) -> None:
    told = httpx.get(f"{serving.address}/readyz").json()
    assert told["status"] == "ready"
    assert told["model"]["version"]


def test_the_printed_curl_line_works(serving: Serving) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    line = next(line for line in serving.printed.splitlines() if line.startswith("curl "))
    done = subprocess.run([curl, "-sS", *shlex.split(line)[1:]], capture_output=True, check=True)
    assert json.loads(done.stdout)["status"] == "published"


def test_a_civil_comment_is_allowed(form: httpx.Client) -> None:
    told = submit(form, "civil", CIVIL)
    assert (told["status"], told["verdict"]["action"]) == ("published", "allow")


def test_an_obscene_one_is_rejected_with_its_clause_and_exact_spans(form: httpx.Client) -> None:
    told = submit(form, "obscene", OBSCENE)
    assert told["status"] == "refused"
    reasons = {reason["clause"]: reason for reason in told["verdict"]["reasons"]}
    spans = reasons["profanity"]["spans"]
    start = OBSCENE.index("شَ")
    assert any(
        span["start"] <= start
        and span["end"] >= OBSCENE.index("ة") + 1
        and span["text"] == OBSCENE[span["start"] : span["end"]]
        for span in spans
    )
    assert told["decision"]["message"]["ar"]


def test_a_borderline_one_is_flagged_claimed_by_one_approved_and_seen_approved(
    form: httpx.Client, moderators: tuple[httpx.Client, httpx.Client]
) -> None:
    assert submit(form, "borderline", BORDERLINE)["status"] == "waiting"
    first, second = moderators
    (item,) = first.post("/v1/queue/claim", json={}).json()["items"]
    assert item["comment"]["text"] == BORDERLINE
    assert second.post("/v1/queue/claim", json={}).json()["items"] == []
    denied = second.post(f"/v1/queue/{item['id']}/resolve", json={"outcome": "approve"})
    assert denied.status_code == 409
    approved = first.post(
        f"/v1/queue/{item['id']}/resolve", json={"outcome": "approve", "note": "نقد سياسي"}
    )
    assert approved.status_code == 200
    told = form.get("/v1/comments/borderline").json()
    assert (told["status"], told["decision"]["by"]) == ("published", "moderator")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"id": "c", "text": "\\ud800"}', 422),
        (b'{"id": "c", "text": "\\u0000"}', 422),
        (b'{"id": "c", "text": ""}', 422),
        (b'{"id": "c", "text": 1}', 422),
        (b'{"id": "c", "text": "x", "y": 1}', 422),
        (b'{"id": "c", "text": "\xff"}', 422),
        (b"{", 422),
        (b"[" * 100_000, 422),
        (b'{"id": "c", "text": "' + b"x" * 2**20 + b'"}', 413),
    ],
)
def test_bad_input_gets_its_clear_error(form: httpx.Client, body: bytes, status: int) -> None:
    answer = form.post("/v1/comments", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


def test_every_transition_is_in_the_audit_and_the_chain_verifies(
    serving: Serving, form: httpx.Client
) -> None:
    submit(form, "audited", CIVIL)
    assert "entries checked" in serving.command("store", "verify")


def test_comment_text_is_not_in_the_log(serving: Serving, form: httpx.Client) -> None:
    submit(form, "logged", "نص لا يجوز أن يظهر في السجل")
    log = serving.log.read_text("utf-8")
    assert '"path": "/v1/comments"' in log
    assert "يظهر في السجل" not in log
    assert "\\u064a\\u0638\\u0647\\u0631" not in log
