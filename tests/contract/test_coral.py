"""Coral's external moderation phase, with signatures made by OpenSSL."""

from __future__ import annotations

import html
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.routes import coral
from api.wire.coral import CODES
from api.wire.coral_settings import CoralSettings
from api.wire.markup import visible_text
from rules.load import load_policy
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, problem
from tests.contract.running import CORAL_SECRETS, Running
from tests.contract.tools import signature

PATH = "/v1/coral"
CURRENT, FORMER = CORAL_SECRETS
HELD = {
    "status": "SYSTEM_WITHHELD",
    "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
}


def sent(body: str | None, role: str = "COMMENTER", **more: Any) -> bytes:
    """A request as Coral sends it."""
    return json.dumps(
        {
            "action": "NEW",
            "comment": {"body": body, "parentID": None},
            "author": {"id": "a-1", "role": role},
            "story": {"id": "s-1", "url": "https://site.example/article-7"},
            "site": {"id": "site-1"},
            "tenantID": "t-1",
            "tenantDomain": "coral.example",
            **more,
        },
        ensure_ascii=False,
    ).encode()


def moderated(server: Running, body: bytes, *secrets: str, **query: str) -> httpx.Response:
    header = ",".join(signature(body, secret) for secret in secrets or (CURRENT,))
    return server.post(PATH, body, headers={"X-Coral-Signature": header}, params=query)


def shown(text: str) -> str:
    """A text as Coral keeps it."""
    return f"<div>{html.escape(text)}</div>"


class TestAnswers:
    def test_an_allowed_comment_goes_on(self, server: Running) -> None:
        answer = moderated(server, sent(shown(CIVIL)))
        assert (answer.status_code, answer.content) == (204, b"")

    def test_a_flagged_comment_is_withheld(self, server: Running) -> None:
        answer = moderated(server, sent(shown(BORDERLINE)))
        assert (answer.status_code, answer.json()) == (200, HELD)

    def test_a_rejection_tells_why(self, server: Running) -> None:
        answer = moderated(server, sent(shown(OBSCENE)))
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "REJECTED",
            "moderationAction": {
                "status": "REJECTED",
                "rejectionReason": {
                    "code": "OFFENSIVE",
                    "detailedExplanation": "نرجو إعادة كتابة التعليق بلا ألفاظ نابية.",
                },
            },
        }

    def test_an_edit_is_judged_as_well(self, server: Running) -> None:
        assert moderated(server, sent(shown(BORDERLINE), action="EDIT")).json() == HELD

    @pytest.mark.parametrize("body", [None, "", "<div><br></div>"])
    def test_a_comment_without_text_goes_on(self, server: Running, body: str | None) -> None:
        assert moderated(server, sent(body)).status_code == 204

    def test_a_comment_too_long_to_be_judged_is_withheld(self, server: Running) -> None:
        assert moderated(server, sent("ك" * 13_001)).json() == HELD

    def test_a_role_may_be_exempt(self, server: Running) -> None:
        assert moderated(server, sent(OBSCENE, role="STAFF")).status_code == 204
        assert moderated(server, sent(OBSCENE, role="MODERATOR")).status_code == 200

    def test_what_newer_releases_add_is_let_pass(self, server: Running) -> None:
        answer = moderated(server, sent(CIVIL, tags=["x"], author={"id": "a", "badges": []}))
        assert answer.status_code == 204

    def test_every_clause_has_a_code(self) -> None:
        assert set(CODES) == set(load_policy().clauses)

    def test_nothing_is_recorded(self, server: Running) -> None:
        before = server.portal.call(server.service.store.audit.head)
        moderated(server, sent(OBSCENE))
        assert server.portal.call(server.service.store.audit.head) == before


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            "<div>هذا <b>ك</b>لب</div>",
            "<div>هذا &#1603;لب</div>",
            "<p>هذا</p><p>كلب</p>",
            "هذا<br>كلب",
            '<a href="https://site.example">كلب</a>',
            "<blockquote>كلب",
            "<script>x</script><div>كلب</div>",
            "<div>" * 2_000 + "كلب",
            "<b>" * 4_000 + "كلب",
        ],
    )
    def test_html_is_judged_as_it_is_shown(self, server: Running, body: str) -> None:
        assert moderated(server, sent(body)).json() == HELD

    @pytest.mark.parametrize(
        "body", ['<i class="كلب">خبر</i>', "<!-- كلب -->", "<style>كلب</style>خبر"]
    )
    def test_html_is_not_judged_as_it_is_written(self, server: Running, body: str) -> None:
        assert moderated(server, sent(body)).status_code == 204

    @pytest.mark.parametrize(
        ("markup", "text"),
        [
            ("<p>a</p>b<p>c<i>d</i></p>", "a\nb\ncd"),
            ("a<br>b<br><br>c", "a\nb\nc"),
            ("<div>a\n  b<ul><li>c<li>d</ul></div>", "a b\nc\nd"),
            ("a &lt; b &amp; c&nbsp;d <3", "a < b & c d <3"),
            ("<كلب>", "<كلب>"),
            ("<b><p>a</b>b</p>", "ab"),
            ("", ""),
        ],
    )
    def test_the_text_of_markup(self, markup: str, text: str) -> None:
        assert visible_text(markup) == text

    def test_what_looks_like_a_tag_is_text_in_plain_bodies(self, server: Running) -> None:
        body = sent("<b يا كلب>")
        assert moderated(server, body, format="plain").json() == HELD

    def test_a_form_that_is_none_is_refused(self, server: Running) -> None:
        problem(moderated(server, sent(CIVIL), format="markdown"), 422)

    def test_half_a_surrogate_pair_does_not_get_a_comment_past(self, server: Running) -> None:
        body = sent("كلب").replace("كلب".encode(), "\\ud83d كلب".encode())
        assert moderated(server, body).json() == HELD

    @pytest.mark.parametrize(
        "body", [b"{", b"[]", b"{}", b"\xff", b"[" * 100_000, sent(CIVIL, action="DELETE")]
    )
    def test_what_is_no_request_is_refused(self, server: Running, body: bytes) -> None:
        problem(moderated(server, body), 422)


class TestSignatures:
    @pytest.mark.parametrize(
        "secrets",
        [[CURRENT], [FORMER], [FORMER, CURRENT], ["empsec_other", CURRENT], [FORMER, "other"]],
    )
    def test_one_good_signature_is_enough(self, server: Running, secrets: list[str]) -> None:
        assert moderated(server, sent(BORDERLINE), *secrets).json() == HELD

    @pytest.mark.parametrize("secret", ["empsec_other", CURRENT.removeprefix("empsec_"), "x"])
    def test_another_secret_signs_nothing(self, server: Running, secret: str) -> None:
        problem(moderated(server, sent(CIVIL), secret), 401)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "sha256=",
            "sha256",
            ",",
            "sha1={}",
            "{}",
            "sha256=ك",
            "sha256={}0",
            "md5={},sha256=x",
        ],
    )
    def test_what_is_no_signature_signs_nothing(self, server: Running, header: str) -> None:
        body = sent(CIVIL)
        digest = signature(body, CURRENT).removeprefix("sha256=")
        headers = {"X-Coral-Signature": header.format(digest).encode()}
        problem(server.post(PATH, body, headers=headers), 401)

    def test_the_bytes_are_signed_as_they_were_sent(self, server: Running) -> None:
        body = sent(CIVIL)
        headers = {"X-Coral-Signature": signature(body, CURRENT)}
        problem(server.post(PATH, json.dumps(json.loads(body)).encode(), headers=headers), 401)

    def test_an_unsigned_request_is_refused(self, server: Running) -> None:
        problem(server.post(PATH, sent(CIVIL)), 401)

    def test_secrets_and_roles_are_listed_with_commas(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MODERATION_CORAL_SECRETS", f"{CURRENT}, {FORMER}")
        monkeypatch.setenv("MODERATION_CORAL_EXEMPT_ROLES", "STAFF,ADMIN")
        settings = CoralSettings()
        assert [secret.get_secret_value() for secret in settings.secrets] == [CURRENT, FORMER]
        assert settings.exempt_roles == {"STAFF", "ADMIN"}
        assert CURRENT not in repr(settings)

    def test_without_a_secret_nothing_is_answered(
        self, server: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MODERATION_CORAL_SECRETS")
        app = FastAPI()
        app.state.service = server.service
        app.include_router(coral.routes(CoralSettings()))
        body = sent(CIVIL)
        with TestClient(app) as client:
            headers = {"X-Coral-Signature": signature(body, "x")}
            assert client.post(PATH, content=body, headers=headers).status_code == 401
