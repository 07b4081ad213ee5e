"""A queue item as a moderator needs it to decide: what was found where, by whom, and on whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.console.care import hard
from api.console.clauses import ClauseShown, clause_shown
from api.console.highlight import Stretch, stretches
from api.console.language import Language
from moderation.policy import Wording
from moderation.store import Item
from moderation.store.authors import AuthorHistory
from moderation.verdict import Reason

Descriptions = Mapping[str, Wording]
"""What rules say of themselves in each language, by name (`Equipment.descriptions`)."""

PREVIEW: Final = 140
"""Length of a preview, in code points."""


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """One reason with the words that it stands on, in the commenter's own spelling.

    `described` is what its rule says of itself, where it does so in each language.
    """

    reason: Reason
    words: tuple[str, ...]
    described: Wording | None

    def lines(self, language: Language) -> tuple[str, ...]:
        """What speaks for it: as it was recorded, and in Arabic as the rule that serves says it."""
        return (self.described.ar,) if self.described and language == "ar" else self.reason.evidence


@dataclass(frozen=True, slots=True)
class Ground:
    """One clause that may be broken, and everything that speaks for it."""

    clause: ClauseShown
    reasons: tuple[ReasonShown, ...]


@dataclass(frozen=True, slots=True)
class OnDesk:
    """One item, prepared. `proposed` is the clause that a rejection names unless told otherwise.

    `until` is when the lease ends, where somebody holds the item. `hard` asks for a veil.
    """

    item: Item
    stretches: tuple[Stretch, ...]
    grounds: tuple[Ground, ...]
    proposed: str
    history: AuthorHistory | None
    hard: bool

    @property
    def preview(self) -> str:
        """The beginning of the text with what was marked masked."""
        return preview_of(self.stretches)

    @property
    def until(self) -> datetime | None:
        """The end of the lease."""
        return self.item.lease.until if self.item.lease else None


def on_desk(
    item: Item,
    clauses: Mapping[str, ClauseShown],
    descriptions: Descriptions,
    history: AuthorHistory | None,
) -> OnDesk:
    """An item with its text marked and its reasons gathered by clause, the gravest first."""
    text, reasons = item.comment.text, item.verdict.reasons
    grounds = grounds_of(text, reasons, clauses, descriptions)
    return OnDesk(
        item=item,
        stretches=stretches(text, reasons),
        grounds=grounds,
        proposed=proposed_of(grounds, clauses),
        history=history,
        hard=hard(item.verdict),
    )


def grounds_of(
    text: str,
    reasons: Sequence[Reason],
    clauses: Mapping[str, ClauseShown],
    descriptions: Descriptions,
) -> tuple[Ground, ...]:
    """The reasons gathered by clause, in their order."""
    shown = [_shown(text, reason, descriptions) for reason in reasons]
    return tuple(
        Ground(
            clause_shown(clauses, code), tuple(each for each in shown if each.reason.clause == code)
        )
        for code in dict.fromkeys(reason.clause for reason in reasons)
    )


def proposed_of(grounds: Sequence[Ground], clauses: Mapping[str, ClauseShown]) -> str:
    """The clause that a rejection names unless told otherwise: the gravest that the policy has."""
    codes = (ground.clause.code for ground in grounds)
    return next((code for code in codes if code in clauses), next(iter(clauses)))


def preview_of(parts: Iterable[Stretch]) -> str:
    """The beginning of a text with what was marked masked, without what shows nothing."""
    text = "".join(part.masked for part in parts if not part.unseen)
    return text if len(text) <= PREVIEW else text[:PREVIEW].rstrip() + "…"


def _shown(text: str, reason: Reason, descriptions: Descriptions) -> ReasonShown:
    words = (text[span.start : span.end] for span in reason.spans)
    of_rule = reason.source.kind == "rule"
    return ReasonShown(
        reason,
        tuple(dict.fromkeys(words)),
        descriptions.get(reason.source.name) if of_rule else None,
    )
