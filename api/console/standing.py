"""Where champion and challenger differ: what moderators said, and which of the two was right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api.console.care import hard
from api.console.clauses import ClauseShown
from api.console.highlight import Stretch, stretches
from api.console.judged import history_of
from api.differences import Compared, Difference
from moderation.store import Decider, NotFound, Record, Status, Store
from moderation.verdict import Action

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
NEITHER: Final = "neither"
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Judgement:
    """A difference with the record of its comment, where that still has the text compared."""

    difference: Difference
    record: Record | None

    @property
    def compared(self) -> Compared:
        """Both sides."""
        return self.difference.compared

    @property
    def address(self) -> str:
        """The page of the comment's history."""
        return history_of(self.compared.comment)

    @property
    def right(self) -> str | None:
        """CHAMPION, CHALLENGER or NEITHER; None while no moderator decided."""
        record = self.record
        if record is None or record.decision is None or record.decision.by is Decider.MACHINE:
            return None
        refused = record.status is Status.REFUSED
        return who_was_right(self.compared, record.decision.clause if refused else None)

    @property
    def clause(self) -> str | None:
        """What a moderator's refusal named; else what the graver side saw."""
        decision = self.record.decision if self.record else None
        if decision is not None and decision.clause:
            return decision.clause
        sides = (self.compared.champion, self.compared.challenger)
        return max(sides, key=lambda side: side.action.severity).clause

    @property
    def hard(self) -> bool:
        """Whether the text should be veiled."""
        if self.record is None:
            return False
        verdict = self.record.revision.verdict
        sides = (self.compared.champion, self.compared.challenger)
        return any(hard(replace(verdict, reasons=side.reasons)) for side in sides)

    @property
    def stretches(self) -> Sequence[Stretch]:
        """The text with what either side found marked; nothing where it is gone."""
        if self.record is None:
            return ()
        reasons = (*self.compared.champion.reasons, *self.compared.challenger.reasons)
        return stretches(self.record.revision.comment.text, reasons)


@dataclass(slots=True)
class Standing:
    """How often either was right, of how many differences."""

    differences: int = 0
    right: Counter[str] = field(default_factory=Counter)

    @property
    def decided(self) -> int:
        """On how many of them a moderator decided."""
        return self.right.total()


def who_was_right(compared: Compared, clause: str | None) -> str:
    """Which side a moderator's decision speaks for; `clause` is None where they approved.

    The nearer one: a flag is half-way between publishing and refusing. Of two that did the same,
    the one that named the clause.
    """
    if compared.champion.action is compared.challenger.action:
        named = (compared.champion.clause == clause, compared.challenger.clause == clause)
        return {(True, False): CHAMPION, (False, True): CHALLENGER}.get(named, NEITHER)
    due = (Action.ALLOW if clause is None else Action.REJECT).severity
    champion, challenger = (
        abs(side.action.severity - due) for side in (compared.champion, compared.challenger)
    )
    return CHAMPION if champion < challenger else CHALLENGER if challenger < champion else NEITHER


async def judgements(store: Store, differences: Sequence[Difference]) -> list[Judgement]:
    """Each with its record; a record that is gone or was edited since tells nothing of it."""
    found: list[Judgement] = []
    for start in range(0, len(differences), _AT_ONCE):
        some = differences[start : start + _AT_ONCE]
        records = await asyncio.gather(*(_record(store, each.compared) for each in some))
        found += [Judgement(each, record) for each, record in zip(some, records, strict=True)]
    return found


def standings(
    judged: Iterable[Judgement], clauses: Mapping[str, ClauseShown]
) -> tuple[dict[str, Standing], dict[str, Standing], Standing]:
    """By kind of difference, by clause in the policy's order, and all together."""
    kinds: dict[str, Standing] = {}
    found: dict[str, Standing] = {}
    total = Standing()
    for each in judged:
        right = each.right
        of_clause = found.setdefault(each.clause or "", Standing())
        for standing in (total, kinds.setdefault(each.compared.kind, Standing()), of_clause):
            standing.differences += 1
            if right is not None:
                standing.right[right] += 1
    order = [code for code in clauses if code in found]
    order += sorted(code for code in found if code and code not in clauses)
    return kinds, {code: found[code] for code in order}, total


async def _record(store: Store, compared: Compared) -> Record | None:
    try:
        record = await store.get(compared.comment)
    except NotFound:
        return None
    return record if record.revision.number == compared.revision else None
