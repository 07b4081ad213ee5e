"""How far a scan has come, on the disk: what was judged before a kill is not judged again.

Beside the output lie `….partial`, to which answers are appended, and `….journal`: a first line on
what is scanned and how, then a line for each chunk, written once its answers are on the disk. Going
on, the partial file is cut back to what the journal vouches for.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from api.scan.form import ScanError
from api.scan.judging import Judged
from api.scan.reading import Place
from api.scan.tally import Tally


class Journal:
    """The journal of one output, held by one scan at a time. A context manager."""

    def __init__(self, output: Path, job: Mapping[str, Any], *, heading: bytes) -> None:
        """Takes up the journal where there is one. Raises ScanError for another job's journal, and
        where another scan holds it."""
        self.output = output
        self.partial = output.with_name(f"{output.name}.partial")
        self.tally = Tally()
        self.place = Place()
        self.chunks = 0
        self.progress = 0
        self.complete = False
        self.resumed = False
        self._path = output.with_name(f"{output.name}.journal")
        self._written = len(heading)
        self._answers: IO[bytes] | None = None
        self._file: IO[bytes] = self._path.open("a+b")
        try:
            self._hold()
            self._begin(job, heading)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the files go."""
        if self._answers is not None:
            self._answers.close()
        self._file.close()

    def add(self, judged: Judged) -> None:
        """Keeps a chunk's answers; on return they survive a kill and a loss of power."""
        assert self._answers is not None  # noqa: S101 - None once the scan is complete
        self._answers.write(judged.written)
        self._answers.flush()
        os.fsync(self._answers.fileno())
        self._written += len(judged.written)
        self.tally.add(judged.tally)
        self.place, self.progress, self.chunks = judged.end, judged.progress, self.chunks + 1
        self._append(
            {
                "offset": judged.end.offset,
                "row": judged.end.row,
                "progress": judged.progress,
                "written": self._written,
                "tally": judged.tally.dump(),
            }
        )

    def finish(self) -> None:
        """Notes that every chunk is there."""
        self._append({"complete": True})
        self.complete = True

    def forget(self) -> None:
        """Removes the journal and the partial file: the output stands."""
        self.partial.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def _hold(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ScanError(
                f"another scan is writing {self.output}; wait for it or end it"
            ) from None

    def _begin(self, job: Mapping[str, Any], heading: bytes) -> None:
        self._file.seek(0)
        entries, sound = _entries(self._file)
        if entries:
            _compare(entries[0], job, self.output)
            self.resumed = True
            # A line that was being written when the scan was killed vouches for nothing.
            self._file.truncate(sound)
        else:
            self._file.truncate(0)
        for entry in entries[1:]:
            if "complete" in entry:
                self.complete = True
                break
            self.tally.add(Tally.load(entry["tally"]))
            self.place = Place(entry["offset"], entry["row"])
            self.progress, self._written = entry["progress"], entry["written"]
            self.chunks += 1
        if self.complete and not self.partial.exists():
            # Killed between naming the output and forgetting the journal.
            return
        self._answers = self.partial.open("ab")
        if self._answers.tell() < len(heading):
            self._answers.truncate(0)
            self._answers.write(heading)
            self._answers.flush()
        if self.partial.stat().st_size < self._written:
            raise ScanError(
                f"{self.partial} is shorter than its journal says; begin anew with --restart"
            )
        self._answers.truncate(self._written)
        if not entries:
            self._append(job)

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def remove(output: Path) -> None:
    """Forgets an unfinished scan, and a finished one's output."""
    for path in (
        output,
        *(output.with_name(output.name + end) for end in (".partial", ".journal")),
    ):
        path.unlink(missing_ok=True)


def _entries(stream: IO[bytes]) -> tuple[list[dict[str, Any]], int]:
    """The whole lines of a journal, and where they end."""
    entries: list[dict[str, Any]] = []
    sound = 0
    for line in stream:
        if not line.endswith(b"\n"):
            break
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
        sound += len(line)
    return entries, sound


def _compare(before: Mapping[str, Any], now: Mapping[str, Any], output: Path) -> None:
    different = [name for name in now if before.get(name) != now[name]]
    if different:
        raise ScanError(
            f"an unfinished scan into {output} differs in {', '.join(different)}: finish it as it "
            "was begun, or begin anew with --restart"
        )
