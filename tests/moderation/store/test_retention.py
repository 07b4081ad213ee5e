"""What is decided and old leaves the store, after it was archived."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from moderation.store import (
    ChainBroken,
    Head,
    NotFound,
    Outcome,
    Resolution,
    Status,
    Store,
    verify_archives,
)
from moderation.store.audit import GENESIS
from moderation.store.retention import read_archives
from tests.moderation.store.samples import ALLOWED, FLAGGED, REJECTED, Clock, comment

pytestmark = pytest.mark.anyio

MONTH = timedelta(days=30)


async def aged(store: Store, clock: Clock) -> None:
    """Two months: decided by the machine, by a moderator, still waiting; then a recent one."""
    await store.submit(comment("machine"), REJECTED)
    await store.submit(comment("edited", "أول"), ALLOWED)
    await store.submit(comment("edited", "ثان"), ALLOWED)
    await store.submit(comment("moderator"), FLAGGED)
    (item,) = await store.queue.claim("m-1")
    await store.queue.resolve(item.id, "m-1", Resolution(Outcome.APPROVE), note="سليم")
    await store.submit(comment("waiting"), FLAGGED)
    clock.forward(days=60)
    await store.submit(comment("recent"), ALLOWED)


async def test_old_decided_comments_move_to_an_archive(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    archived = await store.retention.archive(tmp_path / "archive", MONTH)
    assert (archived.records, archived.entries) == (3, 7)
    for gone in ("machine", "edited", "moderator"):
        with pytest.raises(NotFound):
            await store.get(gone)
        assert await store.audit.of(gone) == ()
    assert (await store.get("waiting")).status is Status.WAITING
    assert (await store.get("recent")).status is Status.PUBLISHED
    assert all(file.name.startswith("2026-03-02-") for file in archived.files)

    lines = list(read_archives(tmp_path / "archive"))
    records = {line["comment"]: line for line in lines if line["type"] == "record"}
    assert set(records) == {"machine", "edited", "moderator"}
    texts = [revision["comment"]["text"] for revision in records["edited"]["revisions"]]
    assert texts == ["أول", "ثان"]
    assert records["moderator"]["record"]["moderator"] == "m-1"
    assert [line["number"] for line in lines if line["type"] == "entry"] == list(range(1, 8))


async def test_the_chain_verifies_across_the_cut(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    before = await store.audit.head()
    await store.retention.archive(tmp_path, MONTH)
    found = await store.audit.verify(known=before)
    assert found.sound
    assert found.anchor.number == 7
    assert [entry.kind for entry in await store.audit.read()] == [
        "submitted",
        "archived",
        "archived",
    ]
    told = (await store.audit.read())[1].details
    assert Head(told["anchor"], told["hash"]) == found.anchor
    assert verify_archives(tmp_path, found.anchor).sound


async def test_a_second_run_finds_nothing_and_a_later_one_goes_on(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    await store.retention.archive(tmp_path, MONTH)
    assert (await store.retention.archive(tmp_path, MONTH)).files == ()
    (item,) = await store.queue.claim("m-1")
    await store.queue.resolve(item.id, "m-1", Resolution(Outcome.REJECT, "profanity"))
    clock.forward(days=60)
    assert (await store.retention.archive(tmp_path, MONTH)).records == 2
    anchor = await store.audit.anchor()
    assert verify_archives(tmp_path, anchor).sound
    assert (await store.audit.verify()).sound


async def test_an_archived_id_that_comes_back_starts_afresh(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    await store.retention.archive(tmp_path, MONTH)
    again = await store.submit(comment("edited", "ثالث"), ALLOWED)
    assert (again.revision.number, again.repeated) == (1, False)
    assert (await store.audit.verify()).sound


async def test_nothing_of_an_archived_comment_stays_behind(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    await store.retention.archive(tmp_path, MONTH)
    root = store._library.root
    keys = [key async for key in store._library.client.scan_iter(f"{root}:*")]
    left = {key.decode().removeprefix(f"{root}:") for key in keys}
    assert not [key for key in left if key.endswith((":machine", ":edited", ":moderator"))]
    assert {key for key in left if key.startswith("item:")} == {"item:2"}


async def test_nothing_at_all_is_left_of_a_store_whose_comments_are_archived(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    """Whatever comments went through: the trail's end, the queue's numbering and counts remain."""
    await store.submit(comment("judged again"), REJECTED, dialect="gulf")
    await store.judge_again("judged again", ALLOWED, actor="admin", why="قاعدة خاطئة")
    await store.submit(comment("appealed"), REJECTED)
    appeal = await store.appeal("appealed", "لماذا")
    await store.queue.take(appeal.id, "m-1")
    await store.queue.note(appeal.id, "m-1", "ملاحظة")
    await store.queue.resolve_group(appeal.id, "m-1", Resolution(Outcome.APPROVE))
    await store.submit(comment("reopened"), ALLOWED)
    await store.queue.release((await store.reopen("reopened", "m-1")).id, "m-1")
    await store.submit(comment("edited", "أول"), FLAGGED)
    await store.submit(comment("edited", "ثان"), ALLOWED)
    clock.forward(days=60)
    assert (await store.retention.archive(tmp_path, MONTH)).records == 4
    root = store._library.root
    found = {key.decode() async for key in store._library.client.scan_iter(f"{root}:*")}
    keys = {key for key in found if not key.startswith(f"{root}:statistics:")}
    assert keys == {f"{root}:{name}" for name in ("audit", "chain", "queue:numbers")}
    records = {
        line["comment"]: line for line in read_archives(tmp_path) if line["type"] == "record"
    }
    judged = records["judged again"]["rejudged"]
    assert [judged[name]["verdict"]["action"] for name in ("1", "1.1")] == ["reject", "allow"]
    assert (await store.audit.verify()).sound


async def test_a_decided_comment_that_is_open_again_stays(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    for name in ("appealed", "held", "released"):
        await store.submit(comment(name), REJECTED)
    await store.appeal("appealed", "لماذا")
    await store.reopen("held", "m-1", lease=timedelta(days=90))
    await store.queue.release((await store.reopen("released", "m-1")).id, "m-1")
    clock.forward(days=60)
    assert (await store.retention.archive(tmp_path, MONTH)).records == 1
    assert (await store.get("appealed")).status is Status.REFUSED
    assert (await store.get("held")).status is Status.REFUSED
    with pytest.raises(NotFound):
        await store.get("released")


async def test_nothing_is_removed_before_its_archive_is_on_the_disk(
    store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await aged(store, clock)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await store.retention.archive(tmp_path, MONTH)
    assert await store.audit.anchor() == Head(0, GENESIS)
    assert (await store.get("machine")).status is Status.REFUSED
    monkeypatch.undo()
    assert (await store.retention.archive(tmp_path, MONTH)).records == 3


async def test_a_broken_trail_is_neither_archived_nor_cut(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    await store._library.client.xdel(f"{store._library.root}:audit", "2-0")
    with pytest.raises(ChainBroken, match="entry 2"):
        await store.retention.archive(tmp_path, MONTH)
    assert list(tmp_path.iterdir()) == []
    assert await store.audit.anchor() == Head(0, GENESIS)


async def test_an_archive_that_was_changed_or_lost_is_found(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    await aged(store, clock)
    await store.retention.archive(tmp_path, MONTH)
    anchor = await store.audit.anchor()
    assert verify_archives(tmp_path, anchor).sound
    for file in tmp_path.iterdir():
        file.unlink()
    broken = verify_archives(tmp_path, anchor).broken
    assert broken is not None
    assert "no archive" in broken.problem


async def test_many_records_go_in_several_archives(
    store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.store.retention.ENTRIES_IN_ONE", 7)
    monkeypatch.setattr("moderation.store.retention.RECORDS_IN_ONE", 4)
    for number in range(20):
        await store.submit(comment(f"c-{number}"), ALLOWED)
    clock.forward(days=60)
    archived = await store.retention.archive(tmp_path, MONTH)
    assert (archived.entries, archived.records, len(archived.files)) == (20, 20, 8)
    assert (await store.audit.verify()).sound
    assert verify_archives(tmp_path, await store.audit.anchor()).sound
