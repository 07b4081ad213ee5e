"""Published rule sets: kept for ever, never overwritten, one command to go back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

import api.rulebook.files
from api.rulebook.files import Files
from api.rulebook.versions import Kind, Versions
from api.service import Service
from api.settings import Settings
from api.storing import opened
from moderation.store import Conflict, NotFound
from moderation.verdict import Action
from moderation.verdict import Versions as Judged
from rules.errors import RulesError
from rules.source import Source
from tests.api.asking import Asking

pytestmark = pytest.mark.anyio

PACK = "packs/terms.yaml"


async def now(service: Service) -> str:
    current = await service.rulebook.current()
    assert current is not None
    return current.version


async def texts(service: Service) -> dict[str, str]:
    return dict(await service.rulebook.files(await now(service)))


def insulting(files: dict[str, str], word: str) -> dict[str, str]:
    """The files, with one more word that `terms/animal` is about."""
    return files | {PACK: files[PACK].replace("[كلب", f"[كلب, {word}")}


async def publish(service: Service, word: str) -> str:
    files = insulting(await texts(service), word)
    done = await service.rulebook.publish(
        files, by="zahra", why=f"about {word}", base=await now(service)
    )
    return done.version


async def test_the_first_start_publishes_what_stands_on_disk(service: Service, files: Path) -> None:
    (first,) = await service.rulebook.history()
    assert (first.kind, first.by, first.parent) == (Kind.PUBLISHED, "files on disk", None)
    assert await service.rulebook.files(first.version) == {
        "policy.yaml": (files / "policy.yaml").read_text("utf-8"),
        PACK: (files / "packs" / "terms.yaml").read_text("utf-8"),
    }


async def test_what_is_published_serves_at_once_and_stands_on_disk(
    service: Service, form: Asking, files: Path
) -> None:
    await publish(service, "حمار")
    assert (await form.submit("يا حمار"))["status"] == "waiting"
    assert "[كلب, حمار]" in (files / "packs" / "terms.yaml").read_text("utf-8")


async def test_comments_in_the_files_survive(service: Service, files: Path) -> None:
    changed = await texts(service)
    changed[PACK] = "# kept by the desk\n" + changed[PACK]
    await service.rulebook.publish(changed, by="zahra", why="", base=await now(service))
    assert (files / "packs" / "terms.yaml").read_text("utf-8") == changed[PACK]


async def test_the_history_tells_who_when_why_and_after_what(service: Service) -> None:
    first = await now(service)
    second = await publish(service, "حمار")
    newest, oldest = await service.rulebook.history()
    assert (newest.version, newest.parent) == (second, first)
    assert (newest.by, newest.why) == ("zahra", "about حمار")
    assert newest.at >= oldest.at
    assert newest.number == oldest.number + 1


async def test_the_audit_trail_tells_of_publications(service: Service) -> None:
    first = await now(service)
    second = await publish(service, "حمار")
    await service.rulebook.rollback(first, by="omar", why="too wide")
    told = [
        (entry.kind, entry.actor, entry.details["version"], entry.details["parent"])
        for entry in await service.store.audit.read()
    ]
    assert told == [
        ("published", "files on disk", first, ""),
        ("published", "zahra", second, first),
        ("rolled_back", "omar", first, second),
    ]
    assert (await service.store.audit.verify()).sound


async def test_decisions_name_the_version_that_judged_them(service: Service, form: Asking) -> None:
    version = await publish(service, "حمار")
    await form.submit("يا حمار")
    record = await service.store.get("c-1")
    current = await service.rulebook.current()
    assert current is not None
    judged = record.revision.verdict.versions
    assert (judged.rules, judged.policy) == (current.rules, current.policy)
    assert await service.rulebook.files(judged.rules) == await service.rulebook.files(version)


async def test_a_second_admins_edit_is_shown_and_not_overwritten(service: Service) -> None:
    base, mine = await now(service), await texts(service)
    theirs = await publish(service, "حمار")
    with pytest.raises(Conflict) as conflict:
        await service.rulebook.publish(insulting(mine, "تيس"), by="omar", why="", base=base)
    assert conflict.value.reason == "changed"
    for side in (base, theirs, "zahra", "about حمار"):
        assert side in str(conflict.value)
    assert await now(service) == theirs


async def test_the_same_content_is_the_same_version(service: Service) -> None:
    first = await now(service)
    unchanged = await service.rulebook.publish(await texts(service), by="omar", why="", base=None)
    assert unchanged.version == first
    assert len(await service.rulebook.history()) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("severity: grave", "gravity: grave"), "gravity"),
        (("match: [يا كلب]", "match: [يا صديقي]"), "animal"),
        (("clause: profanity", "clause: unheard_of"), "unheard_of"),
    ],
)
async def test_broken_rules_are_refused_with_their_places(
    service: Service, files: Path, change: tuple[str, str], told: str
) -> None:
    before, changed = await now(service), await texts(service)
    changed[PACK] = changed[PACK].replace(*change, 1)
    with pytest.raises(RulesError) as refused:
        await service.rulebook.publish(changed, by="zahra", why="", base=before)
    assert all(str(problem.path) == PACK and problem.line for problem in refused.value.problems)
    assert told in str(refused.value)
    assert await now(service) == before
    assert service.rule_problems == ()


@pytest.mark.parametrize(
    "name",
    ["packs/../../etc.yaml", "/etc/x.yaml", "packs/.hidden.yaml", "other.yaml", "packs/a/b.yaml"],
)
async def test_files_stay_in_their_folder(service: Service, name: str) -> None:
    changed = await texts(service) | {name: "pack: x"}
    with pytest.raises(RulesError, match="cannot be the name of a file"):
        await service.rulebook.publish(changed, by="zahra", why="", base=await now(service))


async def test_packs_are_parsed_beside_the_event_loop(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    parsed = api.rulebook.files.Source.of

    def noted(path: Path, content: bytes) -> Source:
        threads.append(threading.current_thread())
        return parsed(path, content)

    monkeypatch.setattr(api.rulebook.files.Source, "of", noted)
    await publish(service, "حمار")
    assert threads
    assert threading.main_thread() not in threads


async def test_word_lists_are_part_of_a_version(service: Service, files: Path) -> None:
    changed = await texts(service)
    changed["packs/lists/animals.txt"] = "حمار  # as an insult\n"
    changed["packs/animals.yaml"] = (
        "pack: animals\nversion: 1.0.0\ndescription: Animals\n"
        "lists: { animals: { file: lists/animals.txt } }\n"
        "rules:\n  - id: animal\n    description: A person is called an animal\n"
        "    clause: person_insult\n    severity: serious\n    when: { list: [animals] }\n"
        "    examples: { match: [يا حمار], no_match: [يا صديقي] }\n"
    )
    first = await now(service)
    done = await service.rulebook.publish(changed, by="zahra", why="", base=first)
    assert (files / "packs" / "lists" / "animals.txt").read_text("utf-8").startswith("حمار")
    told = await service.rulebook.difference(first, done.version)
    assert set(told) == {"packs/animals.yaml", "packs/lists/animals.txt"}
    assert "+حمار  # as an insult" in told["packs/lists/animals.txt"]
    await service.rulebook.rollback(first, by="zahra", why="")
    assert sorted(path.name for path in (files / "packs").rglob("*.*")) == ["terms.yaml"]


async def test_rollback_serves_old_content_under_a_new_line(
    service: Service, form: Asking, files: Path
) -> None:
    first, before = await now(service), (files / "packs" / "terms.yaml").read_bytes()
    second = await publish(service, "حمار")
    done = await service.rulebook.rollback(first[:6], by="omar", why="too wide")
    assert (done.kind, done.version, done.parent) == (Kind.ROLLED_BACK, first, second)
    assert (await form.submit("يا حمار"))["status"] == "published"
    assert (files / "packs" / "terms.yaml").read_bytes() == before
    assert len(await service.rulebook.history()) == 3


async def test_an_unknown_version_is_told(service: Service) -> None:
    with pytest.raises(NotFound, match="rules history"):
        await service.rulebook.files("ffffffff")


async def test_replay_judges_an_old_decision_under_any_version(
    service: Service, form: Asking
) -> None:
    first = await now(service)
    second = await publish(service, "حمار")
    await form.submit("يا حمار")
    record = await service.store.get("c-1")
    again = await service.rulebook.replay(record)
    assert (again.action, again.reasons) == (Action.FLAG, record.revision.verdict.reasons)
    assert (await service.rulebook.replay(record, first)).action is Action.ALLOW
    assert (await service.rulebook.replay(record, second)).action is Action.FLAG
    assert await service.store.get("c-1") == record


async def test_two_that_publish_one_change_at_once_make_one_version(settings: Settings) -> None:
    async with opened(settings) as one, opened(settings) as other:
        content = Files({"policy.yaml": b"a", "packs/x.yaml": b"b"})

        async def publish(versions: Versions) -> str:
            done = await versions.publish(
                content, Judged("r", "p", None), by="disk", why="", base=None
            )
            return done.version

        found = await asyncio.gather(*(publish(each.versions) for each in (one, other) * 5))
        assert set(found) == {content.version}
        assert len(await one.versions.history()) == 1


async def test_contents_are_kept_once(settings: Settings) -> None:
    async with opened(settings) as store:
        same = b"x" * 100_000
        base = None
        for number in range(20):
            content = Files({"policy.yaml": b"%d" % number, "packs/x.yaml": same})
            judged = Judged(str(number), "p", None)
            line = await store.versions.publish(content, judged, by="a", why="", base=base)
            base = line.version
        kept = await store.client.memory_usage(f"{{{settings.namespace}}}:rulebook:blobs")
        assert kept < 20_000
