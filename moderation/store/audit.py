"""The audit trail: every transition once, in order, each entry holding the hash of all before it.

Changing, removing or inserting an entry breaks the chain from there on. Somebody who can rewrite
the whole store could rewrite the whole chain: keep `head()` somewhere else from time to time and
give it to `verify`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from moderation.store.encoding import from_json, to_bytes, to_moment, to_text
from moderation.store.library import Library

GENESIS = "0" * 64
PAGE = 500
_FIELDS = (b"kind", b"at", b"comment", b"revision", b"item", b"actor", b"detail", b"hash")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition.

    `kind` is submitted, revised, rejudged, appealed, claimed, reopened, released, expired, noted,
    approved, rejected, escalated, undone, listed, unlisted (of the watch list), archived, promoted
    (a model), or one of rule sets. `actor` is the moderator who acted or whose lease ran out, empty
    for the machine. `detail` is JSON and may be empty; where the kind does not tell the comment's
    status afterwards, it does (of an escalation, unless an earlier version wrote it). Numbers count
    from 1 without gaps; `milliseconds` since 1970.
    """

    number: int
    kind: str
    milliseconds: int
    comment: str
    revision: int | None
    item: str | None
    actor: str
    detail: str
    hash: str

    @property
    def at(self) -> datetime:
        """When, by the store's clock."""
        return to_moment(self.milliseconds)

    @property
    def details(self) -> Mapping[str, Any]:
        """The detail, read; empty where there is none."""
        found: Mapping[str, Any] = from_json(to_bytes(self.detail)) if self.detail else {}
        return found

    def expected_hash(self, previous: str) -> str:
        """What `hash` must be after an entry whose hash is `previous`."""
        parts = (
            previous,
            str(self.number),
            self.kind,
            str(self.milliseconds),
            self.comment,
            "" if self.revision is None else str(self.revision),
            self.item or "",
            self.actor,
            self.detail,
        )
        framed = b",".join(b"%d:%s" % (len(part), part) for part in map(to_bytes, parts))
        return sha256(framed).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash; 0 and zeros before the first."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the trail is not what was written."""

    number: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What walking the chain found: from the anchor to the head, or to the first break."""

    anchor: Head
    head: Head
    checked: int
    broken: Broken | None

    @property
    def sound(self) -> bool:
        """Whether every entry is in its place and unchanged."""
        return self.broken is None


class Audit:
    """Reads and verifies the trail of one namespace. All raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def head(self) -> Head:
        """The last entry."""
        return (await self._ends())[1]

    async def anchor(self) -> Head:
        """The last entry that was archived and cut off; the trail begins after it."""
        return (await self._ends())[0]

    async def read(self, *, after: int = 0, limit: int = PAGE) -> tuple[Entry, ...]:
        """The next entries after a number, the oldest first."""
        found = await self._library.call("audit_read", after, limit)
        return tuple(_entry(identifier, flat) for identifier, flat in found)

    async def of(self, comment: str) -> tuple[Entry, ...]:
        """Everything about one comment that was not archived yet, the oldest first."""
        found = await self._library.call("audit_history", comment)
        return tuple(_entry(identifier, flat) for identifier, flat in found)

    async def walk(self, after: Head, until: int) -> AsyncIterator[Entry]:
        """The entries after one and up to a number, in pages."""
        number = after.number
        while number < until:
            page = await self.read(after=number, limit=min(PAGE, until - number))
            if not page:
                return
            for entry in page:
                if entry.number > until:
                    return
                yield entry
            number = page[-1].number

    async def verify(
        self, known: Head | None = None, *, progress: Callable[[int], None] | None = None
    ) -> Verification:
        """Walks the chain from its anchor to its present head, and the contents it speaks of.

        `known` is a head that was kept elsewhere: the chain must pass through it. `progress` is
        told from time to time how many entries were checked.
        """
        while True:
            anchor, head = await self._ends()
            found = await self._verify(anchor, head, known, progress)
            # A cut while walking moves the anchor: what was read no longer joins up, begin again.
            if found.sound or (await self._ends())[0] == anchor:
                return found

    async def _verify(
        self,
        anchor: Head,
        head: Head,
        known: Head | None,
        progress: Callable[[int], None] | None,
    ) -> Verification:
        previous, checked = anchor, 0
        kept: list[Entry] = []
        broken: Broken | None = None
        async for entry in self.walk(anchor, head.number):
            broken = _break_between(previous, entry, known)
            if broken is None and "content" in entry.details:
                kept.append(entry)
            if broken is None and len(kept) == PAGE:
                broken, kept = await self._break_in_contents(kept), []
            if broken is not None:
                return Verification(anchor, head, checked, broken)
            previous, checked = Head(entry.number, entry.hash), checked + 1
            if progress is not None and checked % PAGE == 0:
                progress(checked)
        broken = await self._break_in_contents(kept)
        if broken is None and previous != head:
            broken = Broken(previous.number + 1, f"the trail ends before entry {head.number}")
        if broken is None and known is not None and known.number > head.number:
            broken = Broken(head.number + 1, f"the trail ends before entry {known.number}")
        return Verification(anchor, head, checked, broken)

    async def _break_in_contents(self, entries: list[Entry]) -> Broken | None:
        """The first entry whose comment and verdict are not what the entry says."""
        if not entries:
            return None
        # A revision that was judged again has one content for each judgement.
        pairs = [
            part
            for entry in entries
            for part in (entry.comment, entry.details.get("judged", str(entry.revision)))
        ]
        replies = await self._library.call("audit_contents", *pairs)
        for entry, (state, *content) in zip(entries, replies, strict=True):
            if state == b"missing":
                return Broken(entry.number, "the comment it speaks of is gone from the record")
            if state == b"kept" and sha256(content[0]).hexdigest() != entry.details["content"]:
                return Broken(entry.number, "the comment or verdict was changed after the fact")
        return None

    async def _ends(self) -> tuple[Head, Head]:
        number, digest, anchor, anchor_digest = await self._library.call("audit_head")
        return (
            Head(int(anchor or 0), (anchor_digest or GENESIS.encode()).decode()),
            Head(int(number or 0), (digest or GENESIS.encode()).decode()),
        )


def _break_between(previous: Head, entry: Entry, known: Head | None) -> Broken | None:
    if entry.number != previous.number + 1:
        return Broken(previous.number + 1, f"it is missing; entry {entry.number} follows")
    if entry.expected_hash(previous.hash) != entry.hash:
        return Broken(entry.number, "its hash does not fit its content and the entry before")
    if known is not None and known.number == entry.number and known.hash != entry.hash:
        return Broken(entry.number, "it is not the entry whose hash was kept elsewhere")
    return None


def _entry(identifier: bytes, flat: Sequence[bytes]) -> Entry:
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    kind, at, comment, revision, item, actor, detail, digest = (
        fields.get(name, b"") for name in _FIELDS
    )
    return Entry(
        number=int(identifier.partition(b"-")[0]),
        kind=to_text(kind),
        milliseconds=int(at or 0),
        comment=to_text(comment),
        revision=int(revision) if revision else None,
        item=to_text(item) or None,
        actor=to_text(actor),
        detail=to_text(detail),
        hash=to_text(digest),
    )
