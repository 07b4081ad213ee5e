"""Golden items: known answers that nobody can tell from readers' comments, told afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from urllib.parse import quote, unquote

import pytest

from api.console.golden import MOST, Golden, GoldenItem, machine_agreement
from api.console.guise import guise_of, like
from api.console.placed import Moment, Placed, Step
from api.console.work import Work
from api.wiring import default_engine
from moderation.comment import Article, Comment
from moderation.store import Conflict, Item, ItemState, Mark, NotFound, Record, ReviewKind
from moderation.store.connection import close, connect
from moderation.store.filters import Filters
from moderation.store.item import Outcome, Resolution
from moderation.verdict import Action, Verdict, Versions
from tests.api.asking import BORDERLINE
from tests.console.signing import Console, Person

pytestmark = pytest.mark.anyio

APPROVED = Resolution(Outcome.APPROVE)
INSULT = Resolution(Outcome.REJECT, "person_insult")
HTMX = {"HX-Request": "true"}
ARTICLE = Article("عنوان", ("سليم",), "article-17", "https://news.example/1", "سياسة", ("حكومة",))


@pytest.fixture
async def golden(store_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Golden]:
    client = connect(store_url)
    yield Golden(client, f"{{golden-{request.node.name}}}")
    await close(client)


async def waiting(console: Console, number: int, text: str = BORDERLINE) -> Record:
    """A reader's comment in the queue."""
    comment = Comment(f"c-{4000 + number}", text, ARTICLE, f"reader-{number}")
    verdict = console.service.equipment.engine.judge(comment)
    return await console.service.store.submit(comment, verdict)


async def laid(console: Console, person: Person, text: str = BORDERLINE) -> Item:
    """A golden item on somebody's desk; its answer is a rejection as an insult."""
    made = await console.service.golden.add(
        text, Outcome.REJECT, "person_insult", why="السبب", by="m-senior"
    )
    item = await Work(console.service, person.account.id).lay(made)
    assert item is not None
    return item


async def _placed_one(golden: Golden, queued: Moment | None = None) -> Placed:
    """A golden item that waits in the queue, kept under the number 1."""
    placed = Placed(
        "1",
        "g",
        Comment("c-1", BORDERLINE),
        Verdict(Action.FLAG, (), {}, Versions("r", "p", None)),
        ItemState.WAITING,
        (Step("submitted", queued or await golden.places.now()),),
    )
    assert await golden.places.keep(placed)
    return placed


class TestAnswers:
    async def test_an_answer_is_right_or_wrong_and_escalating_leaves_it_open(
        self, golden: Golden
    ) -> None:
        civil = await golden.add("شكرا للكاتب", Outcome.APPROVE, None, by="m-1")
        rude = await golden.add("يا حمار", Outcome.REJECT, "person_insult", by="m-1")
        await golden.answer("m-2", civil.id, APPROVED)
        await golden.answer("m-2", rude.id, Resolution(Outcome.REJECT, "profanity"))
        await golden.answer("m-3", rude.id, INSULT)
        await golden.answer("m-3", civil.id, Resolution(Outcome.ESCALATE))
        found = await golden.agreement()
        assert (found["m-2"].right, found["m-2"].wrong, found["m-2"].open) == (1, 1, 0)
        assert (found["m-3"].right, found["m-3"].wrong, found["m-3"].open) == (1, 0, 1)
        assert found["m-2"].share == 0.5

    async def test_one_is_fresh_until_it_was_answered(self, golden: Golden) -> None:
        item = await golden.add("شكرا للكاتب", Outcome.APPROVE, None, by="m-1")
        assert await golden.fresh("m-2") == [item]
        await golden.answer("m-2", item.id, APPROVED)
        assert await golden.fresh("m-2") == []
        assert await golden.fresh("m-3") == [item]
        await golden.take_back("m-2", item.id)
        assert await golden.fresh("m-2") == [item]
        assert (await golden.agreement())["m-2"].share is None

    async def test_what_cannot_be_one_is_refused(self, golden: Golden) -> None:
        with pytest.raises(ValueError, match="clause"):
            await golden.add("يا حمار", Outcome.REJECT, None, by="m-1")
        with pytest.raises(ValueError, match="text"):
            await golden.add("  ", Outcome.APPROVE, None, by="m-1")
        with pytest.raises(ValueError, match="approved or rejected"):
            await golden.add("يا حمار", Outcome.ESCALATE, None, by="m-1")
        with pytest.raises(NotFound):
            await golden.answer("m-1", "900000000000999", APPROVED)
        assert MOST >= 100

    async def test_the_machine_is_held_to_them_too(self, golden: Golden) -> None:
        await golden.add("شكرا للكاتب على المقال المفيد", Outcome.APPROVE, None, by="m-1")
        await golden.add("شكرا جزيلا", Outcome.REJECT, "profanity", by="m-1")
        found = machine_agreement(tuple(await golden.all()), default_engine())
        assert (found.right, found.wrong) == (1, 1)


def likened(page: str, item: Item) -> list[str]:
    """A page without what is one comment's own, so that two can be compared."""
    page = page.replace(item.comment.id, "ID").replace(str(item.comment.author), "AUTHOR")
    page = re.sub(rf'(item-|notes-|clause-|queue/|value="|data-id="){item.id}\b', "NUMBER", page)
    page = re.sub(r"#\d+", "ENTRY", page)
    page = re.sub(r"\b[0-9a-f]{64}\b", "TOKEN", page)
    page = re.sub(r"<time.*?</time>", "TIME", page)
    page = re.sub(r"(· )[^<]* UTC", "TIME", page)
    return page.splitlines()


def kinds(page: str) -> list[str]:
    """The steps that a comment's history tells."""
    return re.findall(
        r'<li class="(\w+)">', page.partition('class="timeline"')[2].partition("</ol>")[0]
    )


class TestLikeAnyOther:
    async def test_its_pages_read_like_those_of_a_comment(self, console: Console) -> None:
        salma = await console.sign_in("moderator", "salma")
        real = await Work(console.service, salma.account.id).take(
            (await waiting(console, 1)).item or ""
        )
        known = await laid(console, salma)
        for path in ("/console/queue/{0.id}", "/console/history/{0.comment.id}"):
            pages = []
            for item in (real, known):
                answer = await salma.get(path.format(item))
                assert answer.status_code == 200
                pages.append((sorted(answer.headers), likened(answer.text, item)))
            assert pages[0] == pages[1]

    async def test_it_looks_like_what_came_lately(self, console: Console) -> None:
        for number in range(1, 4):
            await waiting(console, number)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        comment = item.comment
        assert re.fullmatch(r"c-\d{4}", comment.id)
        assert re.fullmatch(r"reader-\d+", comment.author or "")
        assert comment.article == ARTICLE
        assert item.verdict.action is Action.FLAG
        assert Mark.NEW_COMMENTER in item.marks
        assert len(item.id) <= 2

    async def test_its_history_is_that_of_a_comment_that_was_just_flagged(
        self, console: Console
    ) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        page = (await salma.get(f"/console/history/{item.comment.id}")).text
        assert kinds(page) == ["submitted", "claimed"]
        assert item.comment.text[:4] in page
        found = await salma.get(f"/console/history?author={item.comment.author}")
        assert f"/console/history/{item.comment.id}" in found.text
        found = await salma.get(f"/console/history?text={quote(item.comment.text)}")
        assert f"/console/history/{item.comment.id}" in found.text

    async def test_it_stands_in_its_conversation_and_is_decided_on_there(
        self, console: Console
    ) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        page = (await salma.get("/console/conversation?article=article-17")).text
        assert f'value="{item.comment.id}"' in page
        form = {"comment": item.comment.id, "outcome": "reject", "clause": "person_insult"}
        answer = await salma.post("/console/conversation/decide", form, **HTMX)
        assert answer.status_code == 200
        found = (await console.service.golden.agreement())[salma.account.id]
        assert (found.right, found.wrong) == (1, 0)

    async def test_it_is_counted_and_listed_as_held(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        karim = await console.sign_in("moderator", "karim")
        item = await laid(console, salma)
        for person in (salma, karim):
            listed = (await person.get("/console/queue/list?section=سياسة")).text
            assert f'id="row-{item.id}"' in listed
            assert (
                f'id="row-{item.id}"'
                not in (await person.get("/console/queue/list?section=رياضة")).text
            )
            facets = await Work(console.service, person.account.id).facets()
            assert facets.states[ItemState.CLAIMED] == 1
            assert [each.count for each in facets.holders] == [1]
            assert {each.id: each.count for each in facets.articles} == {"article-17": 2}

    async def test_somebody_else_sees_it_and_is_told_who_holds_it(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        karim = await console.sign_in("moderator", "karim")
        item = await laid(console, salma)
        path = f"/console/queue/{item.id}"
        assert salma.account.id in (await karim.get(path)).text
        answer = await karim.post(f"{path}/resolve", {"outcome": "approve"}, **HTMX)
        assert answer.status_code == 409
        assert unquote(answer.headers["X-Told"]) == "هذا التعليق بيد مشرف آخر."

    async def test_what_is_skipped_waits_for_others(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        karim = await console.sign_in("moderator", "karim")
        item = await laid(console, salma)
        skipped = await salma.post(f"/console/queue/{item.id}/release", {}, **HTMX)
        assert skipped.json() == {"items": [item.id]}
        assert f'data-id="{item.id}"' not in (await salma.get("/console/queue")).text
        again = await salma.post("/console/queue/next", {"skipped": item.id}, **HTMX)
        assert f'data-id="{item.id}"' not in again.text
        assert f'data-id="{item.id}"' in (await karim.post("/console/queue/next", {}, **HTMX)).text
        page = (await karim.get(f"/console/history/{item.comment.id}")).text
        assert kinds(page) == ["submitted", "claimed", "released", "claimed"]

    async def test_a_lease_that_ran_out_sends_it_back(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        places = console.service.golden.places
        placed = await places.at(item.id)
        assert placed is not None
        assert placed.lease is not None
        ended = replace(placed.lease, until=placed.lease.since)
        await places.keep(replace(placed, lease=ended))
        form = {"outcome": "approve"}
        answer = await salma.post(f"/console/queue/{item.id}/resolve", form, **HTMX)
        assert answer.status_code == 409
        assert (await Work(console.service, salma.account.id).get(item.id)).lease is None
        await salma.post(f"/console/queue/{item.id}/take", {})
        held = await places.at(item.id)
        assert held is not None
        assert held.lease is not None
        short = replace(held.lease, until=held.lease.since + timedelta(seconds=30))
        await places.keep(replace(held, lease=short))
        await salma.post("/console/queue/live", {})
        renewed = await places.at(item.id)
        assert renewed is not None
        assert renewed.lease is not None
        assert renewed.lease.until > short.until

    async def test_a_decision_is_taken_back_from_its_history_and_from_the_queue(
        self, console: Console
    ) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        for undoing in (
            ("/console/queue/undo", {"item": item.id}),
            (f"/console/history/{item.comment.id}/undo", {}),
        ):
            form = {"outcome": "reject", "clause": "person_insult", "together": "true"}
            await salma.post(f"/console/queue/{item.id}/resolve", form)
            page = (await salma.get(f"/console/history/{item.comment.id}")).text
            assert '<li class="rejected">' in page
            assert f"/console/history/{item.comment.id}/undo" in page
            assert (await salma.post(*undoing)).status_code == 303
            assert (await console.service.golden.agreement())[salma.account.id].share is None
            assert f'data-id="{item.id}"' in (await salma.get("/console/queue")).text

    async def test_it_goes_with_its_group_and_the_group_with_it(self, console: Console) -> None:
        alike = (await waiting(console, 1)).item or ""
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        page = (await salma.get(f"/console/queue/{item.id}")).text
        assert 'data-group="2"' in page
        assert 'data-group="2"' in (await salma.get(f"/console/queue/{alike}")).text
        form = {"outcome": "reject", "clause": "person_insult", "together": "true"}
        answer = await salma.post(f"/console/queue/{item.id}/resolve", form, **HTMX)
        assert answer.json()["items"] == [item.id, alike]
        assert (await console.service.store.get("c-4001")).decision is not None
        undone = await salma.post("/console/queue/undo", {"item": [item.id, alike]}, **HTMX)
        assert undone.text.count("data-id=") == 2
        await salma.post(f"/console/queue/{item.id}/release", {}, **HTMX)
        answer = await salma.post(f"/console/queue/{alike}/resolve", form, **HTMX)
        assert answer.json()["items"] == [alike, item.id]

    @pytest.mark.parametrize("golden_first", [True, False])
    async def test_what_lies_on_the_same_desk_goes_with_its_group_too(
        self, console: Console, golden_first: bool
    ) -> None:
        alike = (await waiting(console, 1)).item or ""
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        await salma.post(f"/console/queue/{alike}/take", {}, **HTMX)
        first, second = (item.id, alike) if golden_first else (alike, item.id)
        form = {"outcome": "reject", "clause": "person_insult", "together": "true"}
        answer = await salma.post(f"/console/queue/{first}/resolve", form, **HTMX)
        assert answer.json()["items"] == [first, second]

    async def test_many_are_decided_on_with_one_among_them(self, console: Console) -> None:
        real = (await waiting(console, 1)).item or ""
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        form = {"outcome": "escalate", "item": [item.id, real], "request": "r-1"}
        for _ in range(2):
            answer = await salma.post("/console/queue/bulk", form, **HTMX)
            assert answer.json() == {"items": [item.id, real], "refused": []}
        assert (await console.service.golden.agreement())[salma.account.id].open == 1


class TestNotes:
    async def test_a_note_is_kept_and_told_to_seniors_with_the_answer(
        self, console: Console
    ) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        senior = await console.sign_in("senior")
        item = await laid(console, salma)
        noted = await salma.post(f"/console/queue/{item.id}/note", {"text": "محير"}, **HTMX)
        assert "محير" in noted.text
        await salma.post(f"/console/history/{item.comment.id}/note", {"text": "أمحير؟"})
        page = (await salma.get(f"/console/queue/{item.id}")).text
        assert page.count('class="small note"') == 2
        site = (await senior.get("/console/site")).text
        assert "محير" in site
        assert salma.account.id in site


class TestMixingIn:
    @pytest.fixture(autouse=True)
    def _always(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.console.work.EVERY", 1)
        monkeypatch.setattr("api.console.work.random", Random(7))  # noqa: S311

    async def test_the_desk_is_as_full_and_as_ordered_as_without(self, console: Console) -> None:
        records = [await waiting(console, number) for number in range(1, 16)]
        made = await console.service.golden.add(BORDERLINE, Outcome.APPROVE, None, by="m-1")
        salma = await console.sign_in("moderator", "salma")
        work = Work(console.service, salma.account.id)
        items = await work.claim(10, Filters())
        assert len(items) == 10
        own = {record.item for record in records}
        (known,) = [item for item in items if item.id not in own]
        assert (await work.known_answer(known.id)) == made
        assert items == sorted(items, key=lambda item: (-item.severity, int(item.id)))
        # It comes up once.
        assert all(item.id in own for item in await work.claim(5, Filters()))

    async def test_its_number_and_age_lie_among_those_that_were_kept_back(
        self, console: Console
    ) -> None:
        places = console.service.golden.places
        await waiting(console, 1)
        head = (await console.service.store.audit.head()).number
        await places.sow()
        await places.sow()
        await waiting(console, 2)
        number, queued = await places.number_among([1, 3])
        assert (number, queued.head) == ("2", head)
        assert (await places.number_among([1, 3]))[0] == "4"

    async def test_two_that_ask_at_once_get_two_numbers(self, golden: Golden) -> None:
        await golden.places.sow()
        asked = (golden.places.number_among([0, 3]) for _ in range(4))
        assert len({number for number, _ in await asyncio.gather(*asked)}) == 4

    async def test_of_two_changes_at_once_none_is_lost(self, golden: Golden) -> None:
        placed = await _placed_one(golden)
        stale = await golden.places.at(placed.number)
        assert stale is not None
        now = await golden.places.now()
        lease = timedelta(minutes=5)
        await golden.places.change(placed, lambda each, at: each.take("m-1", at, lease))
        assert not await golden.places.keep(stale.take("m-2", now, lease))
        with pytest.raises(Conflict, match="held"):
            await golden.places.change(placed, lambda each, at: each.take("m-2", at, lease))
        notes = [
            golden.places.change(placed, lambda each, at, text=text: each.note("m-1", text, at))
            for text in ("one", "two", "three")
        ]
        await asyncio.gather(*notes)
        found = await golden.places.at(placed.number)
        assert found is not None
        assert found.lease
        assert found.lease.moderator == "m-1"
        assert {note.text for note in found.notes} == {"one", "two", "three"}

    async def test_one_that_was_taken_is_not_forgotten_however_long_ago_it_was_queued(
        self, golden: Golden
    ) -> None:
        now = await golden.places.now()
        old = await _placed_one(golden, Moment(now.at - timedelta(days=8), 0))
        assert await golden.places.keep(
            replace(old, number="2").take("m-1", now, timedelta(minutes=30)),
        )
        await golden.places.sow()
        assert [each.number for each in await golden.places.all()] == ["2"]

    async def test_one_that_the_filters_leave_out_is_not_mixed_in(self, console: Console) -> None:
        for number in range(1, 6):
            await waiting(console, number)
        await console.service.golden.add(
            BORDERLINE, Outcome.APPROVE, None, title="عنوان آخر تماما", by="m-1"
        )
        salma = await console.sign_in("moderator", "salma")
        items = await Work(console.service, salma.account.id).claim(
            3, Filters(article="article-17")
        )
        assert len(items) == 3
        assert await console.service.golden.places.all() == []

    async def test_what_the_machine_would_publish_comes_by_the_watch_list_alone(
        self, console: Console
    ) -> None:
        store, engine = console.service.store, console.service.equipment.engine
        await waiting(console, 1)
        assert await guise_of("شكرا على المقال المفيد", "", store, engine) is None
        await store.review.add(ReviewKind.ARTICLES, "article-17", by="m-1")
        guise = await guise_of("شكرا على المقال المفيد", "", store, engine)
        assert guise is not None
        assert Mark.WATCHED in guise.marks

    async def test_what_the_machine_would_refuse_looks_flagged(self, console: Console) -> None:
        store, engine = console.service.store, console.service.equipment.engine
        assert engine.judge(Comment("1", "يا قحبة")).action is Action.REJECT
        guise = await guise_of("يا قحبة", "", store, engine)
        assert guise is not None
        assert guise.verdict.action is Action.FLAG
        assert all(reason.action is not Action.REJECT for reason in guise.verdict.reasons)

    @pytest.mark.parametrize(
        ("sample", "made"),
        [
            ("c-1234", r"c-12\d\d"),
            ("reader7", r"reader\d"),
            ("comments/88/1234", r"comments/8\d/12\d\d"),
            ("سعيد", r"سعيد-\d{4}"),
            ("3f2a9c1e-8b7d-4e6f-9a0b-1c2d3e4f5a6b", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ],
    )
    def test_an_id_is_made_like_another(self, sample: str, made: str) -> None:
        for seed in range(20):
            assert re.fullmatch(made, like(sample, Random(seed)))  # noqa: S311

    async def test_an_author_is_nobody_who_commented(self, console: Console) -> None:
        store, engine = console.service.store, console.service.equipment.engine
        for number, author in enumerate(("سعاد محمد", "كريم حسن")):
            comment = Comment(f"c-{number}", BORDERLINE, ARTICLE, author)
            await store.submit(comment, engine.judge(comment))
        guise = await guise_of(BORDERLINE, "", store, engine)
        assert guise is not None
        assert guise.comment.author is not None
        assert (await store.authors.history(guise.comment.author)).submitted == 0


class TestApart:
    async def test_it_touches_no_trail_no_record_and_no_statistic(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        service = console.service
        head, recent = await service.store.audit.head(), await service.store.recent()
        counts = await service.store.queue.counts()
        item = await laid(console, salma)
        path = f"/console/queue/{item.id}"
        await salma.post(f"{path}/note", {"text": "ملاحظة"})
        await salma.post(f"{path}/release", {})
        await salma.post(f"{path}/take", {})
        await salma.post(f"{path}/resolve", {"outcome": "reject", "clause": "person_insult"})
        await salma.post("/console/queue/undo", {"item": item.id})
        await salma.post(f"/console/history/{item.comment.id}/reopen", {})
        await salma.post(f"{path}/resolve", {"outcome": "escalate"})
        assert await service.store.audit.head() == head
        assert await service.store.recent() == recent
        assert await service.store.queue.counts() == counts
        senior = await console.sign_in("senior")
        exported = (await senior.get("/console/export/decisions.jsonl")).text
        assert item.comment.id not in exported

    async def test_taken_out_it_leaves_every_desk(self, console: Console) -> None:
        await waiting(console, 1)
        salma = await console.sign_in("moderator", "salma")
        item = await laid(console, salma)
        made: GoldenItem | None = await Work(console.service, "m-1").known_answer(item.id)
        assert made is not None
        await console.service.golden.remove(made.id)
        assert f'data-id="{item.id}"' not in (await salma.get("/console/queue")).text
        assert (await salma.get(f"/console/queue/{item.id}")).status_code == 404
