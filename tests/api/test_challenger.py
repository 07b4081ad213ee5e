"""A challenger judges in the shadow of the model that serves, and takes its place when told."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import httpx
import pytest

from api.app import create_app
from api.challenger import MOST_WAITING
from api.champion import PromotionError, keep_folder
from api.differences import DROPPED, FAILED, SAME, Pair, summed
from api.keys import Role
from api.service import Service, running
from api.settings import CURRENT, Settings
from classifiers import bundle
from moderation.store import Conflict
from moderation.text import Text
from moderation.verdict import Action
from tests.api.asking import CIVIL, Asking
from tests.classifiers.conftest import RUDE
from tests.patience import eventually_true
from tests.trained import bundle_of

pytestmark = pytest.mark.anyio

HARMLESS = "قرأت الكاتب اليوم في المدينة"
RESENTED = "هذا المقال مفيد مفيد"
"""The shipped model lets it pass, and the challenger has learned to suspect its word."""


@pytest.fixture(scope="session")
def challenging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("challenging")
    bundle_of(folder, (*RUDE, "مفيد"))
    return folder


@pytest.fixture
def settings(settings: Settings, challenging: Path) -> Settings:
    return settings.model_copy(update={"classifier": True, "challenger": challenging})


def served(service: Service) -> str:
    assert service.champion.served
    return service.champion.served


async def totals(service: Service) -> dict[str, int]:
    await service.challenger.settled()
    return dict(summed(await service.challenger.totals(served(service))))


async def test_would_be_differences_are_kept_with_both_verdicts(
    service: Service, form: Asking
) -> None:
    assert (await form.submit(RESENTED, "resented"))["status"] == "published"
    await form.submit(HARMLESS, "harmless")
    assert await totals(service) == {SAME: 1, "allow_flag": 1}
    (difference,) = await service.challenger.differences(served(service))
    found = difference.compared
    assert (found.comment, found.revision, found.kind) == ("resented", 1, "allow_flag")
    assert found.champion.action is Action.ALLOW
    assert found.challenger.action is Action.FLAG
    reason = found.challenger.reasons[0]
    assert reason.source.version == service.challenger.version
    assert [RESENTED[span.start : span.end] for span in reason.spans]
    assert (await service.store.get("resented")).revision.verdict.action is Action.ALLOW


async def test_a_text_that_comes_again_is_not_judged_again(service: Service, form: Asking) -> None:
    for _ in range(3):
        await form.submit(RESENTED, "resented")
    assert await totals(service) == {"allow_flag": 1}


async def test_differences_are_read_in_pages_and_by_kind(service: Service, form: Asking) -> None:
    for number in range(5):
        await form.submit(f"{RESENTED} {number}", f"c-{number}")
    await service.challenger.settled()
    first = await service.challenger.differences(served(service), limit=3)
    rest = await service.challenger.differences(served(service), before=first[-1].id)
    assert [each.compared.comment for each in (*first, *rest)] == [
        f"c-{number}" for number in reversed(range(5))
    ]
    assert await service.challenger.differences(served(service), kind="reject_allow") == []
    other = Pair("0" * 12, served(service))
    assert await service.challenger._kept.read(other) == []


async def test_an_answer_does_not_wait_for_the_challenger(
    service: Service, form: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The challenger is held up for as long as comments come; all are answered meanwhile."""
    assert service.challenger.loaded.classifier
    score = service.challenger.loaded.classifier.score
    going_on = Event()

    def slowly(text: Text, signals: frozenset[str]) -> object:
        going_on.wait(20)
        return score(text, signals)

    monkeypatch.setattr(service.challenger.loaded.classifier, "score", slowly)
    try:
        for number in range(20):
            assert (await form.submit(f"{RESENTED} {number}", f"c-{number}"))["status"]
        assert await service.challenger.differences(served(service)) == []
    finally:
        going_on.set()
    assert await totals(service) == {"allow_flag": 20}


async def test_under_load_it_drops_and_counts_what_it_dropped(
    service: Service, form: Asking
) -> None:
    await form.submit(RESENTED, "resented")
    await service.challenger.settled()
    record = await service.store.get("resented")
    for _ in range(MOST_WAITING + 7):
        service.challenger.watch(record, service.equipment)
    found = await totals(service)
    assert found[DROPPED] == 7
    assert found["allow_flag"] == MOST_WAITING + 1


async def test_a_challenger_that_fails_is_counted_and_disturbs_nobody(
    service: Service, form: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("no score")

    monkeypatch.setattr(service.challenger.loaded.classifier, "score", broken)
    assert (await form.submit(RESENTED, "resented"))["status"] == "published"
    assert (await totals(service))[FAILED] == 1


async def test_a_challenger_that_cannot_be_loaded_is_told_and_not_fatal(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    broken = settings.model_copy(update={"challenger": tmp_path / "empty"})
    async with running(broken) as service:
        assert service.challenger.version is None
        assert "manifest.json: no such file" in str(service.challenger.loaded.problem)
        async with client(service) as visitor:
            form = await Asking.keyed(service, visitor, Role.SUBMIT)
            assert (await form.submit(CIVIL))["status"] == "published"


def client(service: Service) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://site.example")


async def test_promoted_it_serves_at_once_and_after_a_restart(
    settings: Settings, service: Service, form: Asking
) -> None:
    former, version = served(service), service.challenger.version
    assert version
    await service.champion.promote(version, base=None, by="m-admin", why="أدق")
    told = await form.submit(RESENTED, "resented")
    assert told["status"] == "waiting"
    record = await service.store.get("resented")
    assert record.revision.verdict.versions.model == version
    entry = (await service.store.audit.read(limit=500))[-2]
    assert (entry.kind, entry.actor) == ("promoted", "m-admin")
    assert entry.details == {"version": version, "parent": former, "why": "أدق"}
    assert (settings.shelf / CURRENT).read_text("utf-8").strip() == version
    assert settings.served_model == settings.shelf / version
    assert (await service.store.audit.verify()).sound
    # Its shadow is itself now.
    assert await service.challenger.differences(former) == []

    async with running(settings) as restarted:
        assert served(restarted) == version
        # Put back by promoting the former, which was kept.
        await restarted.champion.promote(former, base=version, by="m-admin", why="تراجع")
        assert served(restarted) == former
        assert [each.version for each in await restarted.champion.history()] == [former, version]
    await eventually_true(lambda: service.champion.served == former)


async def test_of_two_who_promote_at_once_one_is_told(service: Service) -> None:
    former, version = served(service), service.challenger.version
    assert version
    await service.champion.promote(version, base=None, by="m-1", why="أدق")
    with pytest.raises(Conflict, match=f"model {version} was promoted meanwhile"):
        await service.champion.promote(former, base=None, by="m-2", why="تراجع")
    assert served(service) == version


@pytest.fixture
async def elsewhere(settings: Settings, tmp_path: Path) -> AsyncIterator[Service]:
    """A service on the same store, with a disk of its own and no challenger."""
    apart = settings.model_copy(update={"data": tmp_path / "elsewhere", "challenger": None})
    async with running(apart) as started:
        yield started


async def test_a_service_without_the_bundle_goes_on_and_says_so(
    service: Service, elsewhere: Service, challenging: Path
) -> None:
    former, version = served(service), service.challenger.version
    assert version
    await service.champion.promote(version, base=None, by="m-1", why="أدق")
    await elsewhere.champion.look()
    assert (served(elsewhere), elsewhere.champion.missing) == (former, version)
    async with client(elsewhere) as visitor:
        told = (await visitor.get("/readyz")).json()
    assert told["status"] == "degraded"
    assert told["model"]["version"] == former
    assert version in told["model"]["problem"]

    keep_folder(elsewhere.settings, challenging)
    await elsewhere.champion.look()
    assert (served(elsewhere), elsewhere.champion.missing) == (version, None)


async def test_a_bundle_that_was_tampered_with_is_not_promoted(
    service: Service, challenging: Path, tmp_path: Path
) -> None:
    version = service.challenger.version
    assert version
    home = service.settings.shelf / version
    shutil.copytree(challenging, home)
    (home / bundle.MODEL_FILE).write_bytes(b"not what was trained")
    with pytest.raises(PromotionError, match="do not use it"):
        await service.champion.promote(version, base=None, by="m-1", why="أدق")
    assert await service.champion.history() == ()


async def test_where_the_settings_name_the_model_nobody_else_does(
    settings: Settings, challenging: Path
) -> None:
    named = settings.model_copy(update={"model": challenging, "challenger": bundle.DEFAULT})
    async with running(named) as service:
        assert service.challenger.version
        with pytest.raises(PromotionError, match="MODERATION_MODEL names the model"):
            await service.champion.promote(
                service.challenger.version, base=None, by="m-1", why="أدق"
            )
        assert served(service) == bundle.load(challenging).version
