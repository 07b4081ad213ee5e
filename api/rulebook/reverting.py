"""Undoing what one rule or one version decided, without touching what moderators decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.rulebook.replaying import judge_as_then
from moderation.engine import Engine
from moderation.store import Conflict, Decider, NotFound, Record, Store
from moderation.verdict import Verdict, Versions

Progress = Callable[[int, int | None], None]
"""Called with how many are done, of how many; None while that is not known."""

_PAGE: Final = 500
_AT_ONCE: Final = 25


@dataclass(frozen=True, slots=True)
class Target:
    """What is undone: a rule (`pack/rule`), or all that one version judged."""

    name: str
    rule: str | None = None
    judged: Versions | None = None

    def concerns(self, verdict: Verdict) -> bool:
        """Whether a verdict rests on it."""
        if self.judged is not None:
            mine = (self.judged.rules, self.judged.policy)
            return (verdict.versions.rules, verdict.versions.policy) == mine
        return any(
            reason.source.kind == "rule" and reason.source.name == self.rule
            for reason in verdict.reasons
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A comment that would be judged otherwise."""

    record: Record
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What undoing would do.

    `same` counts comments on which the verdict stays; `by_moderators` are those that a moderator
    decided, which are left as they are.
    """

    target: Target
    changes: tuple[Change, ...]
    same: int
    by_moderators: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Reverted:
    """What was done. `left` are comments that changed hands meanwhile, with the reason why."""

    done: tuple[Record, ...]
    left: tuple[tuple[str, str], ...]


async def plan(
    store: Store,
    target: Target,
    engine: Engine,
    since: datetime | None = None,
    progress: Progress | None = None,
) -> Plan:
    """What would change if `engine` had judged instead; nothing is recorded.

    Looks at every record that is in the store, or at those submitted since a time. Raises
    StoreUnavailable.
    """
    told = progress or (lambda _, __: None)
    found: list[Record] = []
    moderators: list[Record] = []
    looked = 0
    async for record in _records(store, since):
        looked += 1
        if target.concerns(record.revision.verdict):
            (moderators if _is_moderators(record) else found).append(record)
        if looked % _PAGE == 0:
            told(looked, None)
    changes: list[Change] = []
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        verdicts = await asyncio.to_thread(_judged, engine, some)
        changes.extend(
            Change(record, verdict)
            for record, verdict in zip(some, verdicts, strict=True)
            if _differ(record.revision.verdict, verdict)
        )
        told(min(start + _AT_ONCE, len(found)), len(found))
    return Plan(target, tuple(changes), len(found) - len(changes), tuple(moderators))


async def carry_out(
    store: Store, planned: Plan, *, by: str, why: str, progress: Progress | None = None
) -> Reverted:
    """Records the verdicts of a plan. Raises StoreUnavailable; doing it again is harmless."""
    done: list[Record] = []
    left: list[tuple[str, str]] = []
    for number, change in enumerate(planned.changes, 1):
        try:
            now = await store.get(change.record.id)
            if now.revision != change.record.revision:
                left.append((now.id, "it was edited or judged again meanwhile"))
            else:
                done.append(await store.judge_again(now.id, change.verdict, actor=by, why=why))
        except (Conflict, NotFound) as error:
            left.append((change.record.id, str(error)))
        if progress:
            progress(number, len(planned.changes))
    return Reverted(tuple(done), tuple(left))


async def _records(store: Store, since: datetime | None) -> AsyncIterator[Record]:
    cursor: str | None = None
    while True:
        page = await store.recent(_PAGE, cursor)
        for record in page.records:
            if since is not None and record.submitted < since:
                return
            yield record
        cursor = page.cursor
        if cursor is None:
            return


def _is_moderators(record: Record) -> bool:
    return record.decision is not None and record.decision.by is Decider.MODERATOR


def _judged(engine: Engine, records: Sequence[Record]) -> list[Verdict]:
    return [judge_as_then(engine, record) for record in records]


def _differ(before: Verdict, after: Verdict) -> bool:
    """Whether the commenter or a moderator would be told something else."""
    if before.action is not after.action:
        return True
    sources = [
        {(reason.clause, reason.source.name) for reason in verdict.reasons}
        for verdict in (before, after)
    ]
    return sources[0] != sources[1]
