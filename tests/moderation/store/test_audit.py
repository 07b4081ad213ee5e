"""The audit trail: every transition once, and any tampering seen."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.store import Conflict, Head, Outcome, Resolution, Store
from moderation.store.audit import GENESIS, Entry
from moderation.verdict import Action
from tests.moderation.store.samples import ALLOWED, FLAGGED, Clock, comment, verdict

pytestmark = pytest.mark.anyio


async def lived(store: Store, clock: Clock) -> str:
    """A comment that went through everything, and another after it; the first one's item."""
    record = await store.submit(comment(), FLAGGED)
    assert record.item is not None
    item, queue = record.item, store.queue
    await queue.claim("m-1")
    await queue.release(item, "m-1")
    await queue.claim("m-1")
    clock.forward(minutes=5)
    await queue.claim("m-2")
    await queue.resolve(item, "m-2", Resolution(Outcome.REJECT, "profanity"), note="لفظ نابٍ")
    await queue.undo(item, "m-2")
    await queue.resolve(item, "m-2", Resolution(Outcome.APPROVE), request="r-2")
    await store.submit(comment(text="نص جديد"), ALLOWED)
    await store.submit(comment("c-2"), ALLOWED)
    return item


async def test_every_transition_is_one_entry(store: Store, clock: Clock) -> None:
    item = await lived(store, clock)
    entries = await store.audit.read()
    assert [(entry.kind, entry.actor) for entry in entries] == [
        ("submitted", ""),
        ("claimed", "m-1"),
        ("released", "m-1"),
        ("claimed", "m-1"),
        ("expired", "m-1"),
        ("claimed", "m-2"),
        ("rejected", "m-2"),
        ("undone", "m-2"),
        ("approved", "m-2"),
        ("revised", ""),
        ("submitted", ""),
    ]
    assert [entry.number for entry in entries] == list(range(1, 12))
    assert {entry.item for entry in entries[:9]} == {item}
    assert entries[6].details == {"clause": "profanity", "note": "لفظ نابٍ"}
    assert entries[9].revision == 2
    assert entries[10].at == clock.now
    assert await store.audit.of("c-1") == entries[:10]
    assert await store.audit.read(after=10) == entries[10:]
    assert await store.audit.read(limit=2) == entries[:2]


async def test_what_changes_nothing_leaves_no_entry(store: Store, clock: Clock) -> None:
    item = await lived(store, clock)
    before = await store.audit.head()
    await store.queue.list()
    await store.queue.counts()
    await store.queue.claim("m-3")
    await store.get("c-1")
    with pytest.raises(Conflict):
        await store.queue.resolve(item, "m-2", Resolution(Outcome.APPROVE))
    assert await store.audit.head() == before


async def test_an_untouched_trail_is_sound(store: Store, clock: Clock) -> None:
    assert (await store.audit.verify()).head == Head(0, GENESIS)
    await lived(store, clock)
    found = await store.audit.verify()
    assert found.sound
    assert (found.checked, found.head) == (11, await store.audit.head())


@pytest.mark.parametrize(
    ("field", "value"),
    [("actor", "m-9"), ("at", "1"), ("comment", "c-9"), ("kind", "rejected"), ("detail", "{}")],
)
async def test_a_changed_entry_is_found(store: Store, clock: Clock, field: str, value: str) -> None:
    await lived(store, clock)
    await _rewrite(store, {9: {field: value}})
    found = await store.audit.verify()
    assert found.broken is not None
    assert (found.broken.number, found.checked) == (9, 8)


async def test_a_removed_entry_is_found(store: Store, clock: Clock) -> None:
    await lived(store, clock)
    await store._library.client.xdel(f"{store._library.root}:audit", "4-0")
    broken = (await store.audit.verify()).broken
    assert broken is not None
    assert broken.number == 4
    assert "missing" in broken.problem


async def test_a_shortened_trail_is_found(store: Store, clock: Clock) -> None:
    await lived(store, clock)
    await store._library.client.xdel(f"{store._library.root}:audit", "11-0")
    broken = (await store.audit.verify()).broken
    assert broken is not None
    assert broken.number == 11


@pytest.mark.parametrize("revision", [1, 2])
async def test_a_changed_comment_is_found(store: Store, clock: Clock, revision: int) -> None:
    await lived(store, clock)
    key = f"{store._library.root}:content:{revision}:c-1"
    await store._library.client.set(key, b"{}")
    broken = (await store.audit.verify()).broken
    assert broken is not None
    assert broken.number == {1: 1, 2: 10}[revision]
    await store._library.client.delete(key)
    broken = (await store.audit.verify()).broken
    assert broken is not None
    assert "gone" in broken.problem


async def test_a_chain_written_anew_does_not_pass_through_a_head_kept_elsewhere(
    store: Store, clock: Clock
) -> None:
    await lived(store, clock)
    kept = await store.audit.head()
    assert (await store.audit.verify(known=kept)).sound
    await _rewrite(store, {9: {"actor": "m-9"}}, rehash=True)
    assert (await store.audit.verify()).sound
    broken = (await store.audit.verify(known=kept)).broken
    assert broken is not None
    assert broken.number == kept.number


async def test_a_chain_cut_back_does_not_reach_a_head_kept_elsewhere(store: Store) -> None:
    await store.submit(comment(), ALLOWED)
    broken = (await store.audit.verify(known=Head(5, "f" * 64))).broken
    assert broken is not None
    assert "before entry 5" in broken.problem


async def test_verification_goes_on_over_many_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.store.audit.PAGE", 3)
    for number in range(10):
        await store.submit(comment(f"c-{number}"), verdict(Action.FLAG))
    assert (await store.audit.verify()).checked == 10
    await store._library.client.set(f"{store._library.root}:content:1:c-7", b"{}")
    broken = (await store.audit.verify()).broken
    assert broken is not None
    assert broken.number == 8


@given(st.lists(st.text(max_size=8), min_size=6, max_size=6), st.integers(0, 4))
def test_no_two_entries_share_a_hash_by_shifting_characters(parts: list[str], at: int) -> None:
    def hashed(values: list[str]) -> str:
        kind, comment_id, item, actor, detail, _ = values
        return Entry(1, kind, 1, comment_id, 1, item, actor, detail, "").expected_hash(GENESIS)

    if at == 4 or not parts[at]:
        return
    shifted = list(parts)
    shifted[at], shifted[at + 1] = parts[at][:-1], parts[at][-1] + parts[at + 1]
    assert hashed(shifted) != hashed(parts)


async def test_the_servers_hash_is_sha256(store: Store) -> None:
    """Entries of every length around the borders of a block have the hash that Python gives."""
    for length in range(130):
        await store.submit(comment("x" * (length + 1)), ALLOWED)
    previous = GENESIS
    for entry in await store.audit.read():
        assert entry.hash == entry.expected_hash(previous)
        previous = entry.hash
    assert len(previous) == len(sha256().hexdigest())


async def _rewrite(
    store: Store, changes: dict[int, dict[str, str]], *, rehash: bool = False
) -> None:
    """What somebody with the keys to the server could do: write the stream again."""
    client, root = store._library.client, store._library.root
    entries = await client.xrange(f"{root}:audit")
    assert entries is not None
    written = await store.audit.read()
    await client.delete(f"{root}:audit")
    previous = GENESIS
    for (identifier, fields), entry in zip(entries, written, strict=True):
        assert identifier is not None
        assert fields is not None
        changed = changes.get(entry.number, {})
        new: dict[Any, Any] = {
            **fields,
            **{name.encode(): value.encode() for name, value in changed.items()},
        }
        if rehash:
            previous = replace(entry, actor=new[b"actor"].decode()).expected_hash(previous)
            new[b"hash"] = previous.encode()
        await client.xadd(f"{root}:audit", new, id=identifier)
    if rehash:
        await client.hset(f"{root}:chain", "hash", previous)
