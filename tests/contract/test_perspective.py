"""Perspective's clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from api.keys import Role
from api.wire.perspective import ATTRIBUTES, LONGEST_TEXT
from moderation.store.suggestions import LONGEST_TEXT as LONGEST_KEPT
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.contract.running import Running
from tests.contract.tools import node

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
CORAL_THRESHOLD = 0.8
GOOD: Final[dict[str, Any]] = {
    "comment": {"text": CIVIL},
    "requestedAttributes": {"TOXICITY": {}},
}


@pytest.fixture
def google(server: Running) -> Iterator[Any]:
    """Google's Python client, built from the discovery document."""
    client = build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=server.secret(),
        discoveryServiceUrl=f"{server.address}/$discovery/rest?version={{apiVersion}}",
        static_discovery=False,
    )
    with client:
        yield client


def analyzed(google: Any, text: str, **more: Any) -> dict[str, Any]:
    body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **more}
    told: dict[str, Any] = google.comments().analyze(body=body).execute()
    return told


def toxicity(told: dict[str, Any]) -> float:
    value: float = told["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
    return value


def ask(server: Running, body: Any, path: str = ANALYZE, **more: Any) -> httpx.Response:
    return server.post(path, body, params={"key": server.secret()}, **more)


def refusal(answer: httpx.Response, status: int = 400) -> dict[str, Any]:
    """The error of an answer, in Google's form."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json().values()
    assert list(answer.json()) == ["error"]
    assert error["code"] == status
    assert error["message"]
    told: dict[str, Any] = error
    return told


class TestGooglesClient:
    def test_an_allowed_comment_stays_under_corals_threshold(self, google: Any) -> None:
        assert toxicity(analyzed(google, CIVIL)) < CORAL_THRESHOLD

    @pytest.mark.parametrize("text", [BORDERLINE, OBSCENE])
    def test_what_is_not_allowed_is_above_it(self, google: Any, text: str) -> None:
        assert toxicity(analyzed(google, text)) > CORAL_THRESHOLD

    def test_a_rejection_is_above_a_flag(self, google: Any) -> None:
        assert toxicity(analyzed(google, OBSCENE)) > toxicity(analyzed(google, BORDERLINE))

    def test_every_attribute_is_answered(self, google: Any) -> None:
        told = analyzed(google, OBSCENE, requestedAttributes={name: {} for name in ATTRIBUTES})
        scores = {
            name: score["summaryScore"]["value"] for name, score in told["attributeScores"].items()
        }
        assert set(scores) == set(ATTRIBUTES)
        assert scores["TOXICITY"] == scores["SEVERE_TOXICITY"] == scores["PROFANITY"] > 0.9
        assert scores["INSULT"] == scores["IDENTITY_ATTACK"] == scores["THREAT"] == 0

    def test_the_declared_language_is_not_trusted(self, google: Any) -> None:
        told = analyzed(google, OBSCENE, languages=["en"])
        assert told["languages"] == ["en"]
        assert told["detectedLanguages"] == ["ar"]
        assert toxicity(told) > CORAL_THRESHOLD

    def test_without_a_declared_language_the_detected_one_is_told(self, google: Any) -> None:
        assert analyzed(google, CIVIL)["languages"] == ["ar"]
        assert analyzed(google, "7mar")["languages"] == ["und"]

    def test_the_clients_token_comes_back(self, google: Any) -> None:
        assert analyzed(google, CIVIL, clientToken="comment:7")["clientToken"] == "comment:7"

    def test_spans_are_in_utf16_units_with_their_end_exclusive(self, google: Any) -> None:
        told = analyzed(google, OBSCENE, spanAnnotations=True)
        (span,) = told["attributeScores"]["TOXICITY"]["spanScores"]
        units = OBSCENE.encode("utf-16-le")[2 * span["begin"] : 2 * span["end"]]
        assert units.decode("utf-16-le") == OBSCENE[5:]
        assert span["begin"] == 6
        assert span["score"]["value"] == toxicity(told)

    def test_without_spans_one_stands_for_the_whole_text(self, google: Any) -> None:
        (span,) = analyzed(google, OBSCENE)["attributeScores"]["TOXICITY"]["spanScores"]
        assert (span["begin"], span["end"]) == (0, len(OBSCENE.encode("utf-16-le")) // 2)

    def test_scores_under_their_threshold_are_left_out(self, google: Any) -> None:
        asked = {"TOXICITY": {"scoreThreshold": 0.9}, "INSULT": {"scoreThreshold": 0.9}}
        told = analyzed(google, OBSCENE, requestedAttributes=asked)
        assert set(told["attributeScores"]) == {"TOXICITY"}

    def test_an_error_reads_as_googles(self, google: Any) -> None:
        with pytest.raises(HttpError) as caught:
            analyzed(google, "", clientToken="x")
        assert caught.value.status_code == 400
        assert caught.value.reason == "The comment has no text."
        assert caught.value.error_details[0]["errorType"] == "COMMENT_EMPTY"

    def test_suggestions_are_kept_for_training(self, google: Any, server: Running) -> None:
        scores = {"TOXICITY": {"summaryScore": {"value": 1}}}
        body = {
            "comment": {"text": BORDERLINE},
            "attributeScores": scores,
            "languages": ["en"],
            "clientToken": "comment:12",
            "communityId": "site-1",
        }
        assert google.comments().suggestscore(body=body).execute() == {
            "clientToken": "comment:12",
            "requestedLanguages": ["en"],
            "detectedLanguages": ["ar"],
        }
        kept = [each for _, each in server.portal.call(server.service.store.suggestions.read)]
        (suggestion,) = (each for each in kept if each.token == "comment:12")
        assert (suggestion.text, suggestion.scores) == (BORDERLINE, {"TOXICITY": 1.0})
        assert (suggestion.community, suggestion.key) == ("site-1", server.key_id())

    def test_the_document_names_the_host_that_was_asked(self, server: Running) -> None:
        asked = f"{server.address}/$discovery/rest?version=v1alpha1"
        told = httpx.get(asked, headers={"Host": "moderation.example:8443"}).json()
        assert told["rootUrl"] == "http://moderation.example:8443/"

    def test_there_is_one_version(self, server: Running) -> None:
        refusal(httpx.get(f"{server.address}/$discovery/rest?version=v2"), 404)


class TestPerspectiveApiClient:
    def test_it_works_when_its_address_is_rewritten(self, server: Running) -> None:
        civil, obscene = node(
            "perspective.mjs",
            {
                "address": server.address,
                "key": server.secret(),
                "requests": [
                    {"text": f"<b>{CIVIL}</b>"},
                    {"text": OBSCENE, "options": {"attributes": ["toxicity", "profanity"]}},
                ],
            },
        )
        assert toxicity(civil) < CORAL_THRESHOLD < toxicity(obscene)
        assert set(obscene["attributeScores"]) == {"TOXICITY", "PROFANITY"}

    def test_it_reads_our_errors(self, server: Running) -> None:
        given = {"address": server.address, "key": server.secret()}
        asked = {"text": CIVIL, "options": {"attributes": ["flirtation"]}}
        (told,) = node("perspective.mjs", {**given, "requests": [asked]})
        assert (told["name"], told["status"]) == ("ResponseError", 400)
        assert told["message"] == "Attribute FLIRTATION does not support request languages: ar"

    def test_a_key_that_is_none(self, server: Running) -> None:
        given = {"address": server.address, "key": "wrong", "requests": [{"text": CIVIL}]}
        (told,) = node("perspective.mjs", given)
        assert told["message"] == "API key not valid. Please pass a valid API key."


class TestRequests:
    """What no client library checks."""

    @pytest.mark.parametrize(
        ("change", "error_type"),
        [
            ({"comment": {"text": ""}}, "COMMENT_EMPTY"),
            ({"comment": {"text": " \n\u200f"}}, "COMMENT_EMPTY"),
            ({"comment": {}}, "COMMENT_EMPTY"),
            ({"comment": {"text": "ك" * (LONGEST_TEXT // 2 + 1)}}, "COMMENT_TOO_LONG"),
            ({"comment": {"text": "k" * 13_001}}, "COMMENT_TOO_LONG"),
            ({"requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES"),
            ({"requestedAttributes": {"SPAM": {}}}, "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
            ({"requestedAttributes": {"TOXICITY": {"scoreThreshold": 2}}}, "INVALID_REQUEST"),
            ({"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}}, "INVALID_REQUEST"),
            ({"comment": {"text": CIVIL, "type": "HTML"}}, "INVALID_REQUEST"),
            ({"comment": CIVIL}, "INVALID_REQUEST"),
            (
                {
                    "context": {
                        "entries": [{"text": "x"}],
                        "articleAndParentComment": {"parentComment": {"text": "x"}},
                    }
                },
                "INVALID_REQUEST",
            ),
        ],
    )
    def test_errors_tell_their_type(
        self, server: Running, change: dict[str, Any], error_type: str
    ) -> None:
        error = refusal(ask(server, GOOD | change))
        assert error["status"] == "INVALID_ARGUMENT"
        assert error["details"][0]["errorType"] == error_type

    def test_the_attribute_is_named_that_is_not_supported(self, server: Running) -> None:
        error = refusal(ask(server, GOOD | {"requestedAttributes": {"SPAM": {}}}))
        about = error["details"][0]["languageNotSupportedByAttributeError"]
        assert about == {"detectedLanguages": ["ar"], "attribute": "SPAM"}

    @pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 50_000])
    def test_what_is_no_request_is_refused_in_googles_form(
        self, server: Running, body: bytes
    ) -> None:
        assert refusal(ask(server, body))["status"] == "INVALID_ARGUMENT"

    def test_the_longest_text_is_judged(self, server: Running) -> None:
        longest = "كم " * (LONGEST_TEXT // 5)
        assert ask(server, GOOD | {"comment": {"text": longest}}).status_code == 200

    @pytest.mark.parametrize(
        "context",
        [
            {"entries": [{"text": "اول"}, {"text": CIVIL, "type": "HTML"}]},
            {"articleAndParentComment": {"article": {"text": "x"}, "parentComment": {"text": "y"}}},
            {"articleAndParentComment": {"article": {"text": "x"}}},
        ],
    )
    def test_one_kind_of_context_is_taken(self, server: Running, context: Any) -> None:
        assert ask(server, GOOD | {"context": context}).status_code == 200

    def test_snake_case_is_taken_as_google_does(self, server: Running) -> None:
        body = {"comment": {"text": CIVIL}, "requested_attributes": {"TOXICITY": {}}}
        assert ask(server, body).status_code == 200

    @pytest.mark.parametrize("bad", ["\\ud800", "\\udfff", "\\u0000"])
    @pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
    def test_what_is_no_character_is_refused(self, server: Running, path: str, bad: str) -> None:
        body = json.dumps(
            {
                "comment": {"text": "BAD x"},
                "requestedAttributes": {"TOXICITY": {}},
                "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
            }
        )
        error = refusal(ask(server, body.replace("BAD", bad).encode(), path))
        assert error["details"][0]["errorType"] == "INVALID_REQUEST"
        assert "comment.text" in error["message"]

    @pytest.mark.parametrize("field", ["clientToken", "communityId"])
    def test_a_name_of_the_client_is_text_too(self, server: Running, field: str) -> None:
        body = {
            "comment": {"text": CIVIL},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
            field: "a\0b",
        }
        error = refusal(ask(server, body, SUGGEST))
        assert error["details"][0]["errorType"] == "INVALID_REQUEST"
        assert field in error["message"]

    def test_a_suggestion_for_an_attribute_that_is_none_is_refused(self, server: Running) -> None:
        body = {
            "comment": {"text": CIVIL},
            "attributeScores": {"SPAM": {"summaryScore": {"value": 1}}},
        }
        error = refusal(ask(server, body, SUGGEST))
        assert error["details"][0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"

    @pytest.mark.parametrize(("body", "words"), [(b"[" * 50_000, "deep"), (b'"\xff"', "UTF-8")])
    def test_why_a_body_cannot_be_read_is_told(
        self, server: Running, body: bytes, words: str
    ) -> None:
        assert words in refusal(ask(server, body))["message"]

    @pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
    def test_a_wrong_method_is_refused_in_googles_form(self, server: Running, path: str) -> None:
        answer = httpx.get(f"{server.address}{path}")
        refusal(answer, 405)
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize("header", ["Authorization", "X-Goog-Api-Key"])
    def test_the_key_may_come_in_a_header(self, server: Running, header: str) -> None:
        secret = server.secret()
        value = f"Bearer {secret}" if header == "Authorization" else secret
        answer = server.post(ANALYZE, GOOD, headers={header: value})
        assert answer.status_code == 200

    def test_a_key_is_needed(self, server: Running) -> None:
        error = refusal(server.post(ANALYZE, GOOD), 403)
        assert error["status"] == "PERMISSION_DENIED"

    def test_a_key_that_is_none_is_refused_as_google_does(self, server: Running) -> None:
        error = refusal(server.post(ANALYZE, GOOD, params={"key": "mod_x_y"}))
        assert error["details"][0]["reason"] == "API_KEY_INVALID"

    def test_a_key_that_stands_in_pages_sees_no_scores(self, server: Running) -> None:
        secret = server.browser_secret()
        answer = server.post(
            ANALYZE, GOOD, params={"key": secret}, headers={"Origin": "https://site.example"}
        )
        refusal(answer)

    @pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
    def test_a_key_needs_the_role(self, server: Running, path: str) -> None:
        secret = server.secret(Role.REVIEW)
        refusal(server.post(path, GOOD, params={"key": secret}), 403)

    def test_a_suggestion_needs_a_score(self, server: Running) -> None:
        error = refusal(ask(server, {"comment": {"text": CIVIL}}, SUGGEST))
        assert error["details"][0]["errorType"] == "NO_REQUESTED_ATTRIBUTES"

    def test_a_long_text_is_answered_and_not_kept(self, server: Running) -> None:
        body = {
            "comment": {"text": "x" * (LONGEST_KEPT + 1)},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
            "clientToken": "long",
        }
        assert ask(server, body, SUGGEST).json()["clientToken"] == "long"
        kept = server.portal.call(server.service.store.suggestions.read)
        assert "long" not in [each.token for _, each in kept]

    def test_analyze_stores_nothing(self, server: Running) -> None:
        before = server.portal.call(server.service.store.audit.head)
        assert ask(server, GOOD | {"doNotStore": False}).status_code == 200
        assert server.portal.call(server.service.store.audit.head) == before
