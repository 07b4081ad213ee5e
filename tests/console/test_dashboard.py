"""The dashboard and the transparency report."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from api.judging import judged
from moderation.comment import Article, Comment
from moderation.finding import Source
from moderation.store import Outcome, Resolution
from moderation.verdict import Action, Reason, Verdict, Versions
from tests.console.signing import Console, Person

pytestmark = pytest.mark.anyio

CLEAN, REFUSED = "شكرا للكاتب على المقال", "يا قحبة"
FLAGGED = ("يا كلب", "يا كلب الحي", "هذا كلب", "كلب كبير", "أنت كلب", "كلب صغير")
RULE = "terms/animal"


async def submitted(console: Console, identifier: str, text: str) -> str | None:
    """The queue item of a comment, where it waits."""
    comment = Comment(identifier, text, Article("خبر", id="a-1", section="أخبار"), author="r-1")
    comment, verdict = await judged(comment, console.service)
    return (await console.service.store.submit(comment, verdict, dialect="gulf")).item


async def decided(console: Console, person: Person, outcome: Outcome, number: int = 1) -> None:
    """So many flagged comments that a moderator decides; all of it counted."""
    clause = "person_insult" if outcome is Outcome.REJECT else None
    queue, name = console.service.store.queue, person.account.id
    for at in range(number):
        item = await submitted(console, f"{name}-{outcome}-{at}", FLAGGED[at])
        assert item
        await queue.take(item, name)
        await queue.resolve(item, name, Resolution(outcome, clause))
    await console.service.statistics.catch_up()


async def lines_of(person: Person, address: str) -> list[list[str]]:
    """A file's lines."""
    answer = await person.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def told(person: Person, period: str = "day") -> dict[tuple[str, str, str], str]:
    """The dashboard's file, by table, row and measure."""
    found = await lines_of(person, f"/console/dashboard/numbers.csv?period={period}")
    return {(table, row, measure): value for table, row, measure, value in found[1:]}


class TestDashboard:
    async def test_a_quiet_day_is_a_page_too(self, console: Console) -> None:
        moderator = await console.sign_in()
        answer = await moderator.get("/console/dashboard")
        assert answer.status_code == 200
        # Without a decision there is no share.
        assert "%" not in answer.text.partition('id="numbers"')[2]

    async def test_sources_are_called_as_their_readers_call_them(self, console: Console) -> None:
        sources = (Source("model", "violation", "1"), Source("rule", RULE, "1"))
        reasons = tuple(Reason("person_insult", Action.FLAG, each, 0.9) for each in sources)
        verdict = Verdict(Action.FLAG, reasons, {}, Versions("1", "1", "1"))
        await console.service.store.submit(Comment("seen", "كلام"), verdict)
        await console.service.statistics.catch_up()
        for role, linked in (("moderator", False), ("senior", True)):
            page = (await (await console.sign_in(role)).get("/console/dashboard")).text
            assert "مخالفة أيا كان بندها" in page
            assert ">violation<" not in page
            # Moderators have no pages of rules.
            assert (f'href="/console/rules/{RULE}"' in page) is linked

    async def test_the_file_has_every_number(self, console: Console) -> None:
        senior = await console.sign_in("senior")
        await submitted(console, "clean", CLEAN)
        await submitted(console, "refused", REFUSED)
        await submitted(console, "waits", FLAGGED[5])
        await decided(console, senior, Outcome.APPROVE, 2)
        await decided(console, senior, Outcome.REJECT, 3)
        found = await told(senior)
        assert found["totals", "", "comments"] == "8"
        assert found["totals", "", "automated"] == "2"
        assert found["totals", "", "decisions"] == "5"
        assert found["totals", "", "overturned"] == "2"
        assert found["rules", RULE, "hits"] == "6"
        assert found["rules", RULE, "alone"] == "6"
        assert (found["rules", RULE, "upheld"], found["rules", RULE, "overturned"]) == ("3", "2")
        assert found["clauses", "person_insult", "refused_by_moderators"] == "3"
        assert found["clauses", "profanity", "refused_by_machine"] == "1"
        assert found["moderators", senior.account.id, "reject"] == "3"
        assert found["queue_now", "", "waiting"] == "1"
        assert sum(int(found[key]) for key in found if key[0] == "comments") == 8

    async def test_moderators_see_themselves_and_seniors_everybody(self, console: Console) -> None:
        mine, other = await console.sign_in(), await console.sign_in()
        senior = await console.sign_in("senior")
        for person in (mine, other):
            await decided(console, person, Outcome.APPROVE)
        own = (await mine.get("/console/dashboard")).text
        assert mine.account.id in own
        assert other.account.id not in own
        assert ("moderators", other.account.id, "approve") not in await told(mine)
        every = (await senior.get("/console/dashboard")).text
        assert mine.account.id in every
        assert other.account.id in every
        assert mine.account.name not in every

    async def test_a_share_comes_with_its_number_and_few_are_marked(self, console: Console) -> None:
        moderator = await console.sign_in()
        await decided(console, moderator, Outcome.APPROVE, 2)
        await decided(console, moderator, Outcome.REJECT, 2)
        page = (await moderator.get("/console/dashboard", **{"Accept-Language": "en"})).text
        row = page.partition(f"<bdi>{RULE}</bdi>")[2].partition("</tr>")[0]
        assert "50%" in row
        assert "of 4 decisions" in row
        assert "Few" in row

    async def test_only_numbers_are_refreshed(self, console: Console) -> None:
        moderator = await console.sign_in()
        address = "/console/dashboard/numbers?period=week"
        page = (await moderator.get("/console/dashboard?period=week")).text
        assert f'hx-get="{address}" hx-trigger="every 30s"' in page
        part = await moderator.get(address, **{"HX-Request": "true"})
        assert "<html" not in part.text
        assert part.text.startswith('<div id="numbers"')
        # What is over does not change.
        past = "/console/dashboard?period=own&since=2026-01-01&until=2026-01-31"
        assert "hx-trigger" not in (await moderator.get(past)).text

    @pytest.mark.parametrize(
        "query",
        [
            "period=never",
            "period=own",
            "period=own&since=2026-02-01&until=",
            "period=own&since=2026-02-01&until=2026-01-01",
            "period=own&since=2020-01-01&until=2026-01-01",
            "period=own&since=0001-01-01&until=0001-01-02",
            "period=own&since=9999-12-31&until=9999-12-31",
            "since=yesterday",
        ],
    )
    @pytest.mark.parametrize("page", ["dashboard", "dashboard/numbers.csv", "transparency"])
    async def test_a_period_that_is_none_is_refused(
        self, console: Console, page: str, query: str
    ) -> None:
        moderator = await console.sign_in()
        answer = await moderator.get(f"/console/{page}?{query}")
        assert answer.status_code == 422
        assert "since" in answer.text or "period" in answer.text

    async def test_the_last_of_ones_own_dates_is_included(self, console: Console) -> None:
        moderator = await console.sign_in()
        await decided(console, moderator, Outcome.APPROVE)
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        found = await told(moderator, f"own&since={today}&until={today}")
        assert found["totals", "", "comments"] == "1"

    async def test_golden_agreement_is_shown_of_people_and_machine(self, console: Console) -> None:
        senior = await console.sign_in("senior")
        golden = console.service.golden
        item = await golden.add("يا قحبة", Outcome.REJECT, "profanity", by=senior.account.id)
        await golden.answer(senior.account.id, item.id, Resolution(Outcome.APPROVE))
        found = await told(senior)
        assert (found["golden", "machine", "right"], found["golden", "machine", "wrong"]) == (
            "1",
            "0",
        )
        assert found["golden", senior.account.id, "wrong"] == "1"


class TestTransparency:
    async def test_the_report_speaks_both_languages_and_names_nobody(
        self, console: Console
    ) -> None:
        senior = await console.sign_in("senior")
        await submitted(console, "clean", CLEAN)
        await submitted(console, "refused", REFUSED)
        await decided(console, senior, Outcome.APPROVE)
        await decided(console, senior, Outcome.REJECT, 3)
        appeal = await console.service.store.appeal("refused", "لماذا")
        await console.service.store.queue.take(appeal.id, "m-2")
        await console.service.store.queue.resolve(appeal.id, "m-2", Resolution(Outcome.APPROVE))
        await console.service.statistics.catch_up()
        for language, word in (("ar", "تقرير الشفافية"), ("en", "Transparency report")):
            await senior.post("/console/language", {"language": language})
            page = (await senior.get("/console/transparency")).text
            assert f"<h1>{word}</h1>" in page
            assert "m-2" not in page
            assert senior.account.id not in page
        rows = await lines_of(senior, "/console/transparency/report.csv")
        assert rows[0] == ["section", "measure", "ar", "en", "value", "of", "share"]
        found = {(row[0], row[1]): tuple(row[4:]) for row in rows[1:]}
        assert len(found) == len(rows) - 1
        assert found["volume", "comments"] == ("6", "", "")
        assert found["automation", "automated"] == ("2", "7", "0.2857")
        assert found["by_clause", "refused.person_insult"] == ("3", "", "")
        assert found["by_clause", "refused.person_insult.by_moderators"] == ("3", "3", "1.0")
        assert found["accuracy", "refusals_changed_on_appeal"] == ("1", "1", "1.0")
        assert found["accuracy", "flags_published"] == ("2", "5", "0.4")
        assert found["appeals", "appeals_overturned"] == ("1", "1", "1.0")
        assert found["languages", "dialect.gulf"] == ("6", "6", "1.0")
        assert found["people", "active_moderators"] == ("2", "", "")
        told = {row[1]: (row[2], row[3]) for row in rows}
        assert told["dialect.gulf"] == ("خليجية", "Gulf")


async def test_a_formula_stays_text(console: Console) -> None:
    # A clause that a record names may be anything that its policy once had.
    senior = await console.sign_in("senior")
    store = console.service.store
    item = await submitted(console, "c-1", FLAGGED[0])
    assert item
    await store.queue.take(item, "m-1")
    await store.queue.resolve(item, "m-1", Resolution(Outcome.REJECT, "=1+1"))
    await console.service.statistics.catch_up()
    rows = await lines_of(senior, "/console/dashboard/numbers.csv")
    assert {row[1] for row in rows if row[0] == "clauses"} >= {"'=1+1"}
