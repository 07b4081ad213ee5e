"""What a dry run goes over: comments, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.lines import LineError, comment_of
from api.scan.form import Columns, form_of
from api.scan.reading import Place, source_of
from moderation.comment import Comment
from moderation.store import Decider, Outcome, Record, Status, Store
from moderation.verdict import Verdict

_ROWS: Final = 1000
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """A comment; the verdict that was given on it and what moderators decided, where known.

    `decided` is approve, reject or None.
    """

    comment: Comment
    verdict: Verdict | None = None
    decided: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of a file that holds no comment. Lines count from 1."""

    path: Path
    line: int
    message: str


def case_of(record: Record) -> Case:
    """A recorded comment with its verdict and, where a moderator settled it, the outcome."""
    decision = record.decision
    decided = None
    if decision is not None and decision.by is Decider.MODERATOR:
        decided = Outcome.APPROVE if record.status is Status.PUBLISHED else Outcome.REJECT
    return Case(record.revision.comment, record.revision.verdict, decided)


async def read_store(store: Store, number: int) -> list[Case]:
    """The comments that were recorded last, at most so many, the oldest of them first.

    Raises StoreUnavailable.
    """
    found: list[Case] = []
    cursor: str | None = None
    while len(found) < number:
        page = await store.recent(min(_PAGE, number - len(found)), before=cursor)
        found.extend(map(case_of, page.records))
        cursor = page.cursor
        if cursor is None:
            break
    return found[::-1]


def read_file(path: Path) -> Iterator[Case | Unreadable]:
    """The comments of a file, in any form that `moderation scan` reads.

    Raises ScanError where it cannot be read, and OSError.
    """
    for chunk in source_of(path, form_of(path), Columns()).chunks(Place(), _ROWS, 0):
        for number, line in chunk.rows:
            try:
                yield Case(comment_of(line))
            except LineError as error:
                yield Unreadable(path, number, str(error))
