"""What moderators decided, as training data: `classifiers/decisions.py` reads it.

A record's last decision counts, after appeals and without what was undone. Who decided stays here.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from classifiers.annotated import VIOLATION
from classifiers.corpora import normalised
from classifiers.decisions import FILE
from moderation.policy import Policy
from moderation.store import Decider, Record, Search, Status, Store
from moderation.verdict import Action, Verdict

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Decided:
    """One moderator's decision on one text. `clause` is what it breaks, None for nothing.

    `overturned` says that the machine had not said so: it had flagged or refused what was
    approved, or had not named the clause of what was rejected.
    """

    text: str
    clause: str | None
    overturned: bool
    moderator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows were written, from how many decisions; texts on which moderators disagree."""

    rows: int
    decisions: int
    disputed: int


async def decided(store: Store) -> AsyncIterator[Decided]:
    """Every comment that a moderator decided and that is still in the store."""
    cursor: str | None = None
    while True:
        page = await store.search(Search(by=Decider.MODERATOR), limit=_PAGE, cursor=cursor)
        for record in page.records:
            if (found := _decided(record)) is not None:
                yield found
        if (cursor := page.cursor) is None:
            return


def rows(decisions: Iterable[Decided], policy: Policy) -> tuple[list[dict[str, Any]], int]:
    """Rows of a file, each normalised text once, and how many texts were left out as disputed.

    A moderator's last word on a text is their word; where one moderator approved what another
    rejected, nobody knows, and it is left out. Where they reject for different clauses, both are
    broken. `weight` is how many moderators said so.
    """
    texts: dict[str, dict[str, Decided]] = {}
    for each in sorted(decisions, key=lambda decision: decision.at):
        if key := normalised(each.text):
            texts.setdefault(key, {})[each.moderator] = each
    written: list[dict[str, Any]] = []
    disputed = 0
    for voices in texts.values():
        said = list(voices.values())
        if len({each.clause is None for each in said}) > 1:
            disputed += 1
            continue
        labels: dict[str, int] = {}
        for each in said:
            labels |= _labels(each.clause, policy)
        written.append(
            {
                "text": said[-1].text,
                "labels": labels,
                "overturned": any(each.overturned for each in said),
                "weight": float(len(said)),
            }
        )
    return written, disputed


async def write(folder: Path, store: Store, policy: Policy) -> Written:
    """Writes FILE into a folder, replacing it whole. Raises StoreUnavailable and OSError."""
    found = [each async for each in decided(store)]
    made, disputed = rows(found, policy)
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{FILE}.new"
    with gzip.open(half, "wt", encoding="utf-8", errors="replace") as lines:
        for row in made:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    os.replace(half, folder / FILE)  # noqa: PTH105 - the atomic one, by its name
    return Written(len(made), len(found), disputed)


def _decided(record: Record) -> Decided | None:
    decision = record.decision
    if decision is None or decision.by is not Decider.MODERATOR or decision.moderator is None:
        return None
    clause = decision.clause if record.status is Status.REFUSED else None
    verdict = record.revision.verdict
    return Decided(
        record.revision.comment.text,
        clause,
        _overturned(verdict, clause),
        decision.moderator,
        decision.at,
    )


def _overturned(verdict: Verdict, clause: str | None) -> bool:
    if clause is None:
        return verdict.action is not Action.ALLOW
    return clause not in {reason.clause for reason in verdict.reasons}


def _labels(clause: str | None, policy: Policy) -> Mapping[str, int]:
    """Approved: nothing is broken. Rejected: its clause is; of the others nothing was said."""
    suspicion = policy.suspicion or VIOLATION
    if clause is None:
        names = {name for code in policy.clauses for name in _names(code, policy)}
        return dict.fromkeys(sorted(names | {suspicion}), 0)
    return dict.fromkeys([*_names(clause, policy), suspicion], 1)


def _names(clause: str, policy: Policy) -> tuple[str, ...]:
    """The labels of a clause; its own code where the policy gives it none, or knows it no more."""
    known = policy.clauses.get(clause)
    return known.labels if known is not None and known.labels else (clause,)
