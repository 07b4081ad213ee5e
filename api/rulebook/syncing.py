"""Keeps one service, its files on disk and the store's current version the same.

The store's current version is what every service serves. A change on disk is published; what was
published elsewhere is written to disk. What cannot be published is set aside in the history: no
content that was good is lost. docs/decisions/rules-one-truth.md says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from api import metrics
from api.rulebook.files import Files, joined
from api.rulebook.files import part as part_of
from api.rulebook.homes import ON_DISK, SHIPPED, Homes
from api.rulebook.loading import Loaded, Loader, placed
from api.rulebook.versions import Published, Versions
from api.watch import on_change
from moderation.detector import Classifier
from moderation.store import Conflict, StoreUnavailable
from rules.errors import Problem, RulesError
from rules.sentence import Foreign, sentence

_log = structlog.get_logger("api.rulebook")

POLL_SECONDS: Final = 0.25
"""How often a service asks the store whether there is a newer version: one look-up."""
_STOP_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Served:
    """What serves now, and what is wrong with the files on disk or with the current version."""

    loaded: Loaded
    problems: tuple[Problem, ...] = ()


class Syncing:
    """The rules of one service."""

    def __init__(self, versions: Versions, loader: Loader, homes: Homes) -> None:
        self.homes = homes
        self._versions = versions
        self._loader = loader
        self._serve: Callable[[Served], None] | None = None
        self._served: Served | None = None
        self._in_step: Files | None = None
        """What files on disk were when they last were the store's current version."""
        self._number: int | None = None
        self._touched = asyncio.Event()
        self._syncing = asyncio.Lock()

    async def begin(self) -> Served:
        """The current version; of a store that cannot be reached, what stands on disk.

        Raises RulesError where there is nothing good to serve.
        """
        try:
            await self.sync()
        except StoreUnavailable:
            files = await asyncio.to_thread(self.homes.read)
            self._show(Served(await self._load_from_disk(files, check=False)))
        assert self._served is not None  # noqa: S101 - there is one, or an error was raised
        return self._served

    async def run(self, serve: Callable[[Served], None], stop: asyncio.Event) -> None:
        """Follows the files on disk and the store until `stop`; `serve` takes what serves then."""
        self._serve = serve
        watching = asyncio.create_task(self._watch(stop))
        try:
            while not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._touched.wait(), POLL_SECONDS)
                try:
                    await self._follow()
                except StoreUnavailable:
                    # What was touched is looked at again when the store is back.
                    self._number = None
                    await _pause(stop, POLL_SECONDS)
                except Exception:
                    self._number = None
                    _log.exception("rules could not be brought up to date; they are tried again")
                    await _pause(stop, 4 * POLL_SECONDS)
        finally:
            stop.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(watching, _STOP_SECONDS)

    def touch(self) -> None:
        """Has disk and store looked at again at once."""
        self._touched.set()

    async def sync(self) -> None:
        """Brings disk, store and service to one version, as far as they can be.

        Raises StoreUnavailable, and RulesError where nothing good serves yet and none is found.
        """
        async with self._syncing:
            number = await self._versions.number()
            current = await self._versions.current()
            problems: tuple[Problem, ...] = ()
            try:
                disk = await asyncio.to_thread(self.homes.read)
            except RulesError as error:
                if current is None and self._served is None:
                    raise
                disk, problems = Files({}), error.problems
            if not problems and (current is None or await self._is_edit(disk, current)):
                try:
                    current = await self._publish(disk, current)
                except RulesError as error:
                    if current is None and self._served is None:
                        raise
                    problems = error.problems
            if current is not None:
                await self._adopt(current, disk, problems)
            self._number = number

    async def use(self, classifier: Classifier | None) -> Served:
        """What serves from now on: the same rules with another classifier."""
        async with self._syncing:
            await self._loader.use(classifier)
            assert self._served is not None  # noqa: S101 - a service begins by syncing
            self._served = replace(self._served, loaded=self._loader.again(self._served.loaded))
            return self._served

    async def _follow(self) -> None:
        if self._touched.is_set() or await self._versions.number() != self._number:
            self._touched.clear()
            await self.sync()

    async def _is_edit(self, disk: Files, current: Published) -> bool:
        """Whether somebody changed the files on disk, other than this or another service."""
        if disk.version == current.version:
            return False
        base = self._in_step
        if base is None:
            # Just started: what was published once is old, not edited.
            if await self._versions.keeps(disk.version):
                return False
            base = await self._versions.files(current.parent) if current.parent else Files({})
        if disk.version == base.version:
            return False
        # Files that are half those of before and half the current ones are being written.
        now = await self._versions.files(current.version)
        return any(
            disk.digests.get(name) not in (base.digests.get(name), now.digests.get(name))
            for name in disk.digests.keys() | base.digests.keys() | now.digests.keys()
        )

    async def _publish(self, disk: Files, current: Published | None) -> Published | None:
        """What is current after publishing an edit on disk; raises RulesError for a bad one."""
        loaded = await self._load_from_disk(disk, check=True)
        if self._in_step is not None:
            base: str | None = self._in_step.version
        else:
            base = current.version if current else None
        by = self.homes.source if self._in_step is None else ON_DISK
        why = "found at the start" if self._in_step is None else "changed in the folder"
        try:
            return await self._versions.publish(disk, loaded.judged, by=by, why=why, base=base)
        except Conflict as error:
            await self._versions.set_aside(disk, loaded.judged, by=by, why=str(error), base=base)
            _log.warning(
                "a change on disk is set aside, since another version was published meanwhile",
                version=disk.version,
                remedy="moderation rules history --diff; moderation rules rollback takes it",
            )
            return await self._versions.current()

    async def _adopt(self, current: Published, disk: Files, problems: tuple[Problem, ...]) -> None:
        """Serves the current version and brings it to disk, where what is there may be replaced."""
        files = disk
        if disk.version != current.version:
            files = await self._versions.files(current.version)
        try:
            loaded = await self._loader.load(files)
        except RulesError as error:
            if self._served is None:
                raise
            self._show(Served(self._served.loaded, (*problems, *error.problems)))
            return
        if not problems:
            problems = await self._to_disk(files, disk)
        self._show(Served(loaded, problems))

    async def _to_disk(self, files: Files, disk: Files) -> tuple[Problem, ...]:
        try:
            if files.version != disk.version:
                await asyncio.to_thread(self.homes.write, files)
                _log.info("files on disk are the current version", folder=str(self.homes.packs))
        except OSError as error:
            return (
                Problem(
                    self.homes.packs, 0, 0, "",
                    sentence("cannot be written: {error}", error=Foreign(error)),
                    "the current version serves nevertheless; make the folder writable",
                ),
            )  # fmt: skip
        self._in_step = files
        if self.homes.is_copied:
            await self._notice_configured(files)
        return ()

    async def _notice_configured(self, files: Files) -> None:
        """Sets aside new content of a place for which a copy stands: a new package's, say."""
        try:
            configured, packs_copied, policy_copied = await asyncio.to_thread(
                self.homes.read_configured
            )
        except RulesError as error:
            _log.warning("rules that the settings name are broken", problems=str(error))
            return
        kept = (await self._versions.manifests()).values()

        def is_new(copied: bool, *, policy: bool) -> bool:
            mine = configured.part(policy=policy)
            return copied and all(part_of(one, policy=policy) != mine for one in kept)

        new_packs, new_policy = (
            is_new(packs_copied, policy=False),
            is_new(policy_copied, policy=True),
        )
        if not (new_packs or new_policy):
            return
        found = joined(
            packs=configured if new_packs else files, policy=configured if new_policy else files
        )
        try:
            loaded = await self._loader.check(found)
        except RulesError as error:
            _log.warning("rules that the settings name are broken", problems=str(error))
            return
        why = "newer than the copy that was made of it; compare, and roll back to it to take it"
        by = SHIPPED if self.homes.is_shipped else ON_DISK
        if await self._versions.set_aside(found, loaded.judged, by=by, why=why, base=files.version):
            _log.warning("new rules are set aside", by=by, version=found.version, remedy=why)

    async def _load_from_disk(self, files: Files, *, check: bool) -> Loaded:
        try:
            return await (self._loader.check(files) if check else self._loader.load(files))
        except RulesError as error:
            raise placed(error, self.homes.path) from None

    def _show(self, now: Served) -> None:
        before, self._served = self._served, now
        if now == before:
            return
        if now.problems:
            metrics.RELOADS.labels("refused").inc()
            _log.error(
                "rules or policy are broken; the last good set serves",
                problems=[str(problem) for problem in now.problems],
            )
        elif before is not None:
            metrics.RELOADS.labels("loaded").inc()
            _log.info(
                "rules and policy loaded",
                rules=now.loaded.rules.version,
                policy=now.loaded.policy.version,
            )
        if self._serve is not None:
            self._serve(now)

    async def _watch(self, stop: asyncio.Event) -> None:
        """Watches the files on disk, elsewhere when they move to a copy."""
        while not stop.is_set():
            packs, policy = self.homes.packs, self.homes.policy
            moved = asyncio.Event()
            watching = asyncio.gather(
                on_change((packs, policy), moved, self.touch), self._watch_replaced(moved)
            )
            try:
                while not (stop.is_set() or watching.done()) and (packs, policy) == (
                    self.homes.packs,
                    self.homes.policy,
                ):
                    await _pause(stop, POLL_SECONDS)
                moved.set()
                await watching
            except Exception:
                _log.exception("files on disk are not watched; this is tried again")
                await _pause(stop, 20 * POLL_SECONDS)

    async def _watch_replaced(self, stop: asyncio.Event) -> None:
        """Says of edits where a copy serves that they change nothing."""
        # Whoever copied them may have deleted them since, their folder too.
        replaced = [place for place in self.homes.replaced if place.resolve().parent.is_dir()]
        if not replaced:
            return

        def told() -> None:
            _log.warning(
                "a file was changed that does not serve; edit the copy that does",
                changed=[str(place) for place in replaced],
                serving=[str(self.homes.packs), str(self.homes.policy)],
                remedy="moderation rules publish FOLDER takes the changed files",
            )

        await on_change(replaced, stop, told)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
