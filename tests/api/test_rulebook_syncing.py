"""Files on disk, the console and every service: one truth."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import api.rulebook.homes
from api.rulebook.homes import SHIPPED
from api.rulebook.versions import Kind
from api.service import Service, running
from api.settings import Settings
from moderation.store import StoreUnavailable
from rules.errors import RulesError
from rules.load import read_packs
from tests.api.test_rulebook import PACK, insulting, now, publish, texts
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio


def elsewhere(settings: Settings, place: Path) -> Settings:
    """The settings of a second service on the same store, with files of its own."""
    shutil.copytree(settings.rules, place / "packs")
    shutil.copy(settings.policy, place / "policy.yaml")
    return settings.model_copy(
        update={
            "rules": place / "packs",
            "policy": place / "policy.yaml",
            "data": place / "data",
        }
    )


def pack_of(settings: Settings) -> Path:
    return settings.rules / "terms.yaml"


def edit(settings: Settings, word: str) -> None:
    pack = pack_of(settings)
    text = pack.read_text("utf-8")
    pack.write_text(insulting({PACK: text}, word)[PACK], "utf-8")


def serves(service: Service, version: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        current = await service.rulebook.current()
        rules = service.equipment.engine.rules.version
        return current is not None and (current.version, current.rules) == (version, rules)

    return check


async def test_an_edit_on_disk_is_a_version(service: Service, settings: Settings) -> None:
    before = await now(service)
    await asyncio.sleep(0.3)
    edit(settings, "حمار")

    async def is_published() -> bool:
        return await now(service) != before

    await eventually_true(is_published)
    newest = (await service.rulebook.history())[0]
    assert (newest.by, newest.parent) == ("files on disk", before)
    assert "حمار" in (await service.rulebook.files(newest.version))[PACK]


async def test_two_services_become_one(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    async with running(there) as other:
        version = await publish(service, "حمار")
        await eventually_true(serves(other, version))
        await eventually_true(lambda: pack_of(there).read_bytes() == pack_of(settings).read_bytes())
        await asyncio.sleep(0.3)
        edit(there, "تيس")
        await eventually_true(lambda: "تيس" in pack_of(settings).read_text("utf-8"))
        await eventually_true(serves(service, await now(other)))
        assert [line.by for line in await service.rulebook.history()] == [
            "files on disk",
            "zahra",
            "files on disk",
        ]


async def test_two_services_on_one_folder_publish_a_change_once(
    service: Service, settings: Settings
) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(running(settings)) for _ in range(2)]
        before = service.equipment.engine.rules.version
        await asyncio.sleep(0.3)
        edit(settings, "حمار")
        for each in (service, *others):
            await eventually_true(lambda each=each: each.equipment.engine.rules.version != before)
        await asyncio.sleep(1.0)
        assert len(await service.rulebook.history()) == 2
        current = await service.rulebook.current()
        assert current is not None
        assert {each.equipment.engine.rules.version for each in (service, *others)} == {
            current.rules
        }


async def test_a_broken_file_stays_while_others_publish(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    async with running(there) as other:
        await asyncio.sleep(0.3)
        broken = pack_of(there).read_text("utf-8").replace("severity: grave", "gravity: grave", 1)
        pack_of(there).write_text(broken, "utf-8")
        await eventually_true(lambda: bool(other.rule_problems))
        version = await publish(service, "حمار")
        await eventually_true(serves(other, version))
        assert pack_of(there).read_text("utf-8") == broken
        assert other.rule_problems
        # Repaired, it is a change of what is not current any more: kept, and not served.
        mended = broken.replace("gravity: grave", "severity: mild", 1)
        pack_of(there).write_text(mended, "utf-8")
        await eventually_true(lambda: pack_of(there).read_bytes() == pack_of(settings).read_bytes())
        newest = (await service.rulebook.history())[0]
        assert newest.kind is Kind.SET_ASIDE
        assert version in newest.why
        assert (await service.rulebook.files(newest.version))[PACK] == mended
        assert await now(service) == version
        assert other.rule_problems == ()
        await service.rulebook.rollback(newest.version, by="omar", why="mine is right")
        await eventually_true(lambda: pack_of(there).read_text("utf-8") == mended)


async def test_a_folder_that_is_behind_is_brought_up(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    version = await publish(service, "حمار")
    async with running(there) as other:
        assert await serves(other, version)()
        assert pack_of(there).read_bytes() == pack_of(settings).read_bytes()
    assert len(await service.rulebook.history()) == 2


async def test_a_write_that_was_cut_off_is_finished(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    changed = insulting(await texts(service), "حمار")
    changed["policy.yaml"] = "# checked\n" + changed["policy.yaml"]
    done = await service.rulebook.publish(changed, by="zahra", why="", base=await now(service))
    # One of the two files is the new one, as after a power cut.
    shutil.copy(settings.policy, there.policy)
    async with running(there) as other:
        assert await serves(other, done.version)()
    assert len(await service.rulebook.history()) == 2


async def test_a_folder_of_new_content_is_published(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    edit(there, "حمار")
    async with running(there) as other:
        await eventually_true(serves(service, await now(other)))
    assert "حمار" in pack_of(settings).read_text("utf-8")


async def test_broken_files_at_the_start_leave_what_was_published(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    there = elsewhere(settings, tmp_path / "there")
    pack_of(there).write_text("pack: [", "utf-8")
    async with running(there) as other:
        assert await serves(other, await now(service))()
        assert str(pack_of(there)) in str(other.rule_problems[0])
        assert pack_of(there).read_text("utf-8") == "pack: ["


async def test_without_a_store_what_stands_on_disk_serves_until_it_is_back(
    settings: Settings, tmp_path: Path
) -> None:
    late = settings.model_copy(update={"redis_url": f"unix://{tmp_path / 'late.sock'}"})
    async with running(late) as service:
        before = service.equipment.engine.rules.version
        with pytest.raises(StoreUnavailable):
            await service.rulebook.current()
        await asyncio.sleep(0.3)
        edit(settings, "حمار")
        assert settings.redis_url is not None
        (tmp_path / "late.sock").symlink_to(settings.redis_url.removeprefix("unix://"))

        async def is_published() -> bool:
            with suppress(StoreUnavailable):
                current = await service.rulebook.current()
                rules = service.equipment.engine.rules.version
                return current is not None and current.rules == rules != before
            return False

        await eventually_true(is_published)


class TestWhatIsShipped:
    """The package's own files are never written: an upgrade replaces them."""

    @pytest.fixture
    def settings(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
        # The small packs of the tests stand for those of the package.
        monkeypatch.setattr(api.rulebook.homes, "DEFAULT_PACKS", settings.rules)
        monkeypatch.setattr(api.rulebook.homes, "DEFAULT_POLICY", settings.policy)
        return settings

    async def test_it_is_published_as_such(self, service: Service) -> None:
        (first,) = await service.rulebook.history()
        assert first.by == SHIPPED

    async def test_a_change_goes_to_a_copy_which_serves_from_then_on(
        self, service: Service, settings: Settings
    ) -> None:
        shipped = pack_of(settings).read_bytes()
        await publish(service, "حمار")
        copy = settings.data / "rules" / "packs" / "terms.yaml"
        assert "حمار" in copy.read_text("utf-8")
        assert pack_of(settings).read_bytes() == shipped
        assert not (settings.data / "rules" / "policy.yaml").exists()
        await asyncio.sleep(0.8)
        copy.write_text(insulting({PACK: copy.read_text("utf-8")}, "تيس")[PACK], "utf-8")

        async def is_published() -> bool:
            return "تيس" in (await texts(service))[PACK]

        await eventually_true(is_published)

    async def test_an_edit_beside_the_copy_is_logged_with_what_serves(
        self, service: Service, settings: Settings
    ) -> None:
        with capture_logs() as logged:
            version = await publish(service, "حمار")
            pack = pack_of(settings)

            async def is_told() -> bool:
                # Again and again: the watch begins some time after the copy is made.
                pack.write_bytes(pack.read_bytes() + b"#\n")
                return any("does not serve" in each["event"] for each in logged)

            await eventually_true(is_told)
        (told, *_) = [each for each in logged if "does not serve" in each["event"]]
        assert told["changed"] == [str(settings.rules)]
        assert told["serving"][0] == str(settings.data / "rules" / "packs")
        assert await now(service) == version

    async def test_the_copy_is_watched_when_what_it_stands_for_is_gone(
        self, settings: Settings
    ) -> None:
        copy = settings.data / "rules" / "packs"
        shutil.copytree(settings.rules, copy)
        gone = settings.model_copy(update={"rules": settings.data / "gone" / "packs"})
        with capture_logs() as logged:
            async with running(gone) as service:
                edit(settings.model_copy(update={"rules": copy}), "تيس")
                pack = copy / "terms.yaml"

                async def is_published() -> bool:
                    # Again and again: the watch begins some time after the service.
                    pack.write_bytes(pack.read_bytes() + b"#\n")
                    return "تيس" in (await texts(service))[PACK]

                await eventually_true(is_published)
        assert not [each for each in logged if "not watched" in each["event"]]

    async def test_an_upgrade_of_what_nobody_changed_is_taken(self, settings: Settings) -> None:
        async with running(settings) as service:
            first = await now(service)
        edit(settings, "حمار")
        async with running(settings) as service:
            newest = (await service.rulebook.history())[0]
            assert (newest.by, newest.kind, newest.parent) == (SHIPPED, Kind.PUBLISHED, first)

    async def test_an_upgrade_beside_changes_is_set_aside(self, settings: Settings) -> None:
        async with running(settings) as service:
            mine = await publish(service, "حمار")
        edit(settings, "تيس")
        for _ in range(2):
            async with running(settings) as service:
                assert await serves(service, mine)()
                newest, *others = await service.rulebook.history()
                assert (newest.kind, newest.by, newest.parent) == (Kind.SET_ASIDE, SHIPPED, mine)
                assert len(others) == 2
        async with running(settings) as service:
            await service.rulebook.rollback(newest.version, by="omar", why="take the new ones")
            assert "تيس" in (await texts(service))[PACK]


@pytest.mark.parametrize("kind", ["a link to nothing", "a folder", "a pack that is too large"])
async def test_a_pack_that_cannot_be_read_is_told_and_nothing_is_published_without_it(
    service: Service, settings: Settings, kind: str
) -> None:
    before = await now(service)
    pack = pack_of(settings)
    pack.unlink()
    if kind == "a link to nothing":
        pack.symlink_to("nowhere.yaml")
    elif kind == "a folder":
        pack.mkdir()
    else:
        pack.write_bytes(b"#" * 4_000_001)

    async def is_told() -> bool:
        return [problem.path for problem in service.rule_problems] == [pack]

    await eventually_true(is_told)
    assert await now(service) == before
    with pytest.raises(RulesError) as checked:
        read_packs(settings.rules)
    assert checked.value.problems == service.rule_problems, "the check says the same"


async def test_what_an_editor_hides_beside_the_packs_is_no_pack(
    service: Service, settings: Settings
) -> None:
    (settings.rules / ".#terms.yaml").symlink_to("somebody@somewhere.1234")
    version = await publish(service, "حمار")
    await eventually_true(serves(service, version))
    assert [file.source.path for file in read_packs(settings.rules)] == [pack_of(settings)]
