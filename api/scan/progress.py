"""How far a scan is, how fast it goes, and how long it still takes."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_LINE_SECONDS: Final = 10.0


class Meter:
    """A bar on a terminal; a line every ten seconds where the output is not one."""

    def __init__(self, console: Console, total: int, done: int) -> None:
        self._console = console
        self._total = max(total, 1)
        self._first = self._done = done
        self._rows = 0
        self._began = self._told = monotonic()
        self._bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._total, completed=done, rate="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    @property
    def rate(self) -> float:
        """Comments a second since this run began."""
        return self._rows / max(monotonic() - self._began, 1e-9)

    def advance(self, rows: int, done: int) -> None:
        """So many more comments were judged, and so much of the source is done."""
        self._rows, self._done = self._rows + rows, done
        told = f"{self._rows:,} comments, {self.rate:,.0f}/s"
        self._bar.update(self._task, completed=done, rate=told)
        now = monotonic()
        if not self._console.is_terminal and now - self._told > _LINE_SECONDS:
            self._told = now
            self._console.print(f"{told}, {self._left(now):.0f} s left", highlight=False)

    def _left(self, now: float) -> float:
        moved = max(self._done - self._first, 1)
        return (now - self._began) / moved * (self._total - self._done)
