"""A record as a moderator reads it: its words marked, its reasons gathered, its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from api.console.care import hard
from api.console.clauses import ClauseShown
from api.console.desk import Descriptions, Ground, grounds_of, preview_of, proposed_of
from api.console.highlight import Stretch, stretches
from moderation.comment import Comment
from moderation.store import Record, Revision
from moderation.verdict import Verdict


@dataclass(frozen=True, slots=True)
class RevisionJudged:
    """One revision, prepared. `hard` asks for a veil."""

    revision: Revision
    stretches: tuple[Stretch, ...]
    grounds: tuple[Ground, ...]
    hard: bool

    @property
    def comment(self) -> Comment:
        """What was sent."""
        return self.revision.comment

    @property
    def verdict(self) -> Verdict:
        """What the machine said of it last."""
        return self.revision.verdict

    @property
    def preview(self) -> str:
        """The beginning of the text with what was marked masked."""
        return preview_of(self.stretches)


@dataclass(frozen=True, slots=True)
class Judged:
    """A record, prepared. `proposed` is the clause that a rejection names unless told otherwise."""

    record: Record
    shown: RevisionJudged
    proposed: str

    @property
    def address(self) -> str:
        """Its page: an id may hold slashes, and what else an address would read otherwise."""
        return history_of(self.record.id)


def history_of(comment: str) -> str:
    """The page of a comment's history."""
    return f"/console/history/{quote(comment, safe='')}"


def judged(
    record: Record, clauses: Mapping[str, ClauseShown], descriptions: Descriptions
) -> Judged:
    """A record with its present revision prepared."""
    shown = revision_judged(record.revision, clauses, descriptions)
    return Judged(record, shown, proposed_of(shown.grounds, clauses))


def revision_judged(
    revision: Revision, clauses: Mapping[str, ClauseShown], descriptions: Descriptions
) -> RevisionJudged:
    """A revision with its text marked and its reasons gathered by clause."""
    text, reasons = revision.comment.text, revision.verdict.reasons
    return RevisionJudged(
        revision=revision,
        stretches=stretches(text, reasons),
        grounds=grounds_of(text, reasons, clauses, descriptions),
        hard=hard(revision.verdict),
    )
