"""Whatever is sent, the answer is a problem that names the place; the service never fails."""

from __future__ import annotations

import json

import pytest

from tests.api.asking import CIVIL, Asking, places, problem

pytestmark = pytest.mark.anyio

GOOD = {"id": "c-1", "text": CIVIL}

BAD_FIELDS = {
    "no text": ({"id": "c-1"}, "#/text"),
    "no id": ({"text": CIVIL}, "#/id"),
    "empty text": (GOOD | {"text": ""}, "#/text"),
    "blank text": (GOOD | {"text": " \n\t\u200f"}, "#/text"),
    "text of marks alone": (GOOD | {"text": "\u064b\u0640\u200d"}, "#/text"),
    "long text": (GOOD | {"text": "ا" * 501}, "#/text"),
    "long parent": (GOOD | {"parent": "ا" * 501}, "#/parent"),
    "text is a number": (GOOD | {"text": 7}, "#/text"),
    "text is null": (GOOD | {"text": None}, "#/text"),
    "text is a list": (GOOD | {"text": [CIVIL]}, "#/text"),
    "NUL": (GOOD | {"text": "قبل\0بعد"}, "#/text"),
    "id is a number": (GOOD | {"id": 7}, "#/id"),
    "id is empty": (GOOD | {"id": ""}, "#/id"),
    "id with a line break": (GOOD | {"id": "c\n1"}, "#/id"),
    "long id": (GOOD | {"id": "c" * 201}, "#/id"),
    "unknown key": (GOOD | {"body": CIVIL}, "#/body"),
    "unknown key with a slash": (GOOD | {"a/b~c": 1}, "#/a~1b~0c"),
    "article is a string": (GOOD | {"article": "خبر"}, "#/article"),
    "authors is a string": (GOOD | {"article": {"authors": "سليم"}}, "#/article/authors"),
    "author is a number": (GOOD | {"article": {"authors": ["سليم", 7]}}, "#/article/authors/1"),
    "unknown key in the article": (GOOD | {"article": {"headline": "خبر"}}, "#/article/headline"),
}


@pytest.mark.parametrize(("body", "place"), BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
@pytest.mark.parametrize("path", ["/v1/comments", "/v1/preview"])
async def test_a_bad_field_is_named(form: Asking, path: str, body: object, place: str) -> None:
    missing_id = place == "#/id" and "id" not in body  # type: ignore[operator]
    if missing_id and path == "/v1/preview":
        answer = await form.post_bytes(path, json.dumps(body).encode())
        assert answer.status_code == 200, "a preview needs no id"
        return
    # ensure_ascii is what many clients do; both spellings are the same to the service.
    assert places(await form.post_bytes(path, json.dumps(body).encode())) == [place]


@pytest.mark.parametrize("field", ["text", "id", "parent", "author"])
@pytest.mark.parametrize("half", ["\\ud800", "\\udc00", "نص \\udfff نص"])
async def test_half_a_surrogate_pair_is_named(form: Asking, field: str, half: str) -> None:
    body = json.dumps(GOOD | {field: "HALF"}).replace("HALF", half).encode()
    assert places(await form.post_bytes("/v1/comments", body)) == [f"#/{field}"]


async def test_half_a_pair_in_an_unknown_key_can_be_told(form: Asking) -> None:
    answer = await form.post_bytes("/v1/comments", b'{"id": "c", "text": "x", "\\ud800": 1}')
    assert all(place.startswith("#") for place in places(answer))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"id": "c-1", "text": }',
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"\xff\xfe",
        b'{"id": "c-1", "text": "\xd9"}',
        b"[" * 4000,
        b'{"a":' * 800,
        b'{"id": "c-1", "text": ' + b"9" * 4000 + b"}",
        b'{"id": "c-1", "text": NaN}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/comments", "/v1/preview", "/v1/preview/batch"])
async def test_a_body_that_is_no_such_object_is_told(form: Asking, path: str, body: bytes) -> None:
    assert all(place.startswith("#") for place in places(await form.post_bytes(path, body)))


async def test_a_form_is_not_json(form: Asking) -> None:
    answer = await form.client.post(
        "/v1/comments", data=GOOD, headers={"Authorization": f"Bearer {form.secret}"}
    )
    assert places(answer) == ["#"]


async def test_a_large_body_is_refused_by_its_announced_size(form: Asking) -> None:
    told = problem(await form.post("/v1/comments", GOOD | {"text": "ا" * 2**20}), 413)
    assert "4096 bytes" in told["detail"]


async def test_a_large_body_is_refused_when_it_was_not_announced(form: Asking) -> None:
    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(100):
            yield b" " * 1024

    answer = await form.client.post(
        "/v1/comments", content=chunks(), headers={"Authorization": f"Bearer {form.secret}"}
    )
    problem(answer, 413)


async def test_text_from_the_commenter_is_not_repeated_in_the_problem(form: Asking) -> None:
    answer = await form.post("/v1/comments", {"id": "c-1", "text": "سر" * 300})
    assert "سر" not in answer.text


async def test_an_unknown_path_is_a_problem(form: Asking) -> None:
    problem(await form.get("/v1/nothing"), 404)


async def test_a_wrong_method_is_a_problem(form: Asking) -> None:
    answer = await form.get("/v1/preview")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


async def test_any_unicode_is_judged(form: Asking) -> None:
    for number, text in enumerate(["\U0010ffff", "\ufffe\uffff", "ﷺ" * 400, "é" * 200, "\u202ex"]):
        assert (await form.submit(text, f"c-{number}"))["revision"] == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (GOOD | {"id": ""}, "is empty"),
        (GOOD | {"id": "c" * 201}, "at most 200 characters are taken"),
        (GOOD | {"text": ""}, "the text is empty"),
        (GOOD | {"article": "خبر"}, "an object is expected"),
        (GOOD | {"article": {"tags": ["ا"] * 101}}, "at most 100 items are taken"),
        (GOOD | {"body": CIVIL}, "unknown key"),
    ],
)
async def test_a_bad_field_is_told_in_words(form: Asking, body: object, words: str) -> None:
    (error,) = problem(await form.post("/v1/comments", body), 422)["errors"]
    assert error["detail"] == words


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", "application/json", "The body is empty"),
        (b'{"id": "c", "text": "x"}', "application/x-www-form-urlencoded", "Content-Type"),
        (b'{"id": "c", "text": "x"}', "text/plain", "Content-Type"),
        (b"[" * 4000, "application/json", "nests too deep"),
        (b'"\xff"', "application/json", "not UTF-8"),
    ],
)
async def test_why_a_body_cannot_be_read_is_told(
    form: Asking, body: bytes, kind: str, words: str
) -> None:
    headers = {"Authorization": f"Bearer {form.secret}", "Content-Type": kind}
    answer = await form.client.post("/v1/comments", content=body, headers=headers)
    (error,) = problem(answer, 422)["errors"]
    assert error["pointer"] == "#"
    assert words in error["detail"]
