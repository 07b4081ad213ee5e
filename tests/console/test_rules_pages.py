"""The rule pages: what there is, what it does, editing, publishing, going back."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from fastapi import Request

from api.console import rule_testing
from api.console.workshop import checks
from api.console.workshop.checking import CheckFailedError
from api.service import Service
from moderation.comment import Comment
from moderation.store.item import Outcome, Resolution
from tests.console.signing import Console, Person
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.anyio

PACK = "packs/terms.yaml"
RULE = """
  - id: tree
    description: A tree
    clause: person_insult
    severity: serious
    when: { word: [شجرة] }
    examples: { match: [يا شجرة], no_match: [يا صديقي] }
"""


async def draft(service: Service, **changed: Any) -> dict[str, Any]:
    """What the editor's form carries: the pack with one more rule."""
    current = await service.rulebook.current()
    assert current
    text = (await service.rulebook.files(current.version))[PACK]
    return {"file": PACK, "base": current.version, "text": text.rstrip() + RULE} | changed


async def checked(person: Person, sent: dict[str, Any]) -> dict[str, Any]:
    """The same draft, of which the person has seen the whole check."""
    answer = await person.post("/console/rules/check", sent | {"thorough": "true"})
    assert answer.json()["failure"] == ""
    return sent


async def submitted(service: Service, identifier: str, text: str) -> str:
    """The queue item of a comment that is recorded."""
    comment = Comment(identifier, text)
    record = await service.store.submit(comment, service.equipment.engine.judge(comment))
    return record.item or ""


async def version(service: Service) -> str:
    current = await service.rulebook.current()
    assert current
    return current.version


@pytest.fixture
async def admin(console: Console) -> Person:
    return await console.sign_in("admin")


@pytest.mark.parametrize(
    "path",
    [
        "/console/rules",
        "/console/rules/terms/animal",
        "/console/rules/edit/packs/terms.yaml",
        "/console/rules/edit/policy.yaml",
        "/console/rules/history",
        "/console/rules/explain",
        "/console/rules/new",
        "/console/rules/import",
        "/console/rules/schema",
    ],
)
async def test_seniors_see_what_moderators_do_not(console: Console, path: str) -> None:
    senior, moderator = await console.sign_in("senior"), await console.sign_in()
    assert (await senior.get(path)).status_code == 200
    assert (await moderator.get(path)).status_code == 403


async def test_the_list_tells_of_each_rule_what_it_did(console: Console, admin: Person) -> None:
    service = console.service
    items = [await submitted(service, f"c-{number}", f"يا كلب {number}") for number in range(3)]
    await service.store.queue.claim("m-1", 3)
    await service.store.queue.resolve(items[0], "m-1", Resolution(Outcome.APPROVE))
    await service.store.queue.resolve(items[1], "m-1", Resolution(Outcome.REJECT, "person_insult"))
    await submitted(service, "c-9", "تجربة")
    await service.statistics.catch_up()
    page = (await admin.get("/console/rules?q=animal")).text
    assert page.count('<th scope="row">') == 1
    assert re.search(r'<td class="number">3</td>\s*<td class="number">50%', page)
    assert "ملفات على القرص" in page
    trial = (await admin.get("/console/rules?q=trial")).text
    assert "واحدة في الظل" in trial
    ordered = (await admin.get("/console/rules?sort=hits")).text
    rules = re.findall(r"/console/rules/terms/([a-z]+)\"", ordered)
    assert rules[0] == "animal"


async def test_a_rule_is_told_in_words_with_its_examples_and_hits(
    console: Console, admin: Person
) -> None:
    await submitted(console.service, "c-1", "يا <b>كلب")
    page = (await admin.get("/console/rules/terms/animal")).text
    assert "فيه كلمة من:" in page
    assert "id: animal" in page
    assert "يجب أن تصيبه · صحيح" in page
    assert "&lt;b&gt;<mark" in page
    assert (await admin.get("/console/rules/terms/none")).status_code == 404


async def test_a_rule_is_described_and_found_in_both_languages(
    console: Console, admin: Person
) -> None:
    arabic, english = "وصف الكاتب بالكذب", "The author is called a liar"
    asked = {"comment": "سليم الخطيب كذاب", "author": "سليم الخطيب"}
    for language, told, other in (("ar", arabic, english), ("en", english, arabic)):
        await admin.post("/console/language", {"language": language})
        pages = [
            await admin.get("/console/rules?q=liar"),
            await admin.get("/console/rules?q=بالكذب"),
            await admin.get("/console/rules/terms/author"),
            await admin.post("/console/rules/explain", asked),
        ]
        for page in pages:
            assert f">{told}<" in page.text
            assert f">{other}<" not in page.text


async def test_what_one_types_is_checked_at_its_line(console: Console, admin: Person) -> None:
    sent = await draft(console.service)
    sound = (await admin.post("/console/rules/check", sent)).json()["problems"]
    assert sound == []
    sent["text"] = (
        sent["text"]
        .replace("severity: mild", "severity: mild")
        .replace("no_match: [يا صديقي] }\n", "no_match: [الشجرة] }\n")
    )
    (problem,) = [
        each
        for each in (await admin.post("/console/rules/check", sent)).json()["problems"]
        if each["level"] == "error"
    ]
    assert problem["here"]
    assert problem["title"] == "مثال لا يصح"
    assert "الشجرة" in sent["text"].split("\n")[problem["line"] - 1]
    sent["text"] = sent["text"].replace("clause: person_insult", "claus: person_insult", 1)
    found = (await admin.post("/console/rules/check", sent)).json()["problems"]
    assert "أتقصد \u2066`clause`\u2069؟" in [each["remedy"] for each in found]
    sent["text"] = "pack: [\n"
    (broken,) = (await admin.post("/console/rules/check", sent)).json()["problems"]
    assert "YAML" in broken["message"]


async def test_nothing_is_read_outside_of_the_set(console: Console, admin: Person) -> None:
    sent = await draft(console.service, file="../../etc/passwd")
    (problem,) = (await admin.post("/console/rules/check", sent)).json()["problems"]
    assert (problem["message"], problem["language"]) == ("لا يصلح اسما لملف", "ar")
    assert (await admin.get("/console/rules/edit/..%2f..%2fetc/passwd")).status_code == 404
    assert (await admin.post("/console/rules/check", sent | {"base": "x"})).status_code == 422


async def test_a_draft_is_tried_before_it_serves(console: Console, admin: Person) -> None:
    sent = await draft(console.service, comment="يا شجرة", parent="<i>")
    shown = (await admin.post("/console/rules/try", sent, **{"HX-Request": "true"})).text
    assert "terms/tree" in shown
    assert '<mark class="clause-person_insult"' in shown
    whole = await admin.post("/console/rules/try", sent)
    assert "terms/tree" in whole.text
    assert "&lt;i&gt;" in whole.text
    broken = sent | {"text": "pack: ["}
    assert (
        "أصلح أخطاء الملف"
        in (await admin.post("/console/rules/try", broken, **{"HX-Request": "true"})).text
    )
    assert console.service.equipment.engine.judge(Comment("x", "يا شجرة")).action == "allow"


async def test_a_dry_run_shows_what_would_change(console: Console, admin: Person) -> None:
    for number in range(3):
        await submitted(console.service, f"c-{number}", f"زرعنا شجرة {number}")
    sent = await draft(console.service, count=500)
    begun = await admin.post("/console/rules/dry-run", sent)
    assert begun.status_code == 303
    for _ in range(200):
        page = await admin.get(begun.headers["location"])
        if "refresh" not in page.headers:
            break
        await asyncio.sleep(0.1)
    assert "تتغير 3 أحكام" in page.text
    assert "زرعنا <mark" in page.text
    stranger = await console.sign_in("admin")
    assert (await stranger.get(begun.headers["location"])).status_code == 404


async def test_of_dry_runs_that_wait_only_a_persons_last_is_made(
    console: Console, admin: Person
) -> None:
    await submitted(console.service, "c-1", "زرعنا شجرة")
    sent = await draft(console.service)
    begun = [await admin.post("/console/rules/dry-run", sent) for _ in range(3)]
    places = [answer.headers["location"] for answer in begun]
    for _ in range(200):
        pages = [await admin.get(place) for place in places]
        if not any("refresh" in page.headers for page in pages):
            break
        await asyncio.sleep(0.1)
    assert [("يتغير حكم واحد" in page.text) for page in pages] in (
        [True, False, True],
        [False, False, True],
    )
    assert "بدأت تشغيلا آخر" in pages[1].text


async def test_publishing_needs_an_admin_a_reason_and_a_sound_file(
    console: Console, admin: Person
) -> None:
    service = console.service
    before = await version(service)
    sent = await draft(service)
    senior = await console.sign_in("senior")
    assert (await senior.post("/console/rules/publish", sent | {"why": "x"})).status_code == 403
    unreasoned = await admin.post("/console/rules/publish", sent)
    assert unreasoned.status_code == 422
    assert "اكتب السبب" in unreasoned.text
    broken = sent | {"why": "x", "text": sent["text"].replace("[شجرة]", "[]")}
    refused = await admin.post("/console/rules/publish", broken)
    assert refused.status_code == 422
    assert "السطر" in refused.text
    assert await version(service) == before

    done = await admin.post("/console/rules/publish", await checked(admin, sent | {"why": "أشجار"}))
    assert done.status_code == 303
    assert done.headers["location"].startswith("/console/rules/edit/packs/terms.yaml?published=")
    assert service.equipment.engine.judge(Comment("x", "يا شجرة")).action == "flag"
    history = (await admin.get("/console/rules/history")).text
    assert "أشجار" in history
    assert admin.account.id in history
    assert admin.account.name not in history.split("</header>")[1]


async def test_what_was_not_checked_is_checked_and_shown_before_it_is_published(
    console: Console, admin: Person
) -> None:
    """The rule of the draft holds for an everyday word alone, which is a likely mistake."""
    service = console.service
    before = await version(service)
    sent = await draft(service, why="أشجار")
    halted = await admin.post("/console/rules/publish", sent)
    assert halted.status_code == 409
    assert "لم تكن قد رأيت ما وجده فحص هذا النص" in halted.text
    assert "شجرة" in halted.text.split('id="problems"')[1].split("</ul>")[0]
    assert 'value="أشجار"' in halted.text
    assert await version(service) == before
    # Another text is another draft, whatever was seen of the first.
    other = sent | {"text": sent["text"].replace("[شجرة]", "[نخلة]").replace("يا شجرة", "يا نخلة")}
    assert (await admin.post("/console/rules/publish", other)).status_code == 409
    assert (await admin.post("/console/rules/publish", sent)).status_code == 303
    assert await version(service) != before


@pytest.mark.parametrize("address", ["/console/rules/check", "/console/rules/edit"])
async def test_what_a_colleague_was_shown_is_shown_to_the_admin_before_it_is_published(
    console: Console, admin: Person, address: str
) -> None:
    service, senior = console.service, await console.sign_in("senior")
    before = await version(service)
    sent = await draft(service, why="أشجار")
    seen = await senior.post(address, sent | {"thorough": "true"})
    assert "شجرة" in seen.text
    halted = await admin.post("/console/rules/publish", sent)
    assert halted.status_code == 409
    assert "شجرة" in halted.text.split('id="problems"')[1].split("</ul>")[0]
    assert await version(service) == before
    assert (await admin.post("/console/rules/publish", sent)).status_code == 303


@pytest.mark.parametrize("address", ["/console/rules/check", "/console/rules/edit"])
async def test_an_admin_who_was_shown_the_check_publishes_at_once(
    console: Console, admin: Person, address: str
) -> None:
    sent = await draft(console.service, why="أشجار")
    await admin.post(address, sent | {"thorough": "true"})
    assert (await admin.post("/console/rules/publish", sent)).status_code == 303


async def test_a_check_told_soon_is_not_the_whole_check(console: Console, admin: Person) -> None:
    sent = await draft(console.service, why="أشجار")
    await admin.post("/console/rules/check", sent)
    assert (await admin.post("/console/rules/publish", sent)).status_code == 409


@pytest.mark.parametrize("path", ["check", "edit", "publish"])
async def test_a_check_whose_answer_nobody_waited_for_was_not_seen(
    console: Console, admin: Person, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def left(_: Request) -> bool:
        return True

    sent = await draft(console.service, why="أشجار")
    with monkeypatch.context() as gone:
        gone.setattr(Request, "is_disconnected", left)
        await admin.post(f"/console/rules/{path}", sent | {"thorough": "true"})
    assert (await admin.post("/console/rules/publish", sent)).status_code == 409


async def test_a_sound_text_is_published_at_once_though_nobody_checked_it(
    console: Console, admin: Person
) -> None:
    sent = await draft(console.service, file="policy.yaml", why="ملاحظة")
    text = (await console.service.rulebook.files(sent["base"]))["policy.yaml"]
    sent["text"] = f"# looked through by the desk\n{text}"
    assert (await admin.post("/console/rules/publish", sent)).status_code == 303


async def test_an_admin_publishes_though_the_check_fails_to_run(
    console: Console, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise CheckFailedError("the check ended with an error: x")

    monkeypatch.setattr(checks, "checked", fails)
    service = console.service
    before = await version(service)
    sent = await draft(service, why="أشجار")
    found = await admin.post("/console/rules/check", sent | {"thorough": "true"})
    assert found.status_code == 200
    assert found.json()["failure"]
    assert "تعذر فحص هذا النص" in (await admin.post("/console/rules/edit", sent)).text
    halted = await admin.post("/console/rules/publish", sent)
    assert halted.status_code == 409
    assert "انشر بلا فحص كامل" in halted.text
    assert '<p class="notice warn" id="unchecked">' in halted.text
    assert await version(service) == before

    broken = sent | {"unchecked": "true", "text": sent["text"].replace("[شجرة]", "[]")}
    assert (await admin.post("/console/rules/publish", broken)).status_code == 422
    assert await version(service) == before
    done = await admin.post("/console/rules/publish", sent | {"unchecked": "true"})
    assert done.status_code == 303


async def test_a_dry_run_of_the_draft_that_goes_on_is_waited_for_or_expressly_not(
    console: Console, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def endless(*_: object, **__: object) -> None:
        await never.wait()

    monkeypatch.setattr(rule_testing, "dry_run_beside", endless)
    sent = await checked(admin, await draft(console.service, why="أشجار"))
    other = await checked(admin, sent | {"text": sent["text"] + "# another text\n"})
    await admin.post("/console/rules/dry-run", other)
    await admin.post("/console/rules/dry-run", sent)
    halted = await admin.post("/console/rules/publish", sent)
    assert halted.status_code == 409
    assert "التشغيل التجريبي لهذا النص لم ينته" in halted.text
    assert '<p class="notice warn" id="unawaited">' in halted.text
    assert 'id="progress"' in halted.text
    done = await admin.post("/console/rules/publish", sent | {"unawaited": "true"})
    assert done.status_code == 303


async def test_lines_are_published_as_they_were_typed(console: Console, admin: Person) -> None:
    sent = await draft(console.service, why="lines")
    text = sent["text"]
    typed = await checked(admin, sent | {"text": text.replace("\n", "\r\n")})
    await admin.post("/console/rules/publish", typed)
    files = await console.service.rulebook.files(await version(console.service))
    assert files[PACK] == text


async def test_a_second_edit_is_a_conflict_that_is_shown_and_can_be_put_on_top(
    console: Console, admin: Person
) -> None:
    service, other = console.service, await console.sign_in("admin")
    mine = await draft(service, why="mine")
    theirs = await draft(service, why="كلاب أيضا")
    theirs["text"] = theirs["text"].replace("[كلب]", "[كلب, جرو]").replace(RULE, "\n")
    published = await other.post("/console/rules/publish", await checked(other, theirs))
    assert published.status_code == 303
    current = await version(service)

    answer = await admin.post("/console/rules/publish", await checked(admin, mine))
    assert answer.status_code == 409
    assert "كلاب أيضا" in answer.text
    assert other.account.id in answer.text
    assert "جرو" in answer.text
    assert await version(service) == current

    again = await admin.post("/console/rules/reapply", mine)
    assert f'name="base" value="{current}"' in again.text
    assert "جرو" in again.text
    assert "id: tree" in again.text
    assert "&lt;&lt;&lt;&lt;" not in again.text


async def test_edits_of_the_same_line_are_both_kept_and_cannot_be_published(
    console: Console, admin: Person
) -> None:
    service = console.service
    base = await draft(service, why="one")
    text = base["text"].replace(RULE, "\n")
    first = base | {"text": text.replace("[كلب]", "[كلب, جرو]")}
    second = base | {"text": text.replace("[كلب]", "[كلب, هر]")}
    await admin.post("/console/rules/publish", await checked(admin, first))
    again = (await admin.post("/console/rules/reapply", second)).text
    assert "&lt;&lt;&lt;&lt;&lt;&lt;&lt; mine" in again
    assert "جرو" in again
    assert "هر" in again
    assert "في موضع واحد" in again


async def test_an_old_version_is_compared_and_served_again(console: Console, admin: Person) -> None:
    service = console.service
    before = await version(service)
    sent = await checked(admin, await draft(service, why="أشجار"))
    await admin.post("/console/rules/publish", sent)
    now = await version(service)
    page = (await admin.get(f"/console/rules/difference?before={now}&after={before}")).text
    assert 'class="removed"' in page
    assert "id: tree" in page
    assert (await admin.post("/console/rules/rollback", {"version": before})).status_code == 422
    back = await admin.post("/console/rules/rollback", {"version": before, "why": "خطأ"})
    assert back.status_code == 303
    assert await version(service) == before
    assert service.equipment.engine.judge(Comment("x", "يا شجرة")).action == "allow"


async def test_what_a_rule_did_is_shown_then_undone(console: Console, admin: Person) -> None:
    service = console.service
    for number in range(2):
        await submitted(service, f"c-{number}", f"يا كلب {number}")
    plan = await admin.post("/console/rules/terms/animal/revert", {"days": 7})
    assert "غيّر حكمين" in plan.text
    assert "<mark" in plan.text
    assert (await service.store.get("c-0")).status == "waiting"
    unreasoned = await admin.post("/console/rules/terms/animal/revert", {"apply": "true"})
    assert unreasoned.status_code == 422
    done = await admin.post(
        "/console/rules/terms/animal/revert", {"apply": "true", "why": "قاعدة خاطئة"}
    )
    assert "تغير حكمان" in done.text
    assert (await service.store.get("c-0")).status == "published"


async def test_without_chosen_words_the_term_is_left_to_be_written(
    console: Console, admin: Person
) -> None:
    item = await submitted(console.service, "c-1", "يا كلب، أنت مرتزقة")
    async with asyncio.timeout(PATIENT_SECONDS):
        form = await admin.post("/console/rules/from-item", {"item": item, "chosen": ""})
    assert form.status_code == 200
    assert 'name="term" dir="auto" required maxlength="200" value=""' in form.text


async def test_from_words_in_the_queue_to_a_rule_in_the_editor(
    console: Console, admin: Person
) -> None:
    item = await submitted(console.service, "c-1", "يا كلب، أنت مـرتـزقة")
    form = (await admin.post("/console/rules/from-item", {"item": item, "chosen": "مـرتـزقة"})).text
    assert 'name="term" dir="auto" required maxlength="200" value="مرتزقة"' in form
    assert 'value="person_insult" selected' in form
    assert 'value="mild" selected' in form
    assert 'name="shadow" value="true" checked' in form
    assert "أنت مـرتـزقة</textarea>" in form
    innocent = re.search(r'<textarea id="no_match"[^>]*>\n([^<]+)</textarea>', form)
    assert innocent
    values = {
        "id": "site-1",
        "description": "مرتزقة",
        "clause": "person_insult",
        "severity": "mild",
        "operator": "word",
        "term": "مرتزقة",
        "shadow": "true",
        "match": "يا كلب، أنت مـرتـزقة",
        "no_match": innocent[1],
        "pack": "packs/site.yaml",
    }
    caught = await admin.post("/console/rules/draft", values | {"no_match": "المرتزقة كثر"})
    assert caught.status_code == 422
    assert "تصيب هذا المثال البريء" in caught.text
    opened = (await admin.post("/console/rules/draft", values)).text
    assert "id: site-1" in opened
    assert 'name="file" value="packs/site.yaml"' in opened
    text = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', opened, re.DOTALL)
    assert text
    sent = {
        "file": "packs/site.yaml",
        "base": await version(console.service),
        "text": text[1],
        "why": "من الطابور",
    }
    assert (await admin.post("/console/rules/publish", sent)).status_code == 303
    verdict = console.service.equipment.engine.judge(Comment("x", "هؤلاء مرتزقة"))
    assert [finding.source.name for finding in verdict.shadow] == ["site/site-1"]
    # The second rule goes into the same pack, below what stands there.
    second = (await admin.post("/console/rules/draft", values | {"id": "site-2"})).text
    assert second.index("id: site-1") < second.index("id: site-2")
    taken = await admin.post("/console/rules/draft", values)
    assert taken.status_code == 422


async def test_a_new_list_is_published_with_the_pack_that_names_it(
    console: Console, admin: Person
) -> None:
    sent = {"name": "birds", "kind": "list", "description": "طيور", "pack": PACK}
    opened = (await admin.post("/console/rules/new", sent)).text
    other = re.search(r'<textarea name="other_text"[^>]*>\n(.*?)</textarea>', opened, re.DOTALL)
    assert other
    assert "file: birds.txt" in other[1]
    form = {
        "file": "packs/birds.txt",
        "base": await version(console.service),
        "text": "# طيور\nغراب\n",
        "other": PACK,
        "other_text": re.sub("&#34;", '"', other[1]),
        "why": "طيور",
    }
    assert (await admin.post("/console/rules/publish", form)).status_code == 303
    files = await console.service.rulebook.files(await version(console.service))
    assert files["packs/birds.txt"] == "# طيور\nغراب\n"
    assert (await admin.post("/console/rules/new", sent | {"name": "../x"})).status_code == 422
    assert (await admin.post("/console/rules/new", sent | {"name": "birds"})).status_code == 422


async def test_a_list_of_another_system_becomes_a_pack_and_says_what_is_left(
    console: Console, admin: Person
) -> None:
    sent = {
        "origin": "words",
        "name": "imported",
        "clause": "person_insult",
        "severity": "mild",
        "content": "غراب\nغراب\n" + "س" * 300,
    }
    page = await admin.post("/console/rules/import", sent)
    assert page.status_code == 200
    assert "انتقل مدخل واحد" in page.text
    assert "بقي مدخلان" in page.text
    text = re.search(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert text
    opened = await admin.post(
        "/console/rules/edit",
        {
            "file": "packs/imported.yaml",
            "base": await version(console.service),
            "text": text[1].replace("&#34;", '"').replace("&#39;", "'"),
        },
    )
    assert "سليم" in opened.text
    wrong = await admin.post("/console/rules/import", sent | {"name": "terms"})
    assert wrong.status_code == 422


async def test_an_explanation_tells_why_not(console: Console, admin: Person) -> None:
    form = {"comment": "المكلبش جاء", "rule": "animal"}
    page = (await admin.post("/console/rules/explain", form)).text
    assert "لم تصب" in page
    assert "«كلب» داخل" in page
    unknown = await admin.post("/console/rules/explain", form | {"rule": "animl"})
    assert unknown.status_code == 422
    assert "ليس هناك قاعدة «animl»؛ أتقصد animal" in unknown.text
