"""What the functions reply about items, as items and as errors for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from moderation.store.encoding import (
    decode_content,
    from_json,
    paired,
    to_moment,
    to_text,
    told_fields,
)
from moderation.store.errors import Conflict, NotFound
from moderation.store.item import Item, ItemState, Lease, Mark, Note, Outcome, Resolution, Resolved

_CONFLICTS: Final = {
    "waiting": "nobody holds it: claim it first (a lease may have run out)",
    "escalated": "it is escalated and nobody holds it: claim it from the escalated ones first",
    "held": "{holder} holds it until {until}",
    "expired": "your lease ran out and the item went back: claim it again",
    "resolved": "{moderator} resolved it already ({outcome})",
    "superseded": "a newer revision, an appeal or another verdict took its place",
    "other": "this request id was used for another resolution: take a fresh one",
    "undone": "this resolution was undone: resolve again with a fresh request id",
    "nothing": "there is no resolution to undo",
    "foreign": "{moderator} resolved it, and only they can undo it",
    "late": "the time to undo has passed",
    "barred": "it appeals against a decision of {barred}: somebody else judges it",
    "full": "it has as many notes as fit",
    "absent": "there is no such item",
    "not_refused": "only a refused comment can be appealed for",
    "appealed": "an appeal was made already; there is one for each text",
    "decided_by_moderator": "a moderator decided it, and the machine does not overrule them",
}


def read_item(reply: Sequence[Any]) -> Item:
    """An item as the functions give it: id, fields, content, open items of its group."""
    identifier, told, content, group_size = reply
    fields = told_fields(told)
    comment, verdict = decode_content(content)
    lease = None
    if "holder" in fields:
        lease = Lease(
            moderator=to_text(fields["holder"]),
            since=to_moment(fields["claimed"]),
            until=to_moment(fields["until"]),
        )
    marks = fields.get("marks", b"").decode()
    return Item(
        id=identifier.decode(),
        state=ItemState(fields["state"].decode()),
        comment=comment,
        revision=int(fields["revision"]),
        verdict=verdict,
        severity=int(fields["severity"]),
        clauses=tuple(from_json(fields["clauses"])),
        queued=to_moment(fields["queued"]),
        lease=lease,
        resolved=_resolved(fields),
        marks=tuple(Mark(mark) for mark in marks.split(",") if mark),
        dialect=_text(fields, "dialect"),
        group=fields.get("group", b"").decode(),
        group_size=group_size,
        notes=tuple(_notes(fields)),
        barred=_text(fields, "barred"),
        appeal=_text(fields, "appeal"),
    )


def read_answer(item: str, reply: Sequence[Any]) -> Item:
    """The item of a reply on one. Raises NotFound and Conflict."""
    if reply[0] == b"absent":
        raise NotFound(f"there is no queue item `{item}`")
    if reply[0] == b"conflict":
        raise read_conflict(f"item `{item}`", reply)
    return read_item(reply[1])


def read_each(items: Sequence[str], replies: Sequence[Any]) -> tuple[Item | Conflict, ...]:
    """Items or what stands against each, in the order in which they were asked for."""
    return tuple(
        read_conflict(f"item `{item}`", reply) if reply[0] == b"conflict" else read_item(reply[1])
        for item, reply in zip(items, replies, strict=True)
    )


def read_conflict(what: str, reply: Sequence[Any]) -> Conflict:
    """What stands against a change of `what`, in words for people."""
    reason = reply[1].decode()
    fields = {name: to_text(value) for name, value in paired(reply[2]).items()}
    holder = fields.get("holder")
    told = _CONFLICTS[reason].format(
        holder=holder or "nobody",
        until=to_moment(int(fields["until"])).isoformat() if "until" in fields else "",
        moderator=fields.get("last_moderator", "nobody"),
        outcome=fields.get("last_outcome", ""),
        barred=fields.get("barred", "nobody"),
    )
    return Conflict(reason, f"{what} cannot be changed: {told}", holder)


def _text(fields: Mapping[str, bytes], name: str) -> str | None:
    return to_text(fields[name]) if fields.get(name) else None


def _notes(fields: Mapping[str, bytes]) -> list[Note]:
    notes = []
    for number in range(1, int(fields.get("notes", b"0")) + 1):
        moderator, text = from_json(fields[f"note:{number}"])
        notes.append(Note(moderator, to_moment(fields[f"noted:{number}"]), text))
    return notes


def _resolved(fields: Mapping[str, bytes]) -> Resolved | None:
    if "last_outcome" not in fields:
        return None
    outcome = Outcome(fields["last_outcome"].decode())
    return Resolved(
        resolution=Resolution(outcome, to_text(fields["last_clause"]) or None),
        moderator=to_text(fields["last_moderator"]),
        at=to_moment(fields["last_at"]),
        note=to_text(fields["last_note"]),
        request=to_text(fields["last_request"]),
        undone="last_undone" in fields,
    )
