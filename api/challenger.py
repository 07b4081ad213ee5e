"""A second model that judges beside the one that serves, in its shadow: nobody is told by it.

It judges after the comment's record is made and off the path of its answer, by the same rules and
the same policy. Under load it falls behind, then drops comments and counts what it dropped.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import structlog

from api import metrics
from api.differences import (
    DROPPED,
    FAILED,
    SAME,
    Compared,
    Difference,
    Differences,
    Hour,
    Pair,
    Side,
)
from api.rulebook.replaying import judge_as_then
from api.wiring import Equipment, LoadedClassifier
from moderation.engine import Engine
from moderation.store import Record, StoreUnavailable

_log = structlog.get_logger("api.challenger")

MOST_WAITING: Final = 1_000
"""Comments that may wait for the challenger; more are dropped."""
_AT_ONCE: Final = 8
_STOP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    record: Record
    equipment: Equipment


class Challenger:
    """The challenger of one service, or none. `loaded.problem` says why it could not be loaded."""

    def __init__(self, loaded: LoadedClassifier, differences: Differences) -> None:
        self.loaded = loaded
        self._kept = differences
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(MOST_WAITING)
        self._lost: dict[str, Counter[str]] = {}
        self._engine: tuple[Equipment, Engine] | None = None

    @property
    def version(self) -> str | None:
        """The challenger's version; None where there is none."""
        return self.loaded.classifier.version if self.loaded.classifier else None

    def watch(self, record: Record, equipment: Equipment) -> None:
        """Has a record that was just made judged by the challenger too, later. Never waits.

        What no model judged is left out, and what the challenger itself judged.
        """
        champion = record.revision.verdict.versions.model
        if self.version is None or champion in (None, self.version) or record.repeated:
            return
        try:
            self._waiting.put_nowait(_Waiting(record, equipment))
        except asyncio.QueueFull:
            self._lose(record, DROPPED)

    async def run(self, stop: asyncio.Event) -> None:
        """Judges what is to be watched until `stop`, and what waits then for two seconds more."""
        if self.version is None:
            return
        working = asyncio.create_task(self._work())
        await stop.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), _STOP_SECONDS)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def settled(self) -> None:
        """Returns when nothing waits any more."""
        await self._waiting.join()

    def pair(self, champion: str) -> Pair:
        """The challenger against a champion. Raises LookupError where there is none."""
        if self.version is None:
            raise LookupError("there is no challenger")
        return Pair(champion, self.version)

    async def differences(
        self, champion: str, *, limit: int = 50, before: str | None = None, kind: str | None = None
    ) -> list[Difference]:
        """Comments on which it and a champion differ, the newest first. Raises StoreUnavailable."""
        return await self._kept.read(self.pair(champion), limit=limit, before=before, kind=kind)

    async def totals(self, champion: str, days: int = 7) -> list[Hour]:
        """How often they agreed and differed, by hour. Raises StoreUnavailable."""
        return await self._kept.totals(self.pair(champion), days)

    async def _work(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            with suppress(asyncio.QueueEmpty):
                while len(batch) < _AT_ONCE:
                    batch.append(self._waiting.get_nowait())
            try:
                await self._keep(await asyncio.to_thread(self._compared, batch))
            except Exception as error:
                # A shadow must not fall on what it stands beside: it is counted, and goes on.
                for each in batch:
                    self._lose(each.record, FAILED)
                if not isinstance(error, StoreUnavailable):
                    _log.exception("the challenger failed")
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _keep(self, found: Sequence[Compared]) -> None:
        for champion in {*self._lost, *(each.pair.champion for each in found)}:
            lost = self._lost.pop(champion, Counter())
            mine = [each for each in found if each.pair.champion == champion]
            try:
                await self._kept.add(self.pair(champion), mine, **lost)
            except BaseException:
                self._lost[champion] = lost
                raise
            for result, group in groupby(sorted(each.kind == SAME for each in mine)):
                metrics.CHALLENGER.labels(SAME if result else "differs").inc(len(list(group)))

    def _compared(self, batch: Sequence[_Waiting]) -> list[Compared]:
        found: list[Compared] = []
        for each in batch:
            record, engine = each.record, self._engine_of(each.equipment)
            verdict = record.revision.verdict
            judged = (verdict.versions.rules, verdict.versions.policy)
            if judged != (engine.rules.version, engine.policy.version):
                # Rules changed between the verdict and now: the difference would be theirs.
                self._lose(record, DROPPED)
                continue
            shadow = judge_as_then(engine, record)
            if shadow.degraded:
                self._lose(record, FAILED)
                continue
            champion = str(verdict.versions.model)
            sides = Side.of(verdict), Side.of(shadow)
            number = record.revision.number
            found.append(Compared(record.id, number, self.pair(champion), *sides))
        return found

    def _engine_of(self, equipment: Equipment) -> Engine:
        if self._engine is None or self._engine[0] is not equipment:
            engine = Engine(equipment.engine.rules, equipment.policy, self.loaded.classifier)
            self._engine = (equipment, engine)
        return self._engine[1]

    def _lose(self, record: Record, why: str) -> None:
        champion = str(record.revision.verdict.versions.model)
        self._lost.setdefault(champion, Counter())[why] += 1
        metrics.CHALLENGER.labels(why).inc()
