"""The timeline of a comment: what the audit trail says of it, ready to be read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.console.clauses import ClauseShown, clause_shown
from moderation.store import Entry
from moderation.verdict import Action


@dataclass(frozen=True, slots=True)
class Step:
    """One transition. `actor` is empty for the machine, `said` what somebody wrote with it.

    `action` is a verdict's; `of` is whose decision was taken back, where it was another's.
    """

    number: int
    kind: str
    at: datetime
    actor: str
    revision: int | None
    item: str | None
    action: Action | None
    clause: ClauseShown | None
    said: str
    of: str


def timeline(entries: Iterable[Entry], clauses: Mapping[str, ClauseShown]) -> list[Step]:
    """The steps in the order in which they happened."""
    return [_step(entry, clauses) for entry in entries]


def _step(entry: Entry, clauses: Mapping[str, ClauseShown]) -> Step:
    told = entry.details
    said = (told.get(name, "") for name in ("note", "text", "why"))
    return Step(
        number=entry.number,
        kind=entry.kind,
        at=entry.at,
        actor=entry.actor,
        revision=entry.revision,
        item=entry.item,
        action=Action(told["action"]) if "action" in told else None,
        clause=_clause(entry, clauses),
        said=next(filter(None, said), ""),
        of=told.get("of", ""),
    )


def _clause(entry: Entry, clauses: Mapping[str, ClauseShown]) -> ClauseShown | None:
    """What a transition names. An escalation names none: its detail tells of the last refusal."""
    code = entry.details.get("clause") if entry.kind != "escalated" else None
    return clause_shown(clauses, code) if code else None
