"""What became of an author's comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from moderation.store.encoding import to_moment, to_text
from moderation.store.library import Library
from moderation.store.record import Status

RECENT = 20


class Past(NamedTuple):
    """One comment of an author: its id, where it stands, the clause of a refusal, its time."""

    comment: str
    status: Status
    clause: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """How many of an author's comments are kept, by where they stand, and the last 20.

    `submitted` is the sum of the others. What retention archived no longer counts.
    """

    submitted: int
    published: int
    refused: int
    waiting: int
    recent: tuple[Past, ...]


class Authors:
    """The authors of one namespace. All raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def history(self, author: str) -> AuthorHistory:
        """What is known of an author; zeros for an unknown one."""
        counts, recent = await self._library.call("author_history", author, RECENT)
        published, refused, waiting = (int(count or 0) for count in counts)
        return AuthorHistory(
            submitted=published + refused + waiting,
            published=published,
            refused=refused,
            waiting=waiting,
            recent=tuple(
                Past(
                    to_text(comment),
                    Status(status.decode()),
                    to_text(clause or b"") or None,
                    to_moment(at),
                )
                for comment, status, clause, at in recent
            ),
        )
