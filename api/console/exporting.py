"""Decisions as files: CSV for spreadsheets, JSON Lines with everything for programs.

Moderators leave by their pseudonymous ids. What is sent is read page by page, however much it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from api import shown
from api.console.access import Senior
from api.console.searching import Searched
from api.faces import Faces
from api.service import Service, service_of
from moderation.store import Record, Search, Store

router = APIRouter(prefix="/console/export")

MOST: Final = 20_000
"""Records in one file, the newest."""
_PAGE: Final = 200
_KINDS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
_COLUMNS: Final = (
    "comment revision status submitted decided by moderator clause note machine_action "
    "machine_clauses sources author article article_title section text appeal appeal_outcome "
    "rules_version policy_version model_version"
).split()
# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")


@router.get("/decisions.{kind}")
async def decisions(
    kind: Literal["csv", "jsonl"],
    _: Senior,
    service: Annotated[Service, Depends(service_of)],
    asked: Annotated[Searched, Query()],
) -> Response:
    """Every record that a search wants, up to MOST, the newest first."""
    records = _found(service.store, asked.search())
    lines = _csv(records) if kind == "csv" else _json_lines(records, service.faces)
    name = f"decisions-{datetime.now(UTC):%Y-%m-%d-%H%M}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(lines, headers=headers, media_type=_KINDS[kind])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before one."""
    return f"'{cell}" if cell.lstrip(" \n")[:1] in _FORMULA else cell


def row(record: Record) -> list[str]:
    """A record as cells, in the order of the file's first line."""
    comment, verdict = record.revision.comment, record.revision.verdict
    article, decision, appeal = comment.article, record.decision, record.appeal
    reasons, versions = verdict.reasons, verdict.versions
    cells: Sequence[str | None] = (
        record.id,
        str(record.revision.number),
        record.status,
        record.submitted.isoformat(),
        decision.at.isoformat() if decision else None,
        decision.by if decision else None,
        decision.moderator if decision else None,
        decision.clause if decision else None,
        decision.note if decision else None,
        verdict.action,
        " ".join(dict.fromkeys(reason.clause for reason in reasons)),
        " ".join(dict.fromkeys(f"{each.source.kind}:{each.source.name}" for each in reasons)),
        comment.author,
        article.id if article else None,
        article.title if article else None,
        article.section if article else None,
        comment.text,
        appeal.text if appeal else None,
        appeal.outcome if appeal else None,
        versions.rules,
        versions.policy,
        versions.model,
    )
    return [harmless(cell or "") for cell in cells]


async def _found(store: Store, search: Search) -> AsyncIterator[list[Record]]:
    """The records in pages, some of them short."""
    left, cursor = MOST, None
    while left > 0:
        found = await store.search(search, limit=min(_PAGE, left), cursor=cursor)
        yield list(found.records)
        left -= len(found.records)
        cursor = found.cursor
        if cursor is None:
            return


async def _csv(pages: AsyncIterator[list[Record]]) -> AsyncIterator[bytes]:
    # Spreadsheets take UTF-8 for what it is only where the mark stands before it.
    yield "\ufeff".encode() + _written([_COLUMNS])
    async for records in pages:
        yield _written([row(record) for record in records])


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    # A lone surrogate, which a reader may have sent, leaves as an escape.
    return out.getvalue().encode("utf-8", "backslashreplace")


async def _json_lines(pages: AsyncIterator[list[Record]], faces: Faces) -> AsyncIterator[bytes]:
    async for records in pages:
        yield b"".join(_line(record, faces) for record in records)


def _line(record: Record, faces: Faces) -> bytes:
    told = shown.record(record, faces, evidence=True).model_dump(mode="json")
    told["comment"] = shown.comment(record.revision.comment).model_dump(mode="json")
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"
