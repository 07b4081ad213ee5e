"""The kept versions: every rule set that was ever published, with who, when and why.

Contents lie once each under their hash, compressed, so that a version costs the files that it
changed. Nothing leaves.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from api.rulebook.files import Files
from moderation.store import Conflict, NotFound
from moderation.store.encoding import from_json, to_json, to_moment, to_text
from moderation.store.library import Library, reaching
from moderation.verdict import Versions as Judged

LONGEST_BY: Final = 200
LONGEST_WHY: Final = 1000
_SHORTEST_PREFIX: Final = 4


class Kind(StrEnum):
    """How a version came into the history."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    SET_ASIDE = "set_aside"
    """Kept, but not served: somebody had published another version meanwhile."""


@dataclass(frozen=True, slots=True)
class Published:
    """One line of the history.

    `version` names the content; verdicts name it by `rules` and `policy`, which are their own
    versions of both. `parent` is what was current before, None at the first. Numbers count from 1.
    """

    number: int
    kind: Kind
    version: str
    parent: str | None
    by: str
    why: str
    at: datetime
    rules: str
    policy: str

    @property
    def judged(self) -> Judged:
        """How verdicts name it, apart from the model."""
        return Judged(self.rules, self.policy, None)


class Versions:
    """The versions of one site, in its store. All methods raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._client = library.client
        self._root = f"{library.root}:rulebook"

    async def number(self) -> int:
        """The number of the last line of the history; it grows with every one. One look-up."""
        async with reaching():
            found = await self._client.hget(f"{self._root}:current", "number")
        return int(found or 0)

    async def current(self) -> Published | None:
        """What every service serves; None where nothing was published yet."""
        async with reaching():
            entry: Any = await self._client.hget(f"{self._root}:current", "entry")
            if entry is None:
                return None
            number = to_text(entry)
            found: Any = await self._client.xrange(f"{self._root}:history", number, number)
        return _published(*found[0])

    async def history(self, *, limit: int = 100, before: int | None = None) -> list[Published]:
        """The newest first; with `before`, those with lower numbers."""
        last = "+" if before is None else f"({before}-0"
        async with reaching():
            found: Any = await self._client.xrevrange(
                f"{self._root}:history", max=last, min="-", count=limit
            )
        return [_published(identifier, fields) for identifier, fields in found]

    async def first(self, version: str) -> Published:
        """The line with which a version first became current. Raises NotFound."""
        found: Published | None = None
        before: int | None = None
        while page := await self.history(limit=500, before=before):
            for line in page:
                if line.version == version and line.kind is not Kind.SET_ASIDE:
                    found = line
            before = page[-1].number
        if found is None:
            raise NotFound(f"version `{version}` was never served")
        return found

    async def files(self, version: str) -> Files:
        """The contents of a version. Raises NotFound."""
        async with reaching():
            manifest: Any = await self._client.hget(f"{self._root}:versions", version)
            if manifest is None:
                raise NotFound(f"no version `{version}` was ever published")
            digests: Mapping[str, str] = from_json(manifest)
            blobs: Any = await self._client.hmget(f"{self._root}:blobs", list(digests.values()))
        contents = zip(digests, blobs, strict=True)
        return Files({name: zlib.decompress(blob) for name, blob in contents})

    async def manifests(self) -> dict[str, Mapping[str, str]]:
        """The digests of every version's files, by version and name."""
        async with reaching():
            found: Any = await self._client.hgetall(f"{self._root}:versions")
        return {to_text(version): from_json(manifest) for version, manifest in found.items()}

    async def keeps(self, version: str) -> bool:
        """Whether a version of this content is kept."""
        async with reaching():
            return bool(await self._client.hexists(f"{self._root}:versions", version))

    async def find(self, name: str) -> str:
        """The version that a person means: it itself, its beginning, or the rules' own version.

        Raises NotFound where there is none, or more than one.
        """
        if await self.keeps(name):
            return name
        async with reaching():
            versions: Any = await self._client.hkeys(f"{self._root}:versions")
            judged: Any = await self._client.hgetall(f"{self._root}:judged")
        found = {to_text(each) for each in versions if to_text(each).startswith(name)}
        found |= {
            to_text(version) for each, version in judged.items() if from_json(each)[0] == name
        }
        if len(found) != 1 or len(name) < _SHORTEST_PREFIX:
            where = "`moderation rules history` lists them"
            if not found or not name:
                raise NotFound(f"`{name}` is the beginning of no version; {where}")
            if len(found) == 1:
                raise NotFound(
                    f"`{name}` is too short: at least {_SHORTEST_PREFIX} characters; {where}"
                )
            told = ", ".join(sorted(found))
            raise NotFound(f"`{name}` is the beginning of several versions, {told}; {where}")
        return found.pop()

    async def that_judged(self, judged: Judged) -> str:
        """The version that a verdict names. Raises NotFound."""
        async with reaching():
            found: Any = await self._client.hget(
                f"{self._root}:judged", to_json([judged.rules, judged.policy])
            )
        if found is None:
            raise NotFound(
                f"no version with rules {judged.rules} and policy {judged.policy} is kept"
            )
        return to_text(found)

    async def publish(
        self,
        files: Files,
        judged: Judged,
        *,
        by: str,
        why: str,
        base: str | None,
        kind: Kind = Kind.PUBLISHED,
    ) -> Published:
        """Makes a content, which must be good, the current version; the line that says so.

        A content that is current already stays, with its line. Raises Conflict where another than
        `base` is current; then nothing changes.
        """
        outcome, *rest = await self._transition(
            "rulebook_publish", files, judged, by, why, base, kind
        )
        current = await self.current()
        if outcome == b"conflict" or current is None:
            raise Conflict("changed", _both_sides(base, rest, current))
        return current

    async def set_aside(
        self, files: Files, judged: Judged, *, by: str, why: str, base: str | None
    ) -> bool:
        """Keeps a content in the history without serving it; whether it was not kept before."""
        kind = Kind.SET_ASIDE
        reply = await self._transition("rulebook_set_aside", files, judged, by, why, base, kind)
        return bool(reply[0] == b"done")

    async def _transition(
        self,
        function: str,
        files: Files,
        judged: Judged,
        by: str,
        why: str,
        base: str | None,
        kind: Kind,
    ) -> list[bytes]:
        by, why = by.strip()[:LONGEST_BY], why.strip()[:LONGEST_WHY]
        blobs = [
            part
            for name, content in files.contents.items()
            for part in (files.digests[name], zlib.compress(content, 9))
        ]
        detail = {"version": files.version, "parent": base or "", "why": why}
        reply: list[bytes] = await self._library.transition(
            function,
            base or "",
            files.version,
            to_json(dict(files.digests)),
            to_json([judged.rules, judged.policy]),
            kind,
            by,
            why,
            to_json(detail),
            *blobs,
        )
        return reply


def _both_sides(base: str | None, rest: list[bytes], current: Published | None) -> str:
    yours = f"version {base}" if base else "no version"
    if current is None:
        return f"your change is based on {yours}, and nothing is published"
    theirs = to_text(rest[0]) if rest else current.version
    return (
        f"your change is based on {yours}, but {current.by} published version {theirs} at "
        f"{current.at:%Y-%m-%d %H:%M} ({current.why or 'no reason given'}); "
        "look at the difference, and publish again on top of it"
    )


def _published(identifier: bytes, fields: Mapping[bytes, bytes]) -> Published:
    said = {to_text(name): to_text(value) for name, value in fields.items()}
    rules, policy = from_json(said["judged"].encode())
    return Published(
        number=int(to_text(identifier).partition("-")[0]),
        kind=Kind(said["kind"]),
        version=said["version"],
        parent=said["parent"] or None,
        by=said["by"],
        why=said["why"],
        at=to_moment(int(said["at"])),
        rules=rules,
        policy=policy,
    )
