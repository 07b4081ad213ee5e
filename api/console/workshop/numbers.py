"""How often each rule hit of late, and how often moderators thought otherwise."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from moderation.store import Decider, Record, Status, Store
from moderation.verdict import Action

DAYS: Final = 7
MOST: Final = 5_000
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class RuleNumbers:
    """One rule. `hits` are comments in whose verdict it is a reason, `shadow` those that it found
    without deciding.

    `approved` and `rejected` are moderators' decisions on what it alone flagged or rejected.
    """

    hits: int = 0
    shadow: int = 0
    approved: int = 0
    rejected: int = 0

    @property
    def overturned(self) -> float | None:
        """The share of those that moderators approved, 0..1; None where they decided none."""
        decided = self.approved + self.rejected
        return self.approved / decided if decided else None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What `comments` comments say of each rule, by its name; the oldest came at `since`."""

    rules: Mapping[str, RuleNumbers]
    comments: int
    since: datetime | None

    def of(self, rule: str) -> RuleNumbers:
        """The numbers of a rule, also of one that never hit."""
        return self.rules.get(rule, RuleNumbers())


async def recent_numbers(store: Store) -> Numbers:
    """Counts the last DAYS days, and no more than the last MOST comments.

    Raises StoreUnavailable.
    """
    oldest = datetime.now(UTC) - timedelta(days=DAYS)
    found: list[Record] = []
    cursor: str | None = None
    while len(found) < MOST:
        page = await store.recent(min(_PAGE, MOST - len(found)), before=cursor)
        fresh = [record for record in page.records if record.submitted >= oldest]
        found.extend(fresh)
        cursor = page.cursor
        if cursor is None or len(fresh) < len(page.records):
            break
    return await asyncio.to_thread(_counted, found)


def _counted(records: Iterable[Record]) -> Numbers:
    hits, shadow, approved, rejected = (
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    comments, since = 0, None
    for record in records:
        comments += 1
        since = record.submitted
        verdict = record.revision.verdict
        hits.update({each.source.name for each in verdict.reasons if each.source.kind == "rule"})
        shadow.update({each.source.name for each in verdict.shadow})
        alone = _alone(record)
        if alone and record.decision and record.decision.by is Decider.MODERATOR:
            (approved if record.status is Status.PUBLISHED else rejected)[alone] += 1
    rules = {
        name: RuleNumbers(hits[name], shadow[name], approved[name], rejected[name])
        for name in hits.keys() | shadow.keys()
    }
    return Numbers(rules, comments, since)


def _alone(record: Record) -> str | None:
    """The rule by which alone a comment was flagged or rejected."""
    verdict = record.revision.verdict
    if verdict.action is Action.ALLOW:
        return None
    deciding = {each.source for each in verdict.reasons if each.action is verdict.action}
    if len(deciding) != 1:
        return None
    (source,) = deciding
    return source.name if source.kind == "rule" else None
