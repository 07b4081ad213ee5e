"""Processes that judge beside this one, so that what this one serves does not wait for them.

Each is given the engines once and then chunks, over a pipe of its own. A process whose pipe is
closed ends, also where this process was killed.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from api.dry_run.case import Case
from api.dry_run.judging import Judges
from api.dry_run.tally import Tally

Chunk = Sequence[tuple[int, Case]]

_NICE: Final = 10


@contextmanager
def processes(number: int, *, behind: bool) -> Iterator[Sequence[Connection]]:
    """So many processes that wait for engines and then for chunks; ended at the end.

    With `behind`, the processor is theirs only as far as nobody else wants it.
    """
    # Forking a process that has threads can halt both; a fresh one cannot.
    context = get_context("spawn")
    with ExitStack() as stack:
        pipes: list[Connection] = []
        for _ in range(number):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(there, behind), daemon=True)
            process.start()
            there.close()
            # Closed last: a thread may still be sending to it, which its end breaks off.
            stack.callback(here.close)
            stack.callback(process.join)
            stack.callback(process.terminate)
            pipes.append(here)
        yield pipes


def judged(
    judges: Judges,
    chunks: Iterable[Chunk],
    samples: int,
    pipes: Sequence[Connection],
    *,
    here: bool,
) -> Iterator[Tally]:
    """The tallies of chunks, as they are ready. With `here`, this process judges too.

    Raises RuntimeError where a process ended that should have judged.
    """
    work = _Work(chunks)
    if pipes:
        engines = pickle.dumps((judges, samples), protocol=pickle.HIGHEST_PROTOCOL)
        for pipe in pipes:
            Thread(target=work.give_to, args=(pipe, engines), daemon=True).start()
    while here and (chunk := work.take()) is not None:
        work.finish(tally_of(judges, chunk, samples))
        yield from work.finished(wait=False)
    yield from work.finished(wait=True)


def tally_of(judges: Judges, chunk: Chunk, samples: int) -> Tally:
    """A chunk, judged here."""
    tally = Tally(samples)
    tally.count(judges.judge(index, case) for index, case in chunk)
    return tally


class _Work:
    """Chunks that are handed out, and the tallies that come back."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = iter(chunks)
        self._out = 0
        self._over = False
        self._lock = Lock()
        self._tallies: SimpleQueue[Tally | Exception | None] = SimpleQueue()

    def take(self) -> Chunk | None:
        """The next chunk, to be answered by `finish`; None where there is none."""
        with self._lock:
            chunk = next(self._chunks, None)
            if chunk is not None:
                self._out += 1
            elif not self._over:
                self._over = True
                # Whoever waits looks again.
                self._tallies.put(None)
            return chunk

    def finish(self, tally: Tally) -> None:
        """Answers a chunk that was taken."""
        self._tallies.put(tally)

    def give_to(self, pipe: Connection, engines: bytes) -> None:
        """Has a process judge as long as there are chunks."""
        try:
            pipe.send_bytes(engines)
            pipe.recv()
            while (chunk := self.take()) is not None:
                pipe.send(chunk)
                self.finish(pipe.recv())
        except (OSError, EOFError, TypeError) as error:
            # A pipe that is closed while it is written to has no handle: a TypeError.
            self._tallies.put(error)

    def finished(self, *, wait: bool) -> Iterator[Tally]:
        """The tallies that are there; with `wait`, all until the last chunk is answered."""
        while not self._tallies.empty() or (wait and not (self._over and self._out == 0)):
            found = self._tallies.get()
            if isinstance(found, Tally):
                with self._lock:
                    self._out -= 1
                yield found
            elif found is not None:
                raise RuntimeError("a process that judged ended early; try again") from found


def _work(pipe: Connection, behind: bool) -> None:
    if behind:
        os.nice(_NICE)
    try:
        judges, samples = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own parent's
        # What was loaded stays: the collector need not look at it again and again.
        gc.freeze()
        pipe.send(None)
        while True:
            pipe.send(tally_of(judges, pipe.recv(), samples))
    except (EOFError, OSError, KeyboardInterrupt):
        return
