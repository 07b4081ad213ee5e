"""`/v1/rules`: publishing over the wire."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from api.service import Service
from tests.api.asking import Asking, places, problem
from tests.api.test_rulebook import PACK, insulting, now, publish, texts

pytestmark = pytest.mark.anyio

LISTING = """
pack: listing
version: 1.0.0
description: A pack whose words stand in a file.
lists:
  insults: {{file: {file}}}
rules:
  - id: insult
    description: an insult
    clause: person_insult
    severity: mild
    when: {{list: insults}}
    examples: {{match: [حمار], no_match: [جمل]}}
"""


async def test_the_history_and_the_files(service: Service, editor: Asking) -> None:
    first = await now(service)
    second = await publish(service, "حمار")
    told = (await editor.get("/v1/rules")).json()
    assert told["current"]["version"] == second
    assert [(line["version"], line["by"]) for line in told["history"]] == [
        (second, "zahra"),
        (first, "files on disk"),
    ]
    assert told["next"] is None
    page = (await editor.get("/v1/rules", limit=1)).json()
    assert (await editor.get("/v1/rules", before=page["next"])).json()["history"] == told[
        "history"
    ][1:]
    files = (await editor.get(f"/v1/rules/{second}")).json()["files"]
    assert files == await texts(service)


async def test_changed_files_are_published_by_the_key(
    service: Service, editor: Asking, form: Asking
) -> None:
    base = await now(service)
    changed = insulting(await texts(service), "حمار")[PACK]
    body = {"base": base, "files": {PACK: changed}, "why": "a new insult"}
    answer = await editor.post("/v1/rules", body)
    assert answer.status_code == 201
    assert (answer.json()["by"], answer.json()["parent"]) == (editor.key, base)
    assert (await form.submit("يا حمار"))["status"] == "waiting"
    told = problem(await editor.post("/v1/rules", body | {"files": {PACK: changed + "#"}}), 409)
    assert told["reason"] == "changed"
    assert "a new insult" in told["detail"]


async def test_broken_rules_name_file_line_and_key(service: Service, editor: Asking) -> None:
    broken = (await texts(service))[PACK].replace("severity: grave", "gravity: grave", 1)
    body = {"base": await now(service), "files": {PACK: broken}, "why": "x"}
    answer = await editor.post("/v1/rules", body)
    assert set(places(answer)) == {"#/files/packs~1terms.yaml"}
    assert "packs/terms.yaml:8:" in answer.text
    assert "gravity" in answer.text


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"why": " "}, "#/why"),
        ({"base": "ffff"}, "#/base"),
        ({"why": ""}, "#/why"),
        ({"why": "\u200b"}, "#/why"),
        ({"why": "x\0"}, "#/why"),
        ({"why": "x\ud800"}, "#/why"),
        ({"why": "x" * 1001}, "#/why"),
        ({"files": {}}, "#/files"),
        ({"files": {PACK: None}}, "#/files/packs"),
        ({"files": {"policy.yaml": None}}, "#/files/policy.yaml"),
        ({"files": {"packs/../x.yaml": "a"}}, "#/files/packs~1..~1x.yaml"),
        ({"files": {"packs/\ud800.yaml": "pack: x"}}, "#/files/packs~1\ud800.yaml"),
        ({"files": {"packs/\ud800.yaml": None}}, "#/files/packs~1\ud800.yaml"),
        ({"files": {"packs/nope.yaml": None}}, "#/files/packs~1nope.yaml"),
        ({"files": {"packs/a.txt": "x"}}, "#/files/packs~1a.txt"),
        ({"files": {"packs/README.md": "x"}}, "#/files/packs~1README.md"),
        ({"files": {"packs/a": "x"}}, "#/files/packs~1a"),
        ({"files": {PACK: "\ud800"}}, f"#/files/{PACK.replace('/', '~1')}"),
        ({"files": {PACK: 5}}, f"#/files/{PACK.replace('/', '~1')}"),
    ],
)
async def test_bad_input_is_named(
    service: Service, editor: Asking, change: dict[str, object], place: str
) -> None:
    body = {"base": await now(service), "files": {PACK: "pack: x"}, "why": "x", **change}
    # As escapes, so that half a character can be sent.
    assert place in places(await editor.post_bytes("/v1/rules", json.dumps(body).encode()))


async def test_what_changes_nothing_is_no_publication(service: Service, editor: Asking) -> None:
    base = await now(service)
    body = {"base": base, "files": {PACK: (await texts(service))[PACK]}, "why": "x"}
    answer = await editor.post("/v1/rules", body)
    assert places(answer) == ["#/files"]
    assert "nothing changes" in answer.text
    assert len(await service.rulebook.history()) == 1


async def test_a_publication_that_is_sent_again_is_answered_as_the_first(
    service: Service, editor: Asking
) -> None:
    changed = insulting(await texts(service), "حمار")[PACK]
    body = {"base": await now(service), "files": {PACK: changed}, "why": "a new insult"}
    first, again = [await editor.post("/v1/rules", body) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_word_list_comes_and_goes_with_the_pack_that_names_it(
    service: Service, editor: Asking, files: Path
) -> None:
    pack = LISTING.format(file="words/insults.txt")
    base = await now(service)
    sent = {"packs/listing.yaml": pack, "packs/words/insults.txt": "حمار\n"}
    answer = await editor.post("/v1/rules", {"base": base, "files": sent, "why": "x"})
    assert answer.status_code == 201, answer.text
    second = answer.json()["version"]
    assert (files / "packs" / "words" / "insults.txt").read_text("utf-8") == "حمار\n"
    body = {"base": second, "files": {"packs/listing.yaml": None}, "why": "x"}
    assert (await editor.post("/v1/rules", body)).status_code == 201
    assert await now(service) == base
    assert not (files / "packs" / "words" / "insults.txt").exists()


async def test_new_text_for_a_list_that_no_pack_names_any_more_is_not_dropped(
    service: Service, editor: Asking
) -> None:
    sent = {
        "packs/listing.yaml": LISTING.format(file="insults.txt"),
        "packs/insults.txt": "حمار\n",
    }
    base = await now(service)
    answer = await editor.post("/v1/rules", {"base": base, "files": sent, "why": "x"})
    second = answer.json()["version"]
    change = {"packs/listing.yaml": None, "packs/insults.txt": "حمار\nتيس\n"}
    answer = await editor.post("/v1/rules", {"base": second, "files": change, "why": "x"})
    assert places(answer) == ["#/files/packs~1insults.txt"]
    assert await now(service) == second


@pytest.mark.parametrize(
    ("good", "broken", "told"),
    [("lists:", "lists: [", "packs/listing.yaml:"), ("{file:", "{files:", "files")],
)
async def test_of_a_broken_pack_and_its_new_list_the_pack_is_told(
    service: Service, editor: Asking, good: str, broken: str, told: str
) -> None:
    pack = LISTING.format(file="insults.txt").replace(good, broken)
    sent = {"packs/listing.yaml": pack, "packs/insults.txt": "حمار\n"}
    body = {"base": await now(service), "files": sent, "why": "x"}
    answer = await editor.post("/v1/rules", body)
    assert set(places(answer)) == {"#/files/packs~1listing.yaml"}
    assert told in answer.text


async def test_a_removal_of_what_is_not_there_is_told_whatever_else_changes(
    service: Service, editor: Asking
) -> None:
    base = await now(service)
    changed = insulting(await texts(service), "حمار")[PACK]
    sent = {PACK: changed, "packs/trems.yaml": None}
    answer = await editor.post("/v1/rules", {"base": base, "files": sent, "why": "x"})
    assert places(answer) == ["#/files/packs~1trems.yaml"]
    assert await now(service) == base


async def test_the_document_tells_what_a_version_and_a_reason_are(
    visitor: httpx.AsyncClient,
) -> None:
    document = (await visitor.get("/openapi.json")).json()
    sent = {
        name: document["components"]["schemas"][name]["properties"]
        for name in ("PublicationSent", "RollbackSent")
    }
    (path,) = document["paths"]["/v1/rules/{version}"]["get"]["parameters"]
    assert sent["PublicationSent"]["base"]["pattern"] == "^[0-9a-f]{12}$"
    assert sent["RollbackSent"]["version"]["pattern"] == "^[0-9a-f]{4,12}$"
    assert path["schema"]["pattern"] == "^[0-9a-f]{4,12}$"
    assert [each["why"]["minLength"] for each in sent.values()] == [1, 1]


async def test_an_unknown_base_is_not_found(service: Service, editor: Asking) -> None:
    body = {"base": "f" * 12, "files": {PACK: "pack: x"}, "why": "x"}
    problem(await editor.post("/v1/rules", body), 404)
    problem(await editor.get("/v1/rules/ffffffff"), 404)
    problem(await editor.post("/v1/rules/rollback", {"version": "ffffffff", "why": "x"}), 404)


async def test_rollback(service: Service, editor: Asking) -> None:
    first = await now(service)
    await publish(service, "حمار")
    answer = await editor.post("/v1/rules/rollback", {"version": first, "why": "too wide"})
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["version"]) == ("rolled_back", first)
    assert await now(service) == first


async def test_only_editors_and_admins(
    service: Service, moderator: Asking, form: Asking, admin: Asking
) -> None:
    for asking in (moderator, form):
        problem(await asking.get("/v1/rules"), 403)
        problem(await asking.post("/v1/rules/rollback", {"version": "ffff", "why": "x"}), 403)
    assert (await admin.get("/v1/rules")).status_code == 200
