"""Answers as files: JSON Lines as they are, rows of CSV, and Parquet made in the end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from api.scan.form import Form
from api.scan.reading import pyarrow_parquet

COLUMNS: Final = ("id", "action", "clauses", "sources", "matched", "scores", "error")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_IN_GROUP: Final = 50_000


def heading(form: Form, *, with_text: bool) -> bytes:
    """What stands before the first answer."""
    if form is not Form.CSV:
        return b""
    return _csv([[*COLUMNS, "text"] if with_text else COLUMNS])


def rows(form: Form, answers: Sequence[Mapping[str, Any]], lines: Sequence[str]) -> bytes:
    """Answers in the form in which they are written while a scan goes on.

    Parquet cannot be added to, so that its answers are JSON Lines until the end.
    """
    if form is Form.CSV:
        return _csv([_cells(answer) for answer in answers])
    # A lone surrogate leaves as the escape that JSON has for it.
    return "".join(lines).encode("utf-8", "backslashreplace")


def to_parquet(lines: Path, output: Path, *, with_text: bool) -> None:
    """Makes a Parquet file of JSON Lines. Raises ScanError without pyarrow."""
    parquet = pyarrow_parquet()
    pyarrow: Any = import_module("pyarrow")
    schema = _schema(pyarrow, with_text=with_text)
    with parquet.ParquetWriter(output, schema, compression="zstd") as writer:
        for group in _groups(lines):
            writer.write_table(pyarrow.Table.from_pylist(group, schema))


def _schema(pyarrow: Any, *, with_text: bool) -> Any:
    text, whole, share = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    span = pyarrow.struct([("start", whole), ("end", whole), ("text", text)])
    reason = pyarrow.struct(
        [("clause", text), ("source", text), ("score", share), ("spans", pyarrow.list_(span))]
    )
    fields = [
        ("id", text),
        ("action", text),
        ("reasons", pyarrow.list_(reason)),
        ("scores", pyarrow.map_(text, share)),
        ("error", text),
    ]
    return pyarrow.schema([*fields, ("text", text)] if with_text else fields)


def _groups(lines: Path) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    with lines.open("rb") as stream:
        for line in stream:
            group.append(_record(json.loads(line)))
            if len(group) == _ROWS_IN_GROUP:
                yield group
                group = []
    if group:
        yield group


def _record(answer: Mapping[str, Any]) -> dict[str, Any]:
    error = answer.get("error")
    record = {
        "id": None if answer["id"] is None else str(answer["id"]),
        "action": answer.get("action"),
        "reasons": answer.get("reasons", []),
        "scores": list(answer.get("scores", {}).items()),
        "error": error["message"] if error else None,
        "text": answer.get("text"),
    }
    # Parquet holds UTF-8 only, which has no half of a pair.
    safe: dict[str, Any] = _whole(record)
    return safe


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value


def _cells(answer: Mapping[str, Any]) -> list[str]:
    error = answer.get("error")
    reasons = answer.get("reasons", [])
    matched = dict.fromkeys(span["text"] for reason in reasons for span in reason["spans"])
    cells = [
        "" if answer["id"] is None else str(answer["id"]),
        answer.get("action", ""),
        ";".join(dict.fromkeys(reason["clause"] for reason in reasons)),
        ";".join(dict.fromkeys(reason["source"] for reason in reasons)),
        _harmless(" | ".join(matched)),
        "" if error else json.dumps(answer["scores"]),
        error["message"] if error else "",
    ]
    return [*cells, _harmless(answer["text"] or "")] if "text" in answer else cells


def _harmless(cell: str) -> str:
    """A commenter's words, which a spreadsheet must not take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv(table: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    return written.getvalue().encode("utf-8", "backslashreplace")
