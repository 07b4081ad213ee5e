"""Retention: what is decided and old goes to dated archives first, and only then leaves the store.

An archive is gzipped JSON Lines: one line per audit entry and one per record, told apart by `type`.
It is complete on the disk (written, flushed, renamed, its folder flushed) before anything is
removed. The trail's cut keeps an anchor, so that what remains still verifies, and archives join up
with it entry by entry.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from moderation.store.audit import GENESIS, Audit, Broken, Entry, Head, Verification
from moderation.store.encoding import from_json, to_json, to_moment, to_text
from moderation.store.errors import ChainBroken
from moderation.store.library import Library
from moderation.store.projection import Projection

ENTRIES_IN_ONE = 5_000
RECORDS_IN_ONE = 500


@dataclass(frozen=True, slots=True)
class Archived:
    """What one run moved, and into which files."""

    files: tuple[Path, ...]
    entries: int
    records: int


class Retention:
    """Moves old, decided comments of one namespace to archives."""

    def __init__(self, library: Library, audit: Audit, statistics: Projection) -> None:
        self._library = library
        self._audit = audit
        self._statistics = statistics

    async def archive(self, folder: Path, older_than: timedelta) -> Archived:
        """Archives and removes what was decided longer ago than `older_than`.

        Comments that wait stay, however old. May be stopped anywhere and run again: at worst an
        archive tells again what another tells. Raises StoreUnavailable, OSError, and ChainBroken
        where the trail does not verify (nothing more is removed then).
        """
        # What is cut can no longer be counted.
        await self._statistics.catch_up()
        now = await self._library.transition("moment")
        before = int(now) - older_than // timedelta(milliseconds=1)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        files: list[Path] = []
        entries = records = 0
        while old := await self._old_entries(before):
            lines = [_entry_line(entry) for entry in old]
            files.append(await self._write(folder, lines))
            await self._cut(files[-1], Head(old[-1].number, old[-1].hash), {})
            entries += len(old)
        while due := await self._due(before):
            files.append(await self._write(folder, list(due.values())))
            removed = await self._cut(files[-1], None, due)
            records += removed
            if removed < len(due):
                # The rest changed meanwhile, or the trail still speaks of it: next time.
                break
        return Archived(tuple(files), entries, records)

    async def _old_entries(self, before: int) -> list[Entry]:
        """The verified entries from the anchor to a time, one archive's worth at most."""
        anchor, head = await self._audit.anchor(), await self._audit.head()
        previous, found = anchor, list[Entry]()
        async for entry in self._audit.walk(
            anchor, min(head.number, anchor.number + ENTRIES_IN_ONE)
        ):
            if entry.milliseconds >= before:
                break
            joined = entry.number == previous.number + 1
            if not joined or entry.expected_hash(previous.hash) != entry.hash:
                raise ChainBroken(
                    f"the audit trail is broken at entry {previous.number + 1}; nothing after it "
                    "is archived. Verify the trail and keep the store as it is"
                )
            found.append(entry)
            previous = Head(entry.number, entry.hash)
        return found

    async def _due(self, before: int) -> dict[tuple[str, str], bytes]:
        """The archive lines of decided records, by comment and number of its last entry."""
        anchor = await self._audit.anchor()
        due: dict[tuple[str, str], bytes] = {}
        for comment in await self._library.call("retention_due", str(before - 1), RECORDS_IN_ONE):
            state, *rest = await self._library.call("retention_export", comment)
            if state == b"absent":
                continue
            fields, contents, items, rejudged = rest
            record = _pairs(fields)
            if int(record["changed"]) <= anchor.number:
                due[to_text(comment), record["changed"]] = to_json(
                    {
                        "type": "record",
                        "comment": to_text(comment),
                        "record": record,
                        "revisions": [
                            from_json(content) if content else None for content in contents
                        ],
                        "items": {to_text(item): _pairs(flat) for item, flat in items},
                        "rejudged": {to_text(name): from_json(told) for name, told in rejudged},
                    }
                )
        return due

    async def _write(self, folder: Path, lines: Sequence[bytes]) -> Path:
        day = to_moment(await self._library.transition("moment")).date()
        return await asyncio.to_thread(_write_archive, folder, f"{day.isoformat()}", lines)

    async def _cut(
        self, file: Path, cut: Head | None, records: Mapping[tuple[str, str], bytes]
    ) -> int:
        digest = sha256(await asyncio.to_thread(file.read_bytes)).hexdigest()
        detail: dict[str, Any] = {"file": file.name, "sha256": digest, "records": len(records)}
        if cut is not None:
            detail |= {"anchor": cut.number, "hash": cut.hash}
        reply = await self._library.transition(
            "retention_cut",
            "" if cut is None else str(cut.number),
            "" if cut is None else cut.hash,
            to_json(detail),
            *(part for pair in records for part in pair),
        )
        if reply[0] == b"conflict":
            raise ChainBroken(f"the audit trail changed while {file.name} was written; run again")
        return int(reply[1])


def read_archives(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Every line of a folder's archives, file by file."""
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rb") as lines:
            for line in lines:
                yield from_json(line)


def verify_archives(folder: Path, anchor: Head) -> Verification:
    """Whether the archived entries make one chain from the first ever to the store's anchor."""
    entries = {
        line["number"]: Entry(**{key: value for key, value in line.items() if key != "type"})
        for line in read_archives(folder)
        if line["type"] == "entry"
    }
    previous, start = Head(0, GENESIS), Head(0, GENESIS)
    for number in range(1, anchor.number + 1):
        entry = entries.get(number)
        if entry is None:
            return Verification(start, anchor, number - 1, Broken(number, "no archive holds it"))
        if entry.expected_hash(previous.hash) != entry.hash:
            problem = "its hash does not fit its content and the entry before"
            return Verification(start, anchor, number - 1, Broken(number, problem))
        previous = Head(entry.number, entry.hash)
    broken = None if previous == anchor else Broken(anchor.number, "it is not the store's anchor")
    return Verification(start, anchor, anchor.number, broken)


def _entry_line(entry: Entry) -> bytes:
    return to_json({"type": "entry", **asdict(entry)})


def _pairs(flat: Sequence[bytes]) -> dict[str, str]:
    return {
        to_text(name): to_text(value) for name, value in zip(flat[::2], flat[1::2], strict=True)
    }


def _write_archive(folder: Path, day: str, lines: Sequence[bytes]) -> Path:
    """Writes a file under a name of its date and content: the same lines give the same file."""
    packed = gzip.compress(b"\n".join(lines) + b"\n", mtime=0)
    file = folder / f"{day}-{sha256(packed).hexdigest()[:16]}.jsonl.gz"
    partial = file.with_suffix(".partial")
    with partial.open("wb") as stream:
        stream.write(packed)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return file
