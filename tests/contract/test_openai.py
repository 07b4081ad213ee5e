"""OpenAI's clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai.types.moderation import Categories

from api.keys import Role
from api.wire.openai import CATEGORIES, UNJUDGED
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.contract.running import Running
from tests.contract.tools import node

ALL = [field.alias or name for name, field in Categories.model_fields.items()]
IMAGE: Any = {"type": "image_url", "image_url": {"url": "https://site.example/a.png"}}


def text_part(text: str) -> Any:
    return {"type": "text", "text": text}


def opened(server: Running, secret: str, base: str = "/v1") -> openai.OpenAI:
    return openai.OpenAI(
        base_url=server.address + base,
        api_key=secret,
        max_retries=0,
        _strict_response_validation=True,
    )


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    """The Python client, which here refuses any answer that is not as its types say."""
    with opened(server, server.secret()) as strict:
        yield strict


class TestPythonClient:
    def test_a_string_has_one_result(self, client: openai.OpenAI) -> None:
        told = client.moderations.create(input=OBSCENE, model="omni-moderation-latest")
        (result,) = told.results
        assert told.id.startswith("modr-")
        assert told.model.startswith("moderation-")
        assert result.flagged
        assert result.categories.harassment
        assert result.category_scores.harassment > 0.9
        assert not result.categories.hate

    def test_each_string_of_a_list_has_its_result(self, client: openai.OpenAI) -> None:
        told = client.moderations.create(input=[CIVIL, BORDERLINE, OBSCENE])
        assert [result.flagged for result in told.results] == [False, True, True]

    def test_text_parts_are_one_item(self, client: openai.OpenAI) -> None:
        told = client.moderations.create(input=[text_part(CIVIL), text_part(OBSCENE)])
        assert [result.flagged for result in told.results] == [True]

    def test_every_category_is_there(self, client: openai.OpenAI) -> None:
        (result,) = client.moderations.create(input=OBSCENE).results
        for part in ("categories", "category_scores", "category_applied_input_types"):
            assert set(getattr(result, part).model_dump(by_alias=True)) == set(ALL)

    def test_what_is_not_judged_is_applied_to_nothing(self, client: openai.OpenAI) -> None:
        (result,) = client.moderations.create(input=OBSCENE).results
        applied = result.category_applied_input_types.model_dump(by_alias=True)
        assert applied == {name: ["text"] if name in CATEGORIES else [] for name in ALL}

    def test_what_is_flagged_has_a_category(self, client: openai.OpenAI) -> None:
        for result in client.moderations.create(input=[CIVIL, BORDERLINE, OBSCENE]).results:
            assert result.flagged == any(result.categories.model_dump().values())

    def test_our_clauses_stand_beside_theirs(self, client: openai.OpenAI) -> None:
        (result,) = client.moderations.create(input=OBSCENE).results
        ours: Any = result.model_dump()["moderation"]
        assert ours["action"] == "reject"
        assert ours["reasons"][0]["clause"] == "profanity"
        assert ours["reasons"][0]["spans"][0]["text"] == OBSCENE[5:]

    def test_a_key_that_only_submits_sees_no_sources(self, server: Running) -> None:
        for roles, sees in [((Role.SUBMIT,), False), ((Role.SUBMIT, Role.REVIEW), True)]:
            with opened(server, server.secret(*roles)) as client:
                (result,) = client.moderations.create(input=OBSCENE).results
            ours: Any = result.model_dump()["moderation"]
            assert ("source" in ours["reasons"][0]) is sees

    def test_a_text_without_words_is_fine(self, client: openai.OpenAI) -> None:
        told = client.moderations.create(input=["", "  ", "😀"])
        assert [result.flagged for result in told.results] == [False] * 3

    def test_without_v1(self, server: Running) -> None:
        with opened(server, server.secret(), "") as client:
            assert client.moderations.create(input=OBSCENE).results[0].flagged

    @pytest.mark.parametrize(
        "given",
        [[text_part(CIVIL), IMAGE], [IMAGE], [], 7, [7], [CIVIL, text_part(CIVIL)],
         [CIVIL] * 4, "ك" * 13_001, [{"type": "audio"}], None],
    )  # fmt: skip
    def test_input_that_is_not_judged_is_refused(self, client: openai.OpenAI, given: Any) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.moderations.create(input=given)
        assert caught.value.param == "input"
        assert caught.value.type == "invalid_request_error"

    def test_a_key_that_is_none(self, server: Running) -> None:
        with opened(server, "sk-none") as client, pytest.raises(openai.AuthenticationError) as told:
            client.moderations.create(input=CIVIL)
        assert told.value.code == "invalid_api_key"
        assert told.value.response.headers["www-authenticate"] == "Bearer"

    def test_a_key_needs_the_role(self, server: Running) -> None:
        with (
            opened(server, server.secret(Role.REVIEW)) as client,
            pytest.raises(openai.PermissionDeniedError) as told,
        ):
            client.moderations.create(input=CIVIL)
        assert told.value.code == "insufficient_permissions"

    def test_a_key_that_stands_in_pages_sees_no_scores(self, server: Running) -> None:
        with (
            opened(server, server.browser_secret()) as client,
            pytest.raises(openai.PermissionDeniedError),
        ):
            client.moderations.create(input=CIVIL)

    def test_nothing_is_recorded(self, server: Running, client: openai.OpenAI) -> None:
        before = server.portal.call(server.service.store.audit.head)
        client.moderations.create(input=OBSCENE)
        assert server.portal.call(server.service.store.audit.head) == before


class TestNodeClient:
    def test_strings_parts_and_errors(self, server: Running) -> None:
        one, several, parts, refused = node(
            "openai.mjs",
            {
                "address": f"{server.address}/v1",
                "key": server.secret(),
                "requests": [
                    {"input": OBSCENE},
                    {"input": [CIVIL, OBSCENE]},
                    {"input": [text_part(CIVIL), text_part(BORDERLINE)]},
                    {"input": [IMAGE]},
                ],
            },
        )
        assert one["results"][0]["categories"] == dict.fromkeys(ALL, False) | {"harassment": True}
        assert [result["flagged"] for result in several["results"]] == [False, True]
        assert [result["flagged"] for result in parts["results"]] == [True]
        assert (refused["name"], refused["status"]) == ("BadRequestError", 400)
        assert refused["code"] == "no_images"

    def test_a_key_that_is_none(self, server: Running) -> None:
        given = {"address": server.address, "key": "sk-none", "requests": [{"input": CIVIL}]}
        (told,) = node("openai.mjs", given)
        assert (told["name"], told["code"]) == ("AuthenticationError", "invalid_api_key")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"{}", b'{"input": "x", "model": 3}'])
def test_what_is_no_request_is_refused_in_openais_form(server: Running, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {server.secret()}"}
    answer = server.post("/v1/moderations", body, headers=headers)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("bad", ["\\ud800", "\\udfff", "\\u0000"])
def test_what_is_no_character_is_refused(server: Running, bad: str) -> None:
    headers = {"Authorization": f"Bearer {server.secret()}"}
    body = f'{{"input": ["x", "{bad} y"]}}'.encode()
    answer = server.post("/v1/moderations", body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "input"
    assert "Text 1" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("body", "words"), [(b"[" * 50_000, "deep"), (b'"\xff"', "UTF-8")])
def test_why_a_body_cannot_be_read_is_told(server: Running, body: bytes, words: str) -> None:
    headers = {"Authorization": f"Bearer {server.secret()}"}
    answer = server.post("/v1/moderations", body, headers=headers)
    assert words in answer.json()["error"]["message"]


def test_a_wrong_method_is_refused_in_openais_form(server: Running) -> None:
    answer = httpx.get(f"{server.address}/v1/moderations")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_every_category_of_the_client_is_known() -> None:
    assert {*CATEGORIES, *UNJUDGED} == set(ALL)
