"""Dry runs of unpublished rules: each begun by one person, told as it goes on, kept for a while."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from api.dry_run import DryRun

_log = structlog.get_logger("api.console.rules")

KEPT: Final = 12
"""Runs whose results can still be looked at."""

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Run:
    """One dry run of a draft: of a file, in a set that `version` names.

    `result` is there when it is done, `failure` when it could not be.
    """

    id: str
    by: str
    file: str
    version: str
    has_begun: bool = False
    done: int = 0
    total: int = 0
    result: DryRun | None = None
    failure: str = ""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.result is not None or bool(self.failure)

    def tell(self, done: int, total: int) -> None:
        """Takes note of how far it is."""
        self.done, self.total = done, total


class Runs:
    """The dry runs of one service. One judges at a time; a person's new one takes the place of
    theirs that has not begun."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._judging = asyncio.Lock()

    def find(self, identifier: str, by: str) -> Run | None:
        """A person's run; None where it is not kept any more, or somebody else's."""
        run = self._runs.get(identifier)
        return run if run is not None and run.by == by else None

    def going(self, by: str, version: str) -> Run | None:
        """A person's run of a draft that has not ended."""
        runs = self._runs.values()
        mine = (run for run in runs if run.by == by and run.version == version)
        return next((run for run in mine if not run.is_over), None)

    def begin(
        self, by: str, file: str, version: str, work: Callable[[Tell], Coroutine[Any, Any, DryRun]]
    ) -> Run:
        """Begins a run; `work` is told to tell how far it is."""
        for other in self._runs.values():
            if other.by == by and not other.has_begun:
                other.failure = "another one was begun"
        run = Run(secrets.token_hex(8), by, file, version)
        run.task = asyncio.create_task(self._carried_out(run, work))
        self._runs[run.id] = run
        while len(self._runs) > KEPT:
            _, oldest = self._runs.popitem(last=False)
            oldest.failure = oldest.failure or "too many others were begun"
        return run

    async def _carried_out(
        self, run: Run, work: Callable[[Tell], Coroutine[Any, Any, DryRun]]
    ) -> None:
        async with self._judging:
            if run.failure:
                return
            run.has_begun = True
            try:
                run.result = await work(run.tell)
            except Exception as error:
                _log.exception("a dry run failed")
                run.failure = str(error) or type(error).__name__
