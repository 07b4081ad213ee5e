"""What one entry of the audit trail adds to the statistics.

A count is known by its names, the first of which says what it counts: `("judged", "flag")`,
`("rule", "insults/dog", "hits")`, `("wait", "14")`. Nothing here reads a store: the same entry,
with the same content and item, always adds the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any, Final

from moderation.store.audit import Entry
from moderation.store.item import Outcome
from moderation.store.record import Status
from moderation.verdict import Action, Reason, Verdict

Names = tuple[str, ...]
Counts = Counter[tuple[int, Names]]
"""By the hour, in milliseconds since 1970, and names."""

HOUR: Final = 3_600_000
"""In milliseconds."""
STEPS: Final = 4
"""Into how many steps a doubling of a waiting time is divided."""
_OUTCOMES: Final = {
    "approved": Outcome.APPROVE,
    "rejected": Outcome.REJECT,
    "escalated": Outcome.ESCALATE,
}
_BECAME: Final = {
    Action.ALLOW: Status.PUBLISHED,
    Action.FLAG: Status.WAITING,
    Action.REJECT: Status.REFUSED,
}
_STATUS: Final = {Outcome.APPROVE: Status.PUBLISHED, Outcome.REJECT: Status.REFUSED}


@dataclass(frozen=True, slots=True)
class ItemBefore:
    """What a resolution was made on. `queued` is in milliseconds since 1970.

    `appeal` and `reopened` say how a decided comment came before a moderator again; `status` and
    `by` where it stood before the resolution, and who had decided.
    """

    queued: int
    appeal: bool
    reopened: bool
    status: Status | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with what counting it takes.

    `verdict` is the machine's that it tells or answers, `undone` the resolution that it takes back.
    Each is None where the entry has none, or where it is gone.
    """

    entry: Entry
    verdict: Verdict | None = None
    item: ItemBefore | None = None
    undone: Entry | None = None


def counts_of(told: Told) -> Counts:
    """What an entry adds, at its own time; what an undo takes back, at that of the decision."""
    entry = told.entry
    found = Counts()
    match entry.kind:
        case "submitted" | "revised":
            _add(found, entry, _of_submission(entry, told.verdict))
        case "rejudged":
            _add(found, entry, [("rejudged", str(entry.details["action"]))])
        case "appealed":
            _add(found, entry, [("appeal", "made")])
        case "approved" | "rejected" | "escalated":
            _add(found, entry, _of_resolution(entry, told.item, told.verdict))
        case "undone":
            _add(found, entry, [("undone",), ("moderator", entry.actor, "undone")])
            if told.undone is not None:
                taken_back = _of_resolution(told.undone, told.item, told.verdict)
                for names in taken_back:
                    found[_hour(told.undone), names] -= 1
    return found


def step_of(milliseconds: int) -> int:
    """The step of a waiting time: step n ends at 2 ** (n / STEPS) seconds."""
    seconds = milliseconds / 1000
    return ceil(STEPS * log2(seconds)) if seconds > 1 else 0


def end_of(step: int) -> float:
    """How many seconds a step goes up to."""
    return float(2 ** (step / STEPS))


def _add(counts: Counts, entry: Entry, names: Sequence[Names]) -> None:
    hour = _hour(entry)
    for each in names:
        counts[hour, each] += 1


def _hour(entry: Entry) -> int:
    return entry.milliseconds - entry.milliseconds % HOUR


def _of_submission(entry: Entry, verdict: Verdict | None) -> list[Names]:
    details: Mapping[str, Any] = entry.details
    action = Action(details["action"])
    became = Status(details.get("status", _BECAME[action]))
    found: list[Names] = [("judged", action), ("became", became)]
    if entry.kind == "revised":
        found.append(("revised",))
    if became is Status.REFUSED and "clause" in details:
        found.append(("clause", details["clause"], "refused_by_machine"))
    if "dialect" in details:
        found.append(("dialect", details["dialect"]))
    if verdict is not None:
        found.extend(_of_verdict(verdict))
    return found


def _of_verdict(verdict: Verdict) -> list[Names]:
    found: list[Names] = [("degraded",)] if verdict.degraded else []
    asked: dict[str, Action] = {}
    for reason in verdict.reasons:
        gravest = asked.get(reason.clause, Action.ALLOW)
        asked[reason.clause] = max(gravest, reason.action, key=lambda action: action.severity)
    found.extend(("clause", clause, action) for clause, action in asked.items())
    sources = _sources(verdict.reasons)
    found.extend((*source, "hits") for source in sources)
    if len(sources) == 1:
        found.append((*next(iter(sources)), "alone"))
    for what, findings in (("shadow", verdict.shadow), ("throttled", verdict.throttled)):
        seen = {(each.source.kind, each.source.name) for each in findings}
        found.extend((*source, what) for source in sorted(seen))
    return found


def _of_resolution(entry: Entry, item: ItemBefore | None, verdict: Verdict | None) -> list[Names]:
    outcome = _OUTCOMES[entry.kind]
    clause = entry.details.get("clause")
    found: list[Names] = [("decided", outcome), ("moderator", entry.actor, outcome)]
    if outcome is Outcome.ESCALATE:
        return found
    if clause:
        found.append(("clause", clause, "refused_by_moderators"))
    if verdict is not None:
        found.extend(_of_agreement(outcome, clause, verdict))
    if item is not None:
        found.extend(_of_item(entry, outcome, item))
    return found


def _of_agreement(outcome: Outcome, clause: str | None, verdict: Verdict) -> list[Names]:
    answered: Names = ("answered", verdict.action, outcome)
    if verdict.action is Action.ALLOW:
        return [answered, ("clause", clause, "missed")] if clause else [answered]
    clauses = {reason.clause for reason in verdict.reasons}
    found = [answered]
    found += [("clause", each, _judgement(outcome, clause, {each})) for each in sorted(clauses)]
    for source, broken in _sources(verdict.reasons).items():
        found.append((*source, _judgement(outcome, clause, broken)))
    return found


def _judgement(outcome: Outcome, clause: str | None, broken: set[str]) -> str:
    if outcome is Outcome.APPROVE:
        return "overturned"
    return "upheld" if clause in broken else "otherwise"


def _of_item(entry: Entry, outcome: Outcome, item: ItemBefore) -> list[Names]:
    found: list[Names] = []
    waited = str(step_of(entry.milliseconds - item.queued))
    if item.appeal:
        found += [("appeal", outcome), ("appeal_wait", waited)]
    elif not item.reopened:
        found.append(("wait", waited))
    if item.by is not None and item.status is not None:
        way = "appeal" if item.appeal else "review"
        kept = item.status is _STATUS[outcome]
        found.append(("again", way, item.by, item.status, "kept" if kept else "changed"))
    return found


def _sources(reasons: Sequence[Reason]) -> dict[tuple[str, str], set[str]]:
    """What found something, with the clauses that it names."""
    found: dict[tuple[str, str], set[str]] = {}
    for reason in reasons:
        found.setdefault((reason.source.kind, reason.source.name), set()).add(reason.clause)
    return found
