"""History: finding decisions, the story of one, second thoughts, files, and the audit trail."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest

from api.console.exporting import harmless
from api.console.searching import Searched
from moderation.comment import Article, Comment
from moderation.store import ItemState, Outcome, Record, Resolution, ReviewKind, Status
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.console.signing import Console, Person
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.anyio

ARTICLE = Article(title="الأمن يفكك خلية جهادية", id="article-7", section="أخبار")
REJECT = Resolution(Outcome.REJECT, "person_insult")
APPROVE = Resolution(Outcome.APPROVE)


async def submitted(
    console: Console, text: str, identifier: str = "c-1", author: str | None = "reader-1"
) -> Record:
    comment = Comment(id=identifier, text=text, article=ARTICLE, author=author)
    verdict = console.service.equipment.engine.judge(comment)
    return await console.service.store.submit(comment, verdict)


async def decided(
    console: Console, by: str, resolution: Resolution = REJECT, comment: str = "c-1"
) -> str:
    """A comment that waits and is decided by a moderator; its item."""
    await submitted(console, BORDERLINE, comment)
    item = await console.service.store.reopen(comment, by)
    await console.service.store.queue.resolve(item.id, by, resolution)
    return item.id


async def found(person: Person, **asked: str) -> list[str]:
    """The ids among the results, in their order."""
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    answer = await person.get(f"/console/history?{query}")
    assert answer.status_code == 200, answer.text
    return [part.split('"')[0] for part in answer.text.split('href="/console/history/')[1:]]


async def test_a_search_narrows_by_everything_that_it_offers(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL, "published")
    await submitted(console, OBSCENE, "refused", author="reader-2")
    await decided(console, "m-other", comment="mine")
    assert await found(person) == ["mine", "refused", "published"]
    assert await found(person, text="مصادر") == ["published"]
    assert await found(person, author="reader-2") == ["refused"]
    assert await found(person, article="article-8") == []
    assert await found(person, rule="terms/obscenity") + await found(person, rule="obscenity") == [
        "refused"
    ]
    assert await found(person, moderator="m-other") == ["mine"]
    assert await found(person, clause="profanity") == ["refused"]
    assert await found(person, status="published") == ["published"]
    assert await found(person, by="machine") == ["refused", "published"]
    assert await found(person, since="2000-01-01", until="2001-01-01T10:00") == []


async def test_results_come_in_pages(console: Console) -> None:
    person = await console.sign_in()
    for number in range(55):
        await submitted(console, f"{CIVIL} {number}", f"c-{number}")
    first = await person.get("/console/history")
    cursor = first.text.partition("cursor=")[2].partition('"')[0]
    rest = await found(person, cursor=cursor)
    assert len(await found(person)) == 50
    assert rest == [f"c-{number}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    "query",
    ["status=gone", "since=yesterday", "until=2026-13-01", "cursor=x", "text=" + "a" * 1001],
)
async def test_what_is_no_search_is_told(console: Console, query: str) -> None:
    person = await console.sign_in()
    answer = await person.get(f"/console/history?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


def test_times_are_read_in_utc() -> None:
    search = Searched(since="2026-11-25", until="2026-11-25T08:30").search()
    assert search.since
    assert search.until
    assert search.since.utcoffset() == timedelta(0)
    assert search.until - search.since == timedelta(hours=8, minutes=30)


async def test_a_preview_masks_and_the_story_veils(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, OBSCENE)
    listing = await person.get("/console/history")
    assert "ـبـ ـة" not in listing.text
    story = await person.get("/console/history/c-1")
    assert '<details class="veil">' in story.text
    assert "ـبـ ـة" in story.text


async def test_a_story_tells_every_step(console: Console) -> None:
    person = await console.sign_in()
    store = console.service.store
    item = await decided(console, "m-first")
    await store.queue.note(item, "m-first", "رأيت أسوأ منه")
    await store.appeal("c-1", "لم أقصد أحدا")
    await submitted(console, f"{BORDERLINE} حقا")
    story = await person.get("/console/history/c-1", **{"Accept-Language": "en"})
    text = unescape(story.text)
    for words in (
        "Submitted and judged",
        "Taken from the queue",
        "Rejected",
        "m-first",
        "رأيت أسوأ منه",
        "Commenter appealed",
        "لم أقصد أحدا",
        "New text submitted",
        "Revision 1",
        "Revision 2",
        "The commenter's record",
        ARTICLE.title,
    ):
        assert words in text, words


async def test_hostile_words_are_only_text(console: Console) -> None:
    person = await console.sign_in()
    evil = '<script>alert("1")</script>'
    await submitted(console, f"{BORDERLINE} {evil}", 'c"><b>', author=evil)
    store = console.service.store
    item = await store.reopen('c"><b>', "m-1")
    await store.queue.resolve(item.id, "m-1", REJECT, note=evil)
    await store.appeal('c"><b>', evil)
    for path in ("/console/history", f"/console/history/{quote('c' + chr(34) + '><b>', safe='')}"):
        answer = await person.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<b>&" not in answer.text.replace("<b><bdi>", "")


@pytest.mark.parametrize("identifier", ["a/b/c", "a//b", "x/undo", "100% صح؟", "#1 &?"])
async def test_an_id_may_hold_anything(console: Console, identifier: str) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL, identifier)
    (link,) = await found(person)
    answer = await person.get(f"/console/history/{link}")
    assert answer.status_code == 200
    reopened = await person.post(f"/console/history/{link}/reopen")
    assert reopened.status_code == 303
    assert (await console.service.store.get(identifier)).item


async def test_an_unknown_comment_is_told(console: Console) -> None:
    person = await console.sign_in()
    assert (await person.get("/console/history/unknown")).status_code == 404
    assert (await person.post("/console/history/unknown/reopen")).status_code == 404


async def test_a_moderator_takes_back_their_own_decision_for_a_while(console: Console) -> None:
    person, other = await console.sign_in(), await console.sign_in()
    item = await decided(console, person.account.id)
    assert "/undo" in (await person.get("/console/history/c-1")).text
    assert "/undo" not in (await other.get("/console/history/c-1")).text
    refused = await other.post("/console/history/c-1/undo")
    assert refused.status_code == 409
    answer = await person.post("/console/history/c-1/undo")
    assert answer.headers["location"] == f"/console/queue#item-{item}"
    assert (await console.service.store.get("c-1")).status is Status.WAITING
    assert f'id="item-{item}"' in (await person.get("/console/queue")).text


async def test_a_senior_takes_back_anybodys(console: Console) -> None:
    senior = await console.sign_in("senior")
    await decided(console, "m-other")
    assert "/undo" in (await senior.get("/console/history/c-1")).text
    assert (await senior.post("/console/history/c-1/undo")).status_code == 303
    item = await console.service.store.queue.get("1")
    assert item.lease
    assert item.lease.moderator == senior.account.id


async def test_what_was_decided_can_be_judged_again(console: Console) -> None:
    person = await console.sign_in()
    await submitted(console, CIVIL)
    answer = await person.post("/console/history/c-1/reopen")
    item = answer.headers["location"].partition("#item-")[2]
    record = await console.service.store.get("c-1")
    assert record.status is Status.PUBLISHED
    assert (await console.service.store.queue.get(item)).state is ItemState.CLAIMED
    again = await person.post(
        f"/console/queue/{item}/resolve", {"outcome": "reject", "clause": "profanity"}
    )
    assert again.status_code == 303
    assert (await console.service.store.get("c-1")).status is Status.REFUSED


async def test_an_appeal_against_ones_own_decision_is_for_others(console: Console) -> None:
    person, other = await console.sign_in(), await console.sign_in()
    await decided(console, person.account.id)
    await console.service.store.appeal("c-1", "لم أقصد")
    assert "/reopen" not in (await person.get("/console/history/c-1")).text
    assert (await person.post("/console/history/c-1/reopen")).status_code == 409
    assert (await other.post("/console/history/c-1/reopen")).status_code == 303
    held = await person.get("/console/history/c-1", **{"Accept-Language": "en"})
    assert f"Held by {other.account.id}" in held.text


async def test_a_senior_takes_an_appeal_against_their_own_decision_and_the_trail_tells(
    console: Console,
) -> None:
    senior = await console.sign_in("senior")
    await decided(console, senior.account.id)
    await console.service.store.appeal("c-1", "لم أقصد")
    assert "/reopen" in (await senior.get("/console/history/c-1")).text
    assert (await senior.post("/console/history/c-1/reopen")).status_code == 303
    entries = await console.service.store.audit.of("c-1")
    assert entries[-1].details == {"override": True}


async def test_a_note_from_history_stands_beside_the_comment(console: Console) -> None:
    person = await console.sign_in()
    await decided(console, "m-other")
    answer = await person.post("/console/history/c-1/note", {"text": " انتبهوا له "})
    assert answer.headers["location"] == "/console/history/c-1"
    assert "انتبهوا له" in (await person.get("/console/history/c-1")).text
    assert (await person.post("/console/history/c-1/note", {"text": " "})).status_code == 422
    await submitted(console, CIVIL, "never-queued")
    refused = await person.post("/console/history/never-queued/note", {"text": "أ"})
    assert refused.status_code == 409


async def test_a_search_leaves_as_csv(console: Console) -> None:
    senior = await console.sign_in("senior", "أميرة-المشرفة")
    await decided(console, senior.account.id)
    await submitted(console, f"={CIVIL}\n@سطر", "formula", author="+reader")
    await submitted(console, OBSCENE, "other")
    answer = await senior.get("/console/export/decisions.csv?author=%2Breader")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert ".csv" in answer.headers["content-disposition"]
    (one,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert one["comment"] == "formula"
    assert one["text"] == f"'={CIVIL}\n@سطر"
    assert one["author"] == "'+reader"
    everything = (await senior.get("/console/export/decisions.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(everything)))
    assert [row["comment"] for row in rows] == ["other", "formula", "c-1"]
    assert rows[2]["moderator"] == senior.account.id
    assert rows[2]["clause"] == "person_insult"
    assert rows[2]["machine_action"] == "flag"
    assert "أميرة" not in everything


async def test_a_search_leaves_as_json_lines(console: Console) -> None:
    senior = await console.sign_in("senior")
    await decided(console, senior.account.id)
    await submitted(console, OBSCENE, "other")
    answer = await senior.get("/console/export/decisions.jsonl?by=moderator")
    (line,) = answer.text.splitlines()
    told = json.loads(line)
    assert told["comment"]["text"] == BORDERLINE
    assert told["decision"]["moderator"] == senior.account.id
    assert told["verdict"]["reasons"][0]["source"]["kind"] == "rule"


async def test_an_export_reads_on_through_all_pages(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.exporting._PAGE", 3)
    senior = await console.sign_in("senior")
    for number in range(8):
        await submitted(console, f"{CIVIL} {number}", f"c-{number}")
    answer = await senior.get("/console/export/decisions.jsonl")
    assert len(answer.text.splitlines()) == 8
    monkeypatch.setattr("api.console.exporting.MOST", 7)
    answer = await senior.get("/console/export/decisions.jsonl")
    assert len(answer.text.splitlines()) == 7


async def test_only_seniors_take_files_and_verify(console: Console) -> None:
    person = await console.sign_in()
    assert "/console/export" not in (await person.get("/console/history")).text
    for path in ("/console/export/decisions.csv", "/console/audit"):
        assert (await person.get(path)).status_code == 403


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\tx", " =1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "نص", "a=b", "1-2", "'"])
def test_any_other_cell_stays(cell: str) -> None:
    assert harmless(cell) == cell


async def verified(senior: Person, kept: str = "") -> str:
    """What the page says at the end of a verification."""
    answer = await senior.post("/console/audit/verify", {"kept": kept})
    assert answer.headers["location"] == "/console/audit"
    async with asyncio.timeout(PATIENT_SECONDS):
        while "<progress" in (text := (await senior.get("/console/audit/state")).text):
            await asyncio.sleep(0.02)
    return unescape(text)


async def test_the_chain_is_verified_from_the_page(console: Console) -> None:
    senior = await console.sign_in("senior")
    await decided(console, "m-other")
    head = await console.service.store.audit.head()
    text = await verified(senior)
    assert f"{head.number}:{head.hash}" in text
    assert "السلسلة سليمة" in text
    # The same head holds later, when the trail has grown.
    await submitted(console, CIVIL, "later")
    assert "السلسلة سليمة" in await verified(senior, f"{head.number}:{head.hash}")
    assert "انكسرت السلسلة" in await verified(senior, f"{head.number}:{'0' * 64}")


async def test_an_entry_that_was_changed_is_named(console: Console) -> None:
    senior = await console.sign_in("senior")
    for number in range(3):
        await submitted(console, f"{CIVIL} {number}", f"c-{number}")
    store = console.service.store
    content = f"{{{console.service.settings.namespace}}}:content:1:c-1"
    client = store._library.client
    raw = await client.get(content)
    assert raw
    (entry,) = await store.audit.of("c-1")
    await client.set(content, raw.replace("مصادر".encode(), "مصايد".encode()))
    text = await verified(senior)
    assert f"انكسرت السلسلة عند القيد {entry.number}" in text
    assert "changed after the fact" in text


async def test_what_is_no_kept_head_is_told(console: Console) -> None:
    senior = await console.sign_in("senior")
    answer = await senior.post("/console/audit/verify", {"kept": "رأس"})
    assert answer.status_code == 422
    assert "kept" in answer.text


async def test_the_watch_list_does_not_disturb_a_story(console: Console) -> None:
    person = await console.sign_in()
    await console.service.store.review.add(ReviewKind.AUTHORS, "reader-1", by="m-1")
    await submitted(console, CIVIL)
    answer = await person.get("/console/history/c-1", **{"Accept-Language": "en"})
    assert "Always reviewed" in answer.text
