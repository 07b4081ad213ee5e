"""The rule workshop in a real browser: an admin changes rules and sees what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.console import account, sign_in, signed_in, submit
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

PACK = "packs/author_insult.yaml"
EDITOR = f"/console/rules/edit/{PACK}"
TREE = """
  - id: tree
    description: A tree
    clause: author_insult
    severity: serious
    when: { word: [نخلة] }
    examples: { match: [يا نخلة], no_match: [يا صديقي] }
"""
SMALL = {
    "author_insult": """pack: author_insult
version: 1.0.0
description: { ar: الإساءة إلى الكاتب, en: Insults at the author }

rules:
  - id: hack
    description: { ar: وصف الكاتب بالمأجور, en: The author is called a hack }
    clause: author_insult
    severity: mild
    when: { near: { of: [{ word: [كاتب] }, { word: [مأجور] }], within: 1 } }
    examples: { match: [كاتب مأجور], no_match: [كاتب مبدع] }
""",
    "person_insult": """pack: person_insult
version: 1.0.0
description: { ar: الإساءة إلى الأشخاص, en: Insults at persons }

rules:
  - id: called-names
    description: { ar: وصف شخص بالنفاق, en: Somebody is called a hypocrite }
    clause: person_insult
    severity: mild
    when: { word: [منافق] }
    examples: { match: [الوزير منافق], no_match: [الوزير موافق] }
""",
}
RUN = re.compile(r"/console/rules/dry-run\?run=")
READ = re.compile("It reads well|Sound|يُقرأ بلا خطأ|سليم")
SERIOUS = {"serious", "critical"}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Serving]:
    """A service of the test's own. Its packs are two small ones: the workshop treats them as it
    treats large ones, sooner.
    """
    packs = tmp_path / "packs"
    packs.mkdir()
    for name, text in SMALL.items():
        (packs / f"{name}.yaml").write_text(text, "utf-8")
    started = Serving.start(tmp_path / "data", "--rules", str(packs))
    yield started
    started.stop()


@pytest.fixture
def client(fresh: Serving) -> Iterator[httpx.Client]:
    """The site's own access to the service, as its admin."""
    assert fresh.first_key
    yield fresh.client(fresh.first_key)


@pytest.fixture
def admin(fresh: Serving, page: Page) -> Page:
    """An admin's browser."""
    account(fresh, "omar", "admin")
    sign_in(page, fresh, "omar")
    return page


def opened(page: Page, serving: Serving, address: str = EDITOR) -> None:
    """Opens the editor and waits until it was read."""
    page.goto(serving.address + address)
    expect(page.locator(".cm-content")).to_be_visible()
    expect(page.locator("#state")).to_contain_text(READ)


def append(page: Page, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def publish(page: Page, why: str) -> None:
    page.locator("#publish-open").click()
    expect(page.locator("#publish")).to_be_visible()
    page.locator("#why").fill(why)
    page.locator("#publish-now").click()


def published(page: Page) -> None:
    expect(page.locator(".notice.good")).to_be_visible()


def test_a_rule_from_first_mistake_to_rollback(
    fresh: Serving,
    client: httpx.Client,
    admin: Page,
    record_property: pytest.RecordProperty,
) -> None:
    page = admin
    for number in range(3):
        assert submit(client, f"before-{number}", f"زرعنا نخلة {number}")["status"] == "published"
    opened(page, fresh)

    # A mistake is told at its line, and keeps the file from being published.
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("packs: x\n")
    link = page.locator("#problems [data-line]").first
    expect(link).to_have_attribute("data-line", "1")
    expect(page.locator("#problems .problem.error").first).to_contain_text("did you mean `pack`?")
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    page.locator("#publish-open").click()
    expect(page.locator("#publish")).to_be_hidden()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Delete")
    expect(page.locator("#problems .problem.error")).to_have_count(0)

    # A new rule is tried on a comment before anybody is judged by it.
    append(page, TREE)
    page.locator("#comment").fill("كاتب المقال نخلة")
    expect(page.locator("#tried")).to_contain_text("author_insult/tree")
    expect(page.locator("#tried mark").first).to_be_visible()
    assert submit(client, "between", "اشترينا نخلة للحديقة")["status"] == "published"

    page.locator("#dry-run").click()
    expect(page.locator("#result")).to_contain_text("4 verdicts change")
    expect(page.locator("#result details ol li")).to_have_count(4)

    publish(page, "تجربة النخل")
    published(page)
    began = monotonic()
    eventually(
        lambda: submit(client, f"after-{monotonic()}", "نخلة في الدار")["status"] == "waiting"
    )
    record_property("seconds until a comment was judged by the rule", monotonic() - began)

    page.goto(f"{fresh.address}/console/rules?q=tree")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="author_insult/tree").click()
    expect(page.locator("main")).to_contain_text("نخلة")
    expect(page.locator("#recent + ul mark").first).to_be_visible()

    page.goto(f"{fresh.address}/console/rules/history")
    expect(page.locator("tbody tr").first).to_contain_text("تجربة النخل")
    page.get_by_role("link", name="Go back to it").first.click()
    expect(page.locator("tr.removed").first).to_be_visible()
    page.locator("#rollback #why").fill("لا حاجة")
    page.locator("#rollback button").click()
    expect(page.locator("tbody tr").first).to_contain_text("rolled back")
    eventually(lambda: submit(client, f"back-{monotonic()}", "نخلة الدار")["status"] == "published")


def checks(page: Page, answered: Callable[[Route], None], *, whole: bool) -> None:
    """Answers the editor's checks of one kind in another way."""

    def asked(route: Route) -> None:
        sent = route.request.post_data_buffer or b""
        if (b'name="thorough"\r\n\r\ntrue' in sent) is whole:
            answered(route)
        else:
            route.continue_()

    page.route("**/console/rules/check", asked)


def test_publishing_waits_for_the_check_of_the_present_text(
    fresh: Serving, client: httpx.Client, admin: Page
) -> None:
    page, held = admin, list[Route]()
    checks(page, held.append, whole=True)
    opened(page, fresh)
    before = client.get("/v1/rules").json()["current"]["version"]
    append(page, TREE)
    opener = page.locator("#publish-open")
    opener.click()
    expect(page.locator("#state")).to_contain_text("all examples are being run")
    expect(opener).to_have_attribute("aria-disabled", "true")
    expect(opener).to_have_text("Waiting for the check…")
    expect(opener).to_be_focused()
    eventually(lambda: page.wait_for_timeout(20) or held)
    expect(page.locator("#publish")).to_be_hidden()

    # Its text is checked that stands there when the check ends.
    append(page, "# one more line")
    held.pop(0).continue_()
    eventually(lambda: page.wait_for_timeout(20) or held)
    expect(page.locator("#publish")).to_be_hidden()
    held.pop(0).continue_()
    expect(page.locator("#publish")).to_be_visible()
    expect(opener).to_have_text("Publish")
    expect(page.locator("#unchecked")).to_be_hidden()
    assert client.get("/v1/rules").json()["current"]["version"] == before
    page.locator("#why").fill("نخل")
    page.locator("#publish-now").click()
    published(page)


def broken_off(route: Route) -> None:
    """Half an answer, as of a proxy that lost the service."""
    route.fulfill(status=200, content_type="application/json", body='{"problems": [')


@pytest.mark.parametrize("answered", [Route.abort, broken_off])
def test_a_check_that_fails_is_told_and_locks_nobody_out(
    fresh: Serving, client: httpx.Client, admin: Page, answered: Callable[[Route], None]
) -> None:
    page = admin
    checks(page, answered, whole=True)
    opened(page, fresh)
    append(page, TREE)
    expect(page.locator("#state")).to_contain_text("It could not be checked")
    page.locator("#publish-open").click()
    expect(page.locator("#unchecked")).to_be_visible()
    page.locator("#why").fill("نخل")
    page.locator("#publish-now").click()
    expect(page.locator("#publish")).to_be_visible()
    assert page.evaluate("document.getElementById('editor').checkValidity()") is False
    page.locator("[name=unchecked]").check()
    page.locator("#publish-now").click()
    published(page)
    assert submit(client, "c-1", "نخلة الدار")["status"] == "waiting"


def test_a_dry_run_that_goes_on_is_said_beside_the_button(
    fresh: Serving, client: httpx.Client, admin: Page
) -> None:
    page, held, holding = admin, list[Route](), Event()
    holding.set()

    def asked(route: Route) -> None:
        if holding.is_set():
            held.append(route)
        else:
            route.continue_()

    submit(client, "c-1", "زرعنا نخلة")
    page.route(RUN, asked)
    opened(page, fresh)
    append(page, TREE)
    expect(page.locator("#state .badge.good")).to_be_visible()
    page.locator("#dry-run").click()
    expect(page.locator("#progress")).to_be_visible()
    page.locator("#publish-open").click()
    expect(page.locator("#publish")).to_be_visible()
    expect(page.locator("#unawaited")).to_be_visible()
    assert page.locator("[name=unawaited]").evaluate("box => box.required") is True
    eventually(lambda: page.wait_for_timeout(20) or held)
    holding.clear()
    held.pop(0).continue_()
    expect(page.locator("#result")).to_be_attached()
    expect(page.locator("#unawaited")).to_be_hidden()
    assert page.locator("[name=unawaited]").evaluate("box => box.required") is False


def test_a_second_admins_edit_is_shown_and_not_overwritten(
    fresh: Serving, client: httpx.Client, admin: Page, chromium: Browser
) -> None:
    account(fresh, "layla", "admin")
    context, hers = signed_in(chromium, fresh, "layla", locale="ar")
    opened(admin, fresh)
    opened(hers, fresh)
    hers.locator(".cm-content").click()
    hers.keyboard.press("Control+Home")
    hers.keyboard.insert_text("# seen by the desk\n")
    publish(hers, "مراجعة")
    published(hers)

    append(admin, TREE)
    publish(admin, "نخل")
    expect(admin.locator("#conflict")).to_be_visible()
    expect(admin.locator("main")).to_contain_text("مراجعة")
    expect(admin.locator("main")).to_contain_text("# seen by the desk")
    expect(admin.locator("main")).to_contain_text("id: tree")
    assert submit(client, "c-1", "نخلة الدار")["status"] == "published"

    admin.locator("#conflict button").click()
    expect(admin.locator(".cm-content")).to_contain_text("# seen by the desk")
    publish(admin, "نخل فوق المراجعة")
    published(admin)
    text = client.get("/v1/rules").json()["current"]["version"]
    files = client.get(f"/v1/rules/{text}").json()["files"]
    assert files[PACK].startswith("# seen by the desk\n")
    assert "id: tree" in files[PACK]
    context.close()


def test_from_chosen_words_in_the_queue_to_a_published_rule(
    fresh: Serving, client: httpx.Client, admin: Page
) -> None:
    page = admin
    submit(client, "c-1", "الوزير منافق كبير وصاحب زعبطة")
    page.goto(f"{fresh.address}/console/queue")
    page.locator("#next button").click()
    item = page.locator("#desk .item").first
    expect(item).to_be_visible()
    page.evaluate(
        """() => {
          const text = document.querySelector("#desk .item .words");
          const last = [...text.childNodes].filter((node) => node.nodeType === 3).at(-1);
          const at = last.textContent.indexOf("زعبطة");
          getSelection().setBaseAndExtent(last, at, last, at + 5);
        }"""
    )
    page.keyboard.press("m")
    expect(page.locator("#term")).to_have_value("زعبطة")
    expect(page.locator("#match")).to_have_value("الوزير منافق كبير وصاحب زعبطة")
    assert page.locator("#no_match").input_value()
    expect(page.locator("[name=shadow]")).to_be_checked()
    page.locator("[name=shadow]").uncheck()
    page.locator("#description").fill("كلمة يتداولها الغاضبون")
    page.locator("form[action='/console/rules/draft'] button").click()
    expect(page.locator("h1")).to_have_text("packs/site.yaml")
    expect(page.locator("#comment")).to_have_value("الوزير منافق كبير وصاحب زعبطة")
    expect(page.locator("#tried")).to_contain_text("site/site-")
    publish(page, "من الطابور")
    published(page)
    answer = submit(client, "c-2", "هذه زعبطة")
    assert "site/site-" in str(answer["verdict"])


def test_the_editor_is_entered_and_left_by_keyboard_and_keeps_what_was_typed(
    fresh: Serving, admin: Page
) -> None:
    page = admin
    opened(page, fresh)
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    expect(page.locator(".cm-line").first).to_have_text(re.compile(r"^\s+pack:"))
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    inside = "document.activeElement?.id === 'code'"
    assert page.evaluate(inside) is False
    page.reload()
    expect(page.locator("#kept")).to_be_visible()
    expect(page.locator(".cm-line").first).to_have_text(re.compile(r"^\s+pack:"))
    page.locator("#kept-drop").click()
    expect(page.locator(".cm-line").first).to_have_text("pack: author_insult")
    expect(page.locator("#kept")).to_be_hidden()
    page.reload()
    expect(page.locator(".cm-line").first).to_have_text("pack: author_insult")
    expect(page.locator("#kept")).to_be_hidden()


def test_keys_and_values_are_completed_where_they_belong(fresh: Serving, admin: Page) -> None:
    page = admin
    opened(page, fresh)
    append(page, "\n  - id: x\n    sev")
    page.keyboard.press("Control+Space")
    offered = page.locator(".cm-tooltip-autocomplete li")
    expect(offered.first).to_have_text("severity")
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Space")
    expect(offered).to_have_text(["grave", "hint", "mild", "serious"])
    page.wait_for_timeout(150)
    page.keyboard.press("Escape")
    page.keyboard.insert_text("mild\n    clause: pro")
    page.keyboard.press("Control+Space")
    expect(offered.first).to_contain_text("profanity")
    page.keyboard.press("Escape")
    page.keyboard.insert_text("fanity\n    when: { all: [{ wo")
    page.keyboard.press("Control+Space")
    expect(offered.first).to_have_text("word")


def test_without_scripts_the_form_checks_tries_and_publishes(
    fresh: Serving, client: httpx.Client, chromium: Browser
) -> None:
    account(fresh, "plain", "admin")
    context, page = signed_in(chromium, fresh, "plain", locale="ar", java_script_enabled=False)
    page.goto(fresh.address + EDITOR)
    text = page.locator("#text").input_value()
    page.locator("#text").fill(text.replace("severity: mild", "severity: mildly", 1))
    page.locator("#check").click()
    expect(page.locator("#problems")).to_contain_text("السطر")
    page.locator("#text").fill(text.rstrip() + TREE)
    page.locator("#comment").fill("يا نخلة")
    page.locator("#try").click()
    expect(page.locator("#tried")).to_contain_text("author_insult/tree")
    page.locator("#why").fill("بلا نصوص برمجية")
    page.locator("#publish-now").click()
    published(page)
    assert submit(client, "c-1", "نخلة الدار")["status"] == "waiting"
    context.close()


PAGES = (
    "/console/rules",
    "/console/rules/person_insult/called-strong",
    "/console/rules/history",
    "/console/rules/explain",
    "/console/rules/new",
    "/console/rules/import",
    EDITOR,
)


@pytest.mark.parametrize(("language", "scheme"), [("ar", "light"), ("en", "dark")])
def test_every_page_is_accessible(
    language: str, scheme: str, serving: Serving, chromium: Browser
) -> None:
    name = f"admin-{language}"
    account(serving, name, "admin")
    assert serving.first_key
    submit(serving.client(serving.first_key), f"c-{language}", "يا كلب")
    context, page = signed_in(
        chromium, serving, name, locale=language, color_scheme=scheme, reduced_motion="reduce"
    )
    for address in PAGES:
        page.goto(serving.address + address)
        expect(page.locator("h1")).to_be_visible()
        if address == EDITOR:
            page.locator("#comment").fill("يا كلب")
            expect(page.locator("#tried .explained").first).to_be_visible()
        elif address.endswith("explain"):
            page.locator("#comment").fill("يا كلب")
            page.locator("main form button").last.click()
            expect(page.locator(".explained").first).to_be_visible()
        found = Axe().run(page).response["violations"]
        told = [
            f"{address} {each['id']}: {node['html'][:200]}"
            for each in found
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]
        assert told == []
    context.close()


def test_on_a_phone_nothing_scrolls_sideways(serving: Serving, chromium: Browser) -> None:
    account(serving, "phone-admin", "admin")
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, locale="ar"
    )
    page = context.new_page()
    sign_in(page, serving, "phone-admin")
    for address in PAGES:
        page.goto(serving.address + address)
        expect(page.locator("h1")).to_be_visible()
        if address == EDITOR:
            expect(page.locator(".cm-content")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    context.close()
