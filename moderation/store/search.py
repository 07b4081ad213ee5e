"""Finding records: the newest first, in pages, by what was judged and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from moderation.store.encoding import from_json, to_json, to_milliseconds, to_text
from moderation.store.library import Library
from moderation.store.limits import check_count
from moderation.store.record import Decider, Record, Status, read_record
from moderation.text import fold

MOST_RECENT: Final = 10_000
_IN_ONE_CALL: Final = 500
_SEEN_BY_ONE_CALL: Final = 2_000
_SEEN_FOR_ONE_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Search:
    """Which records. What is None does not narrow.

    `text` is looked for in the folded form, so that neither diacritics nor spelling variants hide
    it. `rule` is the name of a rule among the verdict's reasons. `moderator` and `by` are who
    decided last. `clause` is one that the decision names or that the machine found. `since` and
    `until` are about the submission; `until` excludes its own moment.
    """

    text: str | None = None
    author: str | None = None
    article: str | None = None
    rule: str | None = None
    moderator: str | None = None
    clause: str | None = None
    status: Status | None = None
    by: Decider | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records, the newest submission first, and the cursor that continues; None at the end.

    A page may hold fewer records than asked for and still have a next one.
    """

    records: tuple[Record, ...]
    cursor: str | None


class Finder:
    """Reads the records of one namespace in pages. All raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def find(
        self, search: Search, *, limit: int, cursor: str | None, most: int = MOST_RECENT
    ) -> RecordPage:
        """A page of records; see `Store.search`. Raises ValueError for a cursor of elsewhere."""
        check_count(limit, most)
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 17):
            raise ValueError(f"`{cursor}` is no cursor of the records; begin without one")
        index = _index(search)
        wanted = _wire(search)
        folded = fold(search.text) if search.text else ""
        found: list[Record] = []
        seen = 0
        before = cursor or ""
        while True:
            # A text is compared here: as many candidates are read as can be, and some are kept.
            asked = _IN_ONE_CALL if folded else min(limit - len(found), _IN_ONE_CALL)
            before, looked_at, replies = await self._library.call(
                "record_page", *index, before, asked, _SEEN_BY_ONE_CALL, wanted
            )
            before = before.decode()
            seen += looked_at
            # Reading hundreds of records takes long enough to keep other requests waiting.
            for number, record in await asyncio.to_thread(_kept, replies, search, folded):
                found.append(record)
                if len(found) == limit:
                    after = before if number == replies[-1][1] else number.decode()
                    return RecordPage(tuple(found), after or None)
            if not before or seen >= _SEEN_FOR_ONE_PAGE:
                return RecordPage(tuple(found), before or None)


def _kept(
    replies: Sequence[Sequence[Any]], search: Search, folded: str
) -> list[tuple[bytes, Record]]:
    """Those that the search wants, with their numbers."""
    kept = []
    for identifier, number, told, content in replies:
        if folded and folded not in fold(from_json(content)["comment"]["text"]):
            continue
        record = read_record(to_text(identifier), (b"record", told, content))
        if search.rule is None or search.rule in _rules(record):
            kept.append((number, record))
    return kept


def _rules(record: Record) -> set[str]:
    sources = (reason.source for reason in record.revision.verdict.reasons)
    return {source.name for source in sources if source.kind == "rule"}


def _index(search: Search) -> tuple[str, str]:
    if search.author is not None:
        return "author", search.author
    if search.article is not None:
        return "article", search.article
    return "", ""


def _wire(search: Search) -> bytes:
    values: dict[str, Any] = {
        "article": search.article if search.author is not None else None,
        "moderator": search.moderator,
        "clause": search.clause,
        "status": search.status,
        "by": search.by,
        "since": None if search.since is None else to_milliseconds(search.since),
        "until": None if search.until is None else to_milliseconds(search.until),
        # How a reason tells its rule in the kept content: what has it not is not read further.
        "rule": None if search.rule is None else to_text(to_json(["rule", search.rule])[:-1]),
    }
    return to_json({name: value for name, value in values.items() if value is not None})
