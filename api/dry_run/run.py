"""The dry run: every comment by old and new, counted, ranked, with samples to look at."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

from api.dry_run.case import Case
from api.dry_run.judging import Judges, Row, rules_of, versions_of
from api.dry_run.result import DryRun, Ground, Sample, Side, Stretch
from api.dry_run.tally import Tally
from api.dry_run.workers import Chunk, judged, processes
from moderation.engine import Engine
from moderation.span import Span
from moderation.verdict import Action, Verdict
from rules.delta import Delta
from rules.everyday import everyday_words

SAMPLES: Final = 20
CHUNK: Final = 250
ALONE: Final = 1500
"""Fewer comments are judged before another process has started."""

Progress = Callable[[int, int], None]
"""Told how many comments are judged, of how many."""


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dry_run(
    old: Engine,
    new: Engine,
    cases: Sequence[Case],
    *,
    samples: int = SAMPLES,
    helpers: int | None = None,
    apart: bool = False,
    progress: Progress | None = None,
) -> DryRun:
    """What would change if `new` judged in the place of `old`: exactly what judging by both shows.

    Both engines judge by a `RuleSet`. `samples` is the most that are shown of each kind. `helpers`
    are processes that judge too: as many as there are other cores, where that pays, if it is not
    given. `apart` leaves all judging to them, behind whatever else wants the processor.

    Raises TypeError for rules of another kind, and RuntimeError where a helper is killed.
    """
    began = perf_counter()
    if helpers is None:
        helpers = cores() - 1 if len(cases) >= ALONE else 0
    if apart:
        helpers = max(helpers, 1)
    with processes(helpers, behind=apart) as pipes:
        delta = Delta(rules_of(old), rules_of(new))
        judges = Judges(old, new, delta, datetime.now(UTC), frozenset(everyday_words()))
        whole = Tally(samples)
        for tally in judged(judges, _chunks(cases), samples, pipes, here=not apart):
            whole.add(tally)
            if progress is not None:
                progress(whole.judged, len(cases))
    shown = _Shown(judges, cases, whole)
    return DryRun(
        old=versions_of(old),
        new=versions_of(new),
        judged=whole.judged,
        before=whole.actions_on(0),
        after=whole.actions_on(1),
        newly=whole.newly_met(),
        changes=whole.changed(),
        rules=whole.effects(delta.changes),
        moderators_before=whole.agreement(0),
        moderators_after=whole.agreement(1),
        rejected=shown.samples(Action.REJECT),
        flagged=shown.samples(Action.FLAG),
        allowed=shown.samples(Action.ALLOW),
        near_misses=shown.samples(None),
        seconds=perf_counter() - began,
    )


async def dry_run_beside(
    old: Engine,
    new: Engine,
    cases: Sequence[Case],
    *,
    samples: int = SAMPLES,
    progress: Progress | None = None,
) -> DryRun:
    """`dry_run` for a service that goes on answering: other processes judge, at a lower priority.

    `progress` is called in the event loop.
    """
    loop = asyncio.get_running_loop()

    def tell(done: int, total: int) -> None:
        if progress is not None:
            loop.call_soon_threadsafe(progress, done, total)

    def work() -> DryRun:
        return dry_run(old, new, cases, samples=samples, helpers=cores(), apart=True, progress=tell)

    return await asyncio.to_thread(work)


def _chunks(cases: Sequence[Case]) -> Iterator[Chunk]:
    for start in range(0, len(cases), CHUNK):
        yield list(enumerate(cases[start : start + CHUNK], start))


class _Shown:
    """Samples, judged once more by both engines, now with everything that is told."""

    def __init__(self, judges: Judges, cases: Sequence[Case], tally: Tally) -> None:
        self._judges = judges
        self._cases = cases
        self._tally = tally

    def samples(self, kind: Action | None) -> tuple[Sample, ...]:
        return tuple(map(self._sample, self._tally.candidates.get(kind, ())))

    def _sample(self, row: Row) -> Sample:
        comment = self._cases[row.index].comment
        judges = self._judges
        before, after = (
            _side(comment.text, engine.judge(comment, at=judges.at))
            for engine in (judges.old, judges.new)
        )
        ranked = row.ranked
        assert ranked is not None  # noqa: S101
        return Sample(
            id=row.id,
            text=comment.text,
            before=before,
            after=after,
            rules=row.rules,
            decided=row.decided,
            rank=ranked.rank,
            why=ranked.why,
            near=_stretches(comment.text, ranked.near),
        )


def _side(text: str, verdict: Verdict) -> Side:
    grounds = tuple(
        Ground(
            clause=reason.clause,
            source=str(reason.source),
            score=reason.score,
            spans=_stretches(text, reason.spans),
            mention=reason.mention,
        )
        for reason in verdict.reasons
    )
    return Side(verdict.action, grounds)


def _stretches(text: str, spans: Sequence[Span]) -> tuple[Stretch, ...]:
    return tuple(Stretch(span.start, span.end, text[span.start : span.end]) for span in spans)
