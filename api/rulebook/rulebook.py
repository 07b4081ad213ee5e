"""The rulebook of one site: what serves, what served before, and going back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime

from api.rulebook import reverting
from api.rulebook.files import Files, difference, unread
from api.rulebook.loading import Loaded, Loader
from api.rulebook.replaying import judge_as_then
from api.rulebook.reverting import Plan, Progress, Reverted, Target
from api.rulebook.versions import Kind, Published, Versions
from moderation.store import NotFound, Record, Store, StoreUnavailable
from moderation.verdict import Verdict
from rules.errors import RulesError


class Rulebook:
    """Publishing, history, and judging by what was.

    A version may be named by its beginning, or by the version of its rules that a verdict tells.
    All methods raise StoreUnavailable, and NotFound for a version that is not kept.
    """

    def __init__(
        self,
        versions: Versions,
        loader: Loader,
        store: Store,
        published: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`published` is awaited after each publication: who publishes serves it at once."""
        self._versions = versions
        self._loader = loader
        self._store = store
        self._published = published

    async def current(self) -> Published | None:
        """What every service serves; None where nothing was published yet."""
        return await self._versions.current()

    async def history(self, *, limit: int = 100, before: int | None = None) -> list[Published]:
        """The newest first; `before` is the number of the last one of an earlier page."""
        return await self._versions.history(limit=limit, before=before)

    async def files(self, version: str) -> Mapping[str, str]:
        """The texts of a version: `policy.yaml`, and packs and lists as `packs/…`."""
        return (await self._files(version)).texts

    async def difference(self, before: str, after: str) -> Mapping[str, str]:
        """A unified diff for each file that is not the same in two versions."""
        return difference(await self._files(before), await self._files(after))

    async def publish(
        self, files: Mapping[str, str], *, by: str, why: str, base: str | None
    ) -> Published:
        """Makes files, every one of the set, the current version of all services.

        `base` is the version that was edited, None where there is none. Raises RulesError with
        everything that is wrong, each problem under the file's name, and Conflict where somebody
        else published after `base`; then nothing changes. Files that are current already stay. A
        list of `base` that no pack names any more goes; new text for it is a problem.
        """
        return await self._publish(await self._read(Files.of_texts(files), base), by, why, base)

    async def rollback(self, version: str, *, by: str, why: str) -> Published:
        """Makes an old version current again, with a line of its own in the history.

        Raises RulesError where this release of the software no longer takes it.
        """
        files = await self._files(version)
        current = await self._versions.current()
        base = current.version if current else None
        return await self._publish(files, by, why, base, Kind.ROLLED_BACK)

    async def replay(self, record: Record, version: str | None = None) -> Verdict:
        """The verdict of a version's rules and policy on a recorded comment; nothing is recorded.

        Without a version, the one that judged it. The model is today's. Raises RulesError where
        this release of the software no longer takes the version.
        """
        if version is None:
            found = await self._versions.that_judged(record.revision.verdict.versions)
        else:
            found = await self._versions.find(version)
        loaded = await self._loader.load(await self._versions.files(found))
        return await asyncio.to_thread(judge_as_then, loaded.equipment.engine, record)

    async def revert_plan(
        self,
        *,
        rule: str | None = None,
        version: str | None = None,
        since: datetime | None = None,
        progress: Progress | None = None,
    ) -> Plan:
        """What undoing one rule (`pack/rule`), or one version, would change; nothing is recorded.

        Comments that rest on the rule are judged by the current version without it; those that
        the version judged, by the version before it. Raises ValueError unless one is named.
        """
        if (rule is None) == (version is None):
            raise ValueError("name a rule or a version")
        if version is not None:
            target, loaded = await self._before(await self._versions.find(version))
        else:
            current = await self._versions.current()
            if current is None:
                raise NotFound("nothing was published yet")
            whole = await self._loader.load(await self._versions.files(current.version))
            target, loaded = (
                Target(f"rule {rule}", rule=rule),
                self._loader.without(whole, rule or ""),
            )
        return await reverting.plan(self._store, target, loaded.equipment.engine, since, progress)

    async def revert(
        self, plan: Plan, *, by: str, why: str, progress: Progress | None = None
    ) -> Reverted:
        """Carries a plan out. What moderators decided or hold is left as it is."""
        return await reverting.carry_out(self._store, plan, by=by, why=why, progress=progress)

    async def _publish(
        self, files: Files, by: str, why: str, base: str | None, kind: Kind = Kind.PUBLISHED
    ) -> Published:
        loaded = await self._loader.check(files)
        published = await self._versions.publish(
            files, loaded.judged, by=by, why=why, base=base, kind=kind
        )
        if self._published is not None:
            # It is published, whatever happens to the store now.
            with suppress(StoreUnavailable):
                await self._published()
        return published

    async def _read(self, files: Files, base: str | None) -> Files:
        """What services read of the files: the same in the store as in a folder."""
        # Every pack is parsed for it.
        names = await asyncio.to_thread(lambda: files.unread)
        if not names:
            return files
        before = await self._versions.files(base) if base else Files({})
        if sent := [name for name in names if files.texts[name] != before.texts.get(name)]:
            # A pack that is broken may name them nevertheless: what is wrong with it comes first.
            await self._loader.load(files)
            raise RulesError([unread(name) for name in sent])
        return files.without(names)

    async def _files(self, version: str) -> Files:
        return await self._versions.files(await self._versions.find(version))

    async def _before(self, version: str) -> tuple[Target, Loaded]:
        first = await self._versions.first(version)
        if first.parent is None:
            raise NotFound(f"no version came before {version}")
        loaded = await self._loader.load(await self._versions.files(first.parent))
        return Target(f"version {version}", judged=first.judged), loaded
