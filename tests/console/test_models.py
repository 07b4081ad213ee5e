"""The page of models: both, where they differ, who was right, and putting one in place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.console.standing import CHALLENGER, CHAMPION, NEITHER, who_was_right
from api.differences import Compared, Pair, Side
from api.routes.comments import accepted
from api.settings import Settings
from moderation.comment import Comment
from moderation.finding import Source
from moderation.store.item import Outcome, Resolution
from moderation.store.review import ReviewKind
from moderation.verdict import Action, Reason
from tests.classifiers.conftest import RUDE
from tests.console.signing import Console
from tests.trained import bundle_of

pytestmark = pytest.mark.anyio

RESENTED = "هذا المقال مفيد <script>alert(1)</script> مفيد"


@pytest.fixture(scope="session")
def challenging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("challenging")
    bundle_of(folder, (*RUDE, "مفيد"))
    return folder


@pytest.fixture
def settings(settings: Settings, challenging: Path) -> Settings:
    return settings.model_copy(update={"classifier": True, "challenger": challenging})


def side(action: str, clause: str | None = None) -> Side:
    source = Source("model", "violation", "1")
    reasons = (Reason(clause, Action(action), source, 0.9),) if clause else ()
    return Side(Action(action), reasons)


@pytest.mark.parametrize(
    ("champion", "challenger", "clause", "right"),
    [
        (side("flag", "profanity"), side("allow"), None, CHALLENGER),
        (side("flag", "profanity"), side("allow"), "profanity", CHAMPION),
        (side("flag", "profanity"), side("reject", "profanity"), "profanity", CHALLENGER),
        (side("allow"), side("flag", "profanity"), "profanity", CHALLENGER),
        (side("allow"), side("reject", "profanity"), None, CHAMPION),
        (side("flag", "profanity"), side("flag", "person_insult"), "profanity", CHAMPION),
        (side("flag", "profanity"), side("flag", "person_insult"), "person_insult", CHALLENGER),
        (side("flag", "profanity"), side("flag", "person_insult"), None, NEITHER),
    ],
)
def test_the_nearer_side_was_right(
    champion: Side, challenger: Side, clause: str | None, right: str
) -> None:
    compared = Compared("c", 1, Pair("1", "2"), champion, challenger)
    assert who_was_right(compared, clause) == right


async def test_differences_are_shown_with_what_moderators_said(console: Console) -> None:
    service = console.service
    await service.store.review.add(ReviewKind.AUTHORS, "قارئ", by="m-1")
    await accepted(Comment("c/1", RESENTED, author="قارئ"), service)
    await accepted(Comment("c/2", "قول مفيد", author="غيره"), service)
    await service.challenger.settled()
    item = (await service.store.get("c/1")).item
    assert item
    await service.store.queue.take(item, "m-1")
    await service.store.queue.resolve(item, "m-1", Resolution(Outcome.REJECT, "person_insult"))

    senior = await console.sign_in("senior")
    page = (await senior.get("/console/models")).text
    assert str(service.champion.served) in page
    assert str(service.challenger.version) in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "أصاب المنافس" in page
    assert 'href="/console/history/c%2F1"' in page
    # Two differences, one of them decided, and the challenger was right.
    row = re.search(r"<tr><th scope=\"row\">الكل</th>(.*?)</tr>", page)
    assert row
    assert re.findall(r">(\d+)<", row[1]) == ["2", "1", "0", "1", "0"]
    assert "c%2F1" not in (await senior.get("/console/models?kind=flag_allow")).text
    assert (await senior.get("/console/models?kind=nonsense")).status_code == 422
    assert 'action="/console/models/promote"' not in page

    await accepted(Comment("c/1", "نص جديد تماما"), service)
    assert "عُدّل التعليق" in (await senior.get("/console/models")).text


async def test_an_admin_promotes_and_puts_back(console: Console) -> None:
    service = console.service
    former, version = service.champion.served, service.challenger.version
    admin = await console.sign_in("admin")
    form = {"version": version, "base": "", "why": "أدق على <قرارات> الشهر"}
    senior = await console.sign_in("senior")
    assert (await senior.post("/console/models/promote", form)).status_code == 403
    assert (await admin.post("/console/models/promote", form | {"why": ""})).status_code == 422
    assert (await admin.post("/console/models/promote", form)).status_code == 303
    assert service.champion.served == version

    page = (await admin.get("/console/models")).text
    assert "أدق على &lt;قرارات&gt; الشهر" in page
    assert "أعِد السابق" in page
    # Whoever looks at an old page is told, and changes nothing.
    stale = {"version": former, "base": "", "why": "تراجع"}
    assert (await admin.post("/console/models/promote", stale)).status_code == 409
    assert service.champion.served == version
    back = stale | {"base": version}
    assert (await admin.post("/console/models/promote", back)).status_code == 303
    assert service.champion.served == former


async def test_a_model_that_is_not_here_cannot_be_promoted(console: Console) -> None:
    admin = await console.sign_in("admin")
    form = {"version": "0" * 12, "base": "", "why": "خطأ"}
    answer = await admin.post("/console/models/promote", form)
    assert answer.status_code == 422
    assert "no bundle of version 000000000000 is here" in answer.text


class TestWithoutAChallenger:
    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        return settings.model_copy(update={"challenger": tmp_path / "nowhere"})

    async def test_what_is_wrong_with_it_is_told(self, console: Console) -> None:
        senior = await console.sign_in("senior")
        page = (await senior.get("/console/models")).text
        assert "تعذر تحميل المنافس" in page
        assert "no such file" in page


class TestWithoutModels:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"classifier": False, "challenger": None})

    async def test_the_page_says_how_to_get_a_challenger(self, console: Console) -> None:
        admin = await console.sign_in("admin")
        page = (await admin.get("/console/models")).text
        assert "القواعد وحدها تحكم" in page
        assert "moderation train --decisions" in page
        assert "فلا يُرقّى غيره" in page
