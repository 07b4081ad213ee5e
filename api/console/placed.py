"""A golden item on a moderator's desk: in the shape and through the states of a queue item.

It has a number that the queue gave out, a comment of its own and a story, and lies beside the
store: no record, no audit entry and no statistic knows of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from moderation.comment import Comment
from moderation.likeness import likeness
from moderation.store import Conflict, Decider, Entry, Item, Record, Revision, Status
from moderation.store.encoding import (
    decode_content,
    encode_content,
    from_json,
    to_bytes,
    to_json,
    to_milliseconds,
    to_moment,
    to_text,
)
from moderation.store.item import (
    ItemState,
    Lease,
    Mark,
    Note,
    Outcome,
    Resolution,
    Resolved,
    severity,
)
from moderation.store.record import Decision
from moderation.verdict import Verdict

_KINDS: Final = {
    Outcome.APPROVE: "approved",
    Outcome.REJECT: "rejected",
    Outcome.ESCALATE: "escalated",
}
_STATUS: Final = {Outcome.APPROVE: Status.PUBLISHED, Outcome.REJECT: Status.REFUSED}
MOST_NOTES: Final = 100
"""As many as an item of the queue takes."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, and how far the audit trail had come by then: what a step is numbered by."""

    at: datetime
    head: int


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a placed item. `detail` is as that of an audit entry."""

    kind: str
    moment: Moment
    actor: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A golden item that was mixed in once. `golden` is its id, `number` that in the queue.

    Transitions give what it is afterwards, and raise Conflict as the queue does.
    """

    number: str
    golden: str
    comment: Comment
    verdict: Verdict
    state: ItemState
    steps: tuple[Step, ...]
    lease: Lease | None = None
    resolved: Resolved | None = None
    marks: tuple[Mark, ...] = ()
    dialect: str | None = None
    notes: tuple[Note, ...] = ()
    kept: bytes = field(default=b"", compare=False, repr=False)
    """What it was read from, by which another's change is noticed; empty while it is new."""

    @property
    def is_open(self) -> bool:
        """Whether it is on a desk or waits for one."""
        return self.state in {ItemState.WAITING, ItemState.CLAIMED}

    @property
    def queued(self) -> datetime:
        """When the queue would have got it."""
        return self.steps[0].moment.at

    def at(self, now: Moment) -> Placed:
        """What it is now: a lease that ran out ends by itself."""
        if self.lease is None or self.lease.until > now.at:
            return self
        return self._home("expired", Moment(self.lease.until, now.head))

    def take(self, moderator: str, now: Moment, lease: timedelta) -> Placed:
        """In a moderator's hands; one that they hold is held longer."""
        if self.lease is not None:
            self._check_holder(moderator)
            return self.renew(now, lease)
        if self.state is not ItemState.WAITING:
            raise self._conflict(self.state.value)
        return self._with(
            Step("claimed", now, moderator),
            state=ItemState.CLAIMED,
            lease=Lease(moderator, now.at, now.at + lease),
        )

    def renew(self, now: Moment, lease: timedelta) -> Placed:
        """Its lease lasts at least so long from now."""
        if self.lease is None or self.lease.until >= now.at + lease:
            return self
        return replace(self, lease=replace(self.lease, until=now.at + lease))

    def release(self, moderator: str, now: Moment) -> Placed:
        """It waits again; one that nobody holds stays as it is."""
        if self.state is ItemState.WAITING:
            return self
        self._check_holder(moderator)
        return self._home("released", now)

    def note(self, moderator: str, text: str, now: Moment) -> Placed:
        """With a note more; the same note again changes nothing."""
        if self.notes and (self.notes[-1].moderator, self.notes[-1].text) == (moderator, text):
            return self
        if len(self.notes) == MOST_NOTES:
            raise self._conflict("full")
        note = Note(moderator, now.at, text)
        return self._with(Step("noted", now, moderator, {"note": text}), notes=(*self.notes, note))

    def resolve(
        self,
        moderator: str,
        resolution: Resolution,
        now: Moment,
        *,
        note: str,
        request: str,
        unclaimed: bool = False,
    ) -> Placed:
        """Decided on; the same request again changes nothing. `unclaimed` needs no lease."""
        if self._is_same(moderator, resolution, request):
            return self
        if not (unclaimed and self.state is ItemState.WAITING):
            self._check_holder(moderator)
        told = {"clause": resolution.clause, "note": note, "request": request}
        escalated = resolution.outcome is Outcome.ESCALATE
        return self._with(
            Step(
                _KINDS[resolution.outcome],
                now,
                moderator,
                {name: value for name, value in told.items() if value},
            ),
            state=ItemState.ESCALATED if escalated else ItemState.RESOLVED,
            lease=None,
            resolved=Resolved(resolution, moderator, now.at, note, request),
        )

    def undo(
        self,
        moderator: str,
        now: Moment,
        lease: timedelta,
        *,
        window: timedelta | None,
        anybody: bool,
    ) -> Placed:
        """In the hands of whoever takes the decision back, within a window or however late."""
        last = self.resolved
        if last is not None and last.undone and self.lease and self.lease.moderator == moderator:
            return self
        if last is None or last.undone:
            raise self._conflict("nothing")
        if last.moderator != moderator and not anybody:
            raise self._conflict("foreign")
        if self.lease is not None:
            raise self._conflict("held")
        if window is not None and now.at - last.at > window:
            raise self._conflict("late")
        return self._with(
            Step("undone", now, moderator, {"status": "waiting"}),
            state=ItemState.CLAIMED,
            lease=Lease(moderator, now.at, now.at + lease),
            resolved=replace(last, undone=True),
        )

    def item(self) -> Item:
        """As an item of the queue."""
        return Item(
            id=self.number,
            state=self.state,
            comment=self.comment,
            revision=1,
            verdict=self.verdict,
            severity=severity(self.verdict),
            clauses=tuple(dict.fromkeys(reason.clause for reason in self.verdict.reasons)),
            queued=self.queued,
            lease=self.lease,
            resolved=self.resolved,
            marks=self.marks,
            dialect=self.dialect,
            group=likeness(self.comment.text),
            group_size=1,
            notes=self.notes,
        )

    def record(self) -> Record:
        """As the record of a comment."""
        last = self.resolved
        status, decision = Status.WAITING, None
        if last is not None and not last.undone and last.resolution.outcome in _STATUS:
            status = _STATUS[last.resolution.outcome]
            decision = Decision(
                Decider.MODERATOR, last.at, last.moderator, last.resolution.clause, last.note
            )
        return Record(
            id=self.comment.id,
            status=status,
            revision=Revision(1, self.comment, self.verdict),
            submitted=self.queued,
            decision=decision,
            item=self.number,
        )

    def entries(self) -> tuple[Entry, ...]:
        """As the trail would tell of it."""
        return tuple(
            Entry(
                number=step.moment.head,
                kind=step.kind,
                milliseconds=to_milliseconds(step.moment.at),
                comment=self.comment.id,
                revision=1,
                item=self.number,
                actor=step.actor,
                detail=to_text(to_json(step.detail)) if step.detail else "",
                hash="",
            )
            for step in self.steps
        )

    def _home(self, kind: str, moment: Moment) -> Placed:
        assert self.lease is not None  # noqa: S101 - who calls has seen it
        step = Step(kind, moment, self.lease.moderator)
        return self._with(step, state=ItemState.WAITING, lease=None)

    def _with(self, step: Step, **changes: Any) -> Placed:
        return replace(self, steps=(*self.steps, step), **changes)

    def _is_same(self, moderator: str, resolution: Resolution, request: str) -> bool:
        last = self.resolved
        if last is None or (bool(request) and last.request != request):
            return False
        if (last.moderator, last.resolution) != (moderator, resolution):
            if request:
                raise self._conflict("other")
            return False
        if last.undone and request:
            raise self._conflict("undone")
        return not last.undone and last.request == request

    def _check_holder(self, moderator: str) -> None:
        if self.lease is None:
            gone = self.steps[-1].kind == "expired" and self.steps[-1].actor == moderator
            raise self._conflict("expired" if gone else self.state.value)
        if self.lease.moderator != moderator:
            raise self._conflict("held")

    def _conflict(self, reason: str) -> Conflict:
        holder = self.lease.moderator if self.lease else None
        return Conflict(reason, f"item `{self.number}`: {reason}", holder)


def write(placed: Placed) -> bytes:
    """A placed item as it is kept."""
    lease, last = placed.lease, placed.resolved
    return to_json(
        {
            "number": placed.number,
            "golden": placed.golden,
            "content": from_json(encode_content(placed.comment, placed.verdict)),
            "state": placed.state,
            "steps": [
                [
                    step.kind,
                    to_milliseconds(step.moment.at),
                    step.moment.head,
                    step.actor,
                    step.detail,
                ]
                for step in placed.steps
            ],
            "lease": lease
            and [lease.moderator, to_milliseconds(lease.since), to_milliseconds(lease.until)],
            "resolved": last
            and {
                "outcome": last.resolution.outcome,
                "clause": last.resolution.clause,
                "moderator": last.moderator,
                "at": to_milliseconds(last.at),
                "note": last.note,
                "request": last.request,
                "undone": last.undone,
            },
            "marks": placed.marks,
            "dialect": placed.dialect,
            "notes": [
                [note.moderator, to_milliseconds(note.at), note.text] for note in placed.notes
            ],
        }
    )


def read(kept: bytes | str) -> Placed:
    """The reverse of `write`."""
    kept = kept if isinstance(kept, bytes) else to_bytes(kept)
    told = from_json(kept)
    comment, verdict = decode_content(to_json(told["content"]))
    lease, last = told["lease"], told["resolved"]
    return Placed(
        number=told["number"],
        golden=told["golden"],
        comment=comment,
        verdict=verdict,
        state=ItemState(told["state"]),
        steps=tuple(
            Step(kind, Moment(to_moment(at), head), actor, detail)
            for kind, at, head, actor, detail in told["steps"]
        ),
        lease=Lease(lease[0], to_moment(lease[1]), to_moment(lease[2])) if lease else None,
        resolved=_resolved(last) if last else None,
        marks=tuple(map(Mark, told["marks"])),
        dialect=told["dialect"],
        notes=_notes(told["notes"]),
        kept=kept,
    )


def _resolved(told: Mapping[str, Any]) -> Resolved:
    return Resolved(
        Resolution(Outcome(told["outcome"]), told["clause"]),
        told["moderator"],
        to_moment(told["at"]),
        told["note"],
        told["request"],
        told["undone"],
    )


def _notes(told: Sequence[Sequence[Any]]) -> tuple[Note, ...]:
    return tuple(Note(moderator, to_moment(at), text) for moderator, at, text in told)
