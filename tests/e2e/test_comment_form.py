"""The comment form in a real browser: on a newspaper's site of another origin and under a strict
content policy, and on the demo article of the service itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.serving import Serving
from tests.e2e.site import SCRIPT, Site, serving_site
from tests.patience import eventually

pytestmark = pytest.mark.e2e

CIVIL = "أين تم تفكيك الخلية بالضبط؟ التقرير لم يذكر المصادر، وأرجو من الكاتب أن يوضح."
OBSCENE = "تقرير كاذب يا ش ر م و ط ة"
REPHRASED = "تقرير تنقصه المصادر"
BORDERLINE = "الوزير منافق كبير"
FORBIDDEN = re.compile("لم يُنشر التعليق")
AT_STAKE = re.compile("قبل أن ترسل")
PUBLISHED = re.compile("نُشر تعليقك")
WAITING = re.compile("وصلنا تعليقك")
FAILED = re.compile("تعذّر الوصول")


@pytest.fixture(scope="module")
def demonstrating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service that shows its demo article."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MODERATION_DEMO", "1")
        started = Serving.start(tmp_path_factory.mktemp("demonstrating") / "data")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def site(demonstrating: Serving) -> Iterator[Site]:
    """A newspaper's site with a browser key for its pages."""
    with serving_site() as running:
        use(running, demonstrating)
        yield running


@pytest.fixture(scope="module")
def editor(demonstrating: Serving) -> Callable[[str], list[dict[str, Any]]]:
    """What the audit says of a comment."""
    assert demonstrating.first_key
    client = demonstrating.client(demonstrating.first_key)

    def entries(comment: str) -> list[dict[str, Any]]:
        answer = client.get("/v1/audit", params={"comment": comment})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return found

    return entries


def use(site: Site, service: Serving) -> None:
    site.service = service.address
    site.key = service.command("keys", "create", "--origin", site.origin, "comment form")


class Form:
    """The form as a reader meets it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.add_init_script(
            "window.outcomes = [];"
            "addEventListener('comment-outcome', (event) => outcomes.push(event.detail));"
        )
        page.goto(address)
        self.field = page.locator("comment-form").get_by_role("textbox")
        self.note = page.locator("comment-form").get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def post(self, text: str) -> None:
        self.field.fill(text)
        self.button("أرسل التعليق").click()

    def outcome(self) -> dict[str, Any]:
        outcomes: list[dict[str, Any]] = self.page.evaluate("outcomes")
        return outcomes[-1]


def test_the_script_is_small() -> None:
    assert SCRIPT.stat().st_size <= 15_000


def test_a_civil_comment_is_published(page: Page, site: Site, editor: Any) -> None:
    form = Form(page, site.origin)
    form.post(CIVIL)
    expect(form.note).to_have_text(PUBLISHED)
    expect(form.field).to_have_value("")
    told = form.outcome()
    assert (told["status"], told["text"]) == ("published", CIVIL)
    assert [entry["kind"] for entry in editor(told["id"])] == ["submitted"]
    page.reload()
    expect(form.field).to_have_value("")


def test_an_obscene_one_is_refused_with_its_clause_and_its_text_is_kept(
    page: Page, site: Site
) -> None:
    form = Form(page, site.origin)
    form.post(OBSCENE)
    expect(form.note).to_have_text(AT_STAKE)
    form.button("أرسله كما هو").click()
    expect(form.note).to_have_text(FORBIDDEN)
    expect(form.note).to_contain_text("«الشتائم»")
    expect(form.note).to_contain_text("ش ر م و ط ة")
    expect(form.field).to_have_value(OBSCENE)
    page.reload()
    expect(form.field).to_have_value(OBSCENE)


def test_a_refused_comment_leads_to_its_reasons_and_to_the_newsroom(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    form.post(OBSCENE)
    form.button("أرسله كما هو").click()
    with page.expect_popup() as opened:
        form.button("أسباب الرفض والتظلّم منه").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("بيان أسباب الرفض")
    assert form.outcome()["id"] not in opened.value.url
    link = opened.value.get_by_role("link", name="راسل هيئة التحرير")
    subject = f"mailto:editors@site.example?subject={form.outcome()['id']}"
    expect(link).to_have_attribute("href", subject)
    expect(form.field).to_have_value(OBSCENE)


def test_a_reader_appeals_where_the_page_names_no_newsroom(
    page: Page, demonstrating: Serving, editor: Any
) -> None:
    form = Form(page, f"{demonstrating.address}/demo")
    form.post(OBSCENE)
    form.button("أرسله كما هو").click()
    with page.expect_popup() as opened:
        form.button("أسباب الرفض والتظلّم منه").click()
    statement = opened.value
    statement.get_by_role("textbox").fill("لم أقصد أحدا بعينه")
    statement.get_by_role("button", name="قدّم التظلّم").click()
    expect(statement.locator("main")).to_contain_text("وصلنا تظلّمك")
    assert editor(form.outcome()["id"])[-1]["kind"] == "appealed"


def test_a_refused_comment_that_is_rephrased_is_the_same_comment(
    page: Page, site: Site, editor: Any
) -> None:
    form = Form(page, site.origin)
    form.post(OBSCENE)
    form.button("أرسله كما هو").click()
    expect(form.note).to_have_text(FORBIDDEN)
    refused = form.outcome()
    form.button("أعدّل الصياغة").click()
    expect(form.field).to_be_focused()
    form.post(REPHRASED)
    expect(form.note).to_have_text(PUBLISHED)
    assert form.outcome()["id"] == refused["id"]
    assert [entry["revision"] for entry in editor(refused["id"])] == [1, 2]


def test_what_is_at_stake_is_told_while_typing_and_goes_when_rephrased(
    page: Page, site: Site, demonstrating: Serving
) -> None:
    form = Form(page, site.origin)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/v1/")[2]))
    form.field.press_sequentially(OBSCENE, delay=20)
    expect(form.note).to_have_text(AT_STAKE)
    expect(form.note).to_contain_text("«الشتائم»")
    form.button("أعدّل الصياغة").click()
    expect(form.field).to_be_focused()
    selected = form.field.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert selected
    assert selected in OBSCENE
    form.field.fill(REPHRASED)
    expect(form.note).to_be_empty()
    expect(form.button("أرسل التعليق")).to_be_visible()
    assert set(asked) == {"preview"}
    assert len(asked) <= 4, "a check for each pause, not for each letter"


def test_a_borderline_one_may_be_posted_anyway_and_waits(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    form.post(BORDERLINE)
    expect(form.note).to_have_text(AT_STAKE)
    form.button("أرسله كما هو").click()
    expect(form.note).to_have_text(WAITING)
    expect(form.field).to_have_value("")


def test_a_comment_outlives_a_service_that_is_down_and_is_posted_once(
    page: Page, tmp_path: Path
) -> None:
    service = Serving.start(tmp_path / "data")
    admin = service.first_key
    port = service.address.rpartition(":")[2]
    try:
        with serving_site() as site:
            use(site, service)
            form = Form(page, f"{site.origin}/?own=1")
            service.stop()
            form.post(CIVIL)
            expect(form.note).to_have_text(FAILED)
            page.reload()
            expect(form.field).to_have_value(CIVIL)
            expect(form.note).to_have_text(FAILED)
            service = Serving.start(tmp_path / "data", "--port", port)
            expect(form.note).to_have_text(PUBLISHED)
            assert admin
            entries = service.client(admin).get("/v1/audit").json()["entries"]
            assert [entry["comment"] for entry in entries if entry["comment"]] == [
                form.outcome()["id"]
            ]
    finally:
        service.stop()


def test_an_answer_that_is_lost_on_the_way_does_not_double_the_comment(
    page: Page, site: Site, editor: Any
) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if not lost and route.request.method == "POST":
            route.fetch()
            lost.append(route.request.post_data_json["id"])
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/comments", lose_the_first)
    form = Form(page, site.origin)
    form.post(CIVIL)
    expect(form.note).to_have_text(FAILED)
    form.button("أعد المحاولة الآن").click()
    expect(form.note).to_have_text(PUBLISHED)
    assert lost == [form.outcome()["id"]]
    assert [entry["kind"] for entry in editor(lost[0])] == ["submitted"]


def test_a_text_outlives_the_key_under_which_it_was_begun(
    page: Page, site: Site, demonstrating: Serving
) -> None:
    form = Form(page, site.origin)
    form.field.fill(CIVIL)
    use(site, demonstrating)
    page.reload()
    expect(form.field).to_have_value(CIVIL)
    form.button("أرسل التعليق").click()
    expect(form.note).to_have_text(PUBLISHED)


def test_a_slow_check_does_not_hold_a_comment_up(page: Page, site: Site) -> None:
    held: list[Route] = []
    page.route("**/v1/preview", lambda route: held.append(route))  # noqa: PLW0108
    form = Form(page, site.origin)
    form.post(CIVIL)
    expect(form.note).to_have_text(PUBLISHED)
    for route in held:
        route.abort()


def test_too_long_a_comment_is_kept_and_told(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    form.post("كلمة " * 120)
    expect(form.note).to_have_text(re.compile("أطول من المسموح"))
    expect(page.get_by_text("الأحرف المتبقية: -100")).to_be_visible()
    expect(form.field).to_have_value("كلمة " * 120)


def test_the_keyboard_is_enough(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    page.keyboard.press("Tab")
    expect(form.field).to_be_focused()
    page.keyboard.type(CIVIL)
    page.keyboard.press("Tab")
    expect(form.button("أرسل التعليق")).to_be_focused()
    outline = form.button("أرسل التعليق").evaluate("it => getComputedStyle(it).outline")
    assert "solid 3px" in outline
    page.keyboard.press("Enter")
    expect(form.note).to_have_text(PUBLISHED)
    expect(form.button("أرسل التعليق")).to_be_focused()


def test_one_keystroke_posts_from_the_field(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    form.field.fill(CIVIL)
    form.field.press("Control+Enter")
    expect(form.note).to_have_text(PUBLISHED)


def test_it_is_right_to_left_and_speaks_arabic_first(page: Page, site: Site) -> None:
    form = Form(page, site.origin)
    expect(page.get_by_role("textbox", name="تعليقك")).to_be_visible()
    assert form.field.evaluate("it => getComputedStyle(it).direction") == "rtl"


def test_it_speaks_english_where_the_page_does(page: Page, site: Site) -> None:
    form = Form(page, f"{site.origin}/?lang=en")
    field = page.get_by_label("Your comment")
    assert field.evaluate("it => getComputedStyle(it).direction") == "ltr"
    field.fill(OBSCENE)
    assert field.evaluate("it => getComputedStyle(it).direction") == "rtl", "as the text is"
    expect(form.note).to_have_text(re.compile("Before you post"))
    expect(form.note).to_contain_text("«Swearing»")
    form.button("Post it as it is").click()
    expect(form.note).to_have_text(re.compile("The comment was not published"))
    page.locator("comment-form").evaluate("it => { it.lang = 'ar' }")
    expect(page.get_by_role("textbox", name="تعليقك")).to_be_visible()


def test_it_works_without_script(chromium: Browser, site: Site, editor: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.origin)
    page.get_by_label("تعليقك").fill(OBSCENE)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading")).to_have_text("لم يُنشر التعليق")
    expect(page.get_by_text("«الشتائم»")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_value(OBSCENE)
    comment = page.locator("input[name=id]").first.get_attribute("value")
    page.get_by_role("textbox").fill(REPHRASED)
    page.get_by_role("button", name="أرسل التعليق").click()
    expect(page.get_by_role("heading")).to_have_text("نُشر تعليقك")
    assert [entry["revision"] for entry in editor(comment)] == [1, 2]
    page.get_by_role("link", name="عودة إلى المقال").click()
    assert page.url == f"{site.origin}/"
    context.close()


def test_a_page_of_another_site_cannot_use_the_key(page: Page, site: Site) -> None:
    form = Form(page, site.origin.replace("127.0.0.1", "localhost"))
    form.post(CIVIL)
    expect(form.note).to_have_text(FAILED)
    assert page.evaluate("outcomes") == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> سؤال عن المصادر",
        "سؤال عن \u202eالمصادر\u202d \u2067في التقرير",
        "{{ 7 * 7 }} ${7 * 7} </textarea></form> سؤال عن المصادر",
        "😀" * 1500 + " شكرا على التقرير",
        "ط\u0651\u064b\u0651" * 5 + "ويل" + "ـ" * 400 + " التقرير",
    ],
    ids=["markup", "direction", "template", "emoji", "stacked marks"],
)
def test_hostile_text_is_only_text(page: Page, demonstrating: Serving, text: str) -> None:
    form = Form(page, f"{demonstrating.address}/demo")
    form.post(text)
    expect(form.note).not_to_be_empty()
    if form.button("أرسله كما هو").is_visible():
        form.button("أرسله كما هو").click()
    eventually(lambda: page.evaluate("outcomes.length"))
    if form.outcome()["status"] == "published":
        page.reload()
        expect(page.locator("#published .text").first).to_have_text(text.strip())
    assert page.evaluate("window.hacked") is None
    assert page.locator("#published :is(script, img, form)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_demo_shows_terms_comments_and_their_count(page: Page, demonstrating: Serving) -> None:
    form = Form(page, f"{demonstrating.address}/demo")
    expect(page.locator(".terms")).to_contain_text("شروط النشر")
    expect(page.locator(".terms")).to_contain_text("التحريض الطائفي")
    before = int(page.locator("#count").inner_text())
    form.post(CIVIL)
    expect(page.locator("#published li").first).to_contain_text(CIVIL)
    expect(page.locator("#count")).to_have_text(str(before + 1))
    page.reload()
    expect(page.locator("#published li").first).to_contain_text(CIVIL)
    expect(page.locator("#count")).to_have_text(str(before + 1))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_serious_keeps_anybody_out(
    chromium: Browser, demonstrating: Serving, scheme: Any, width: int
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    form = Form(page, f"{demonstrating.address}/demo")
    assert serious(page) == []
    form.field.fill(OBSCENE)
    expect(form.note).to_have_text(AT_STAKE)
    assert serious(page) == []
    form.button("أرسله كما هو").click()
    expect(form.note).to_have_text(FORBIDDEN)
    assert serious(page) == []
    context.close()


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html']} {each['nodes'][0]['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
