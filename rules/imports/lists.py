"""Plain word lists: a term a line, or comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final, get_args

from rules.imports.imported import Entry, ImportingError, Left, Read
from rules.imports.terms import draft_of, entry_of
from rules.model import Severity

_TERM: Final = ("word", "term", "phrase", "keyword", "text", "pattern", "كلمة", "الكلمة")
_SEVERITIES: Final = get_args(Severity)


def read_words(content: str, severity: Severity) -> Read:
    """The terms of a list; `#` begins a comment, `*` stands for any letters.

    A table is known by a heading with one of the columns word, term, phrase, keyword, text or
    pattern; its column `severity` holds for its row. Without a heading, every cell is a term.
    Raises ImportingError.
    """
    by_severity: dict[Severity, list[Entry]] = {}
    left: list[Left] = []
    try:
        for entry, own in _entries(content, left):
            by_severity.setdefault(own or severity, []).append(entry)
    except csv.Error as error:
        raise ImportingError(f"neither a list nor a table: {error}") from None
    drafts = []
    for level, entries in by_severity.items():
        name = "terms" if len(by_severity) == 1 else f"terms-{level}"
        draft, unusable = draft_of(name, "A term of the list", level, "Terms of the list", entries)
        left += unusable
        drafts += [draft] if draft else []
    return Read(drafts, left)


def _entries(content: str, left: list[Left]) -> Iterator[tuple[Entry, Severity | None]]:
    first = next((line for line in content.splitlines() if line.strip()), "")
    delimiter = max(",;\t،؛", key=first.count)
    rows = csv.reader(io.StringIO(content), delimiter=delimiter, skipinitialspace=True)
    heading: list[str] | None = None
    for cells in rows:
        line = rows.line_num
        if not cells or cells[0].lstrip().startswith("#"):
            continue
        if heading is None:
            heading = [cell.strip().lower() for cell in cells]
            column = next((at for at, name in enumerate(heading) if name in _TERM), None)
            if column is not None:
                left += [
                    Left(line, name, "no part of a rule: the column is not read")
                    for at, name in enumerate(heading)
                    if at != column and name != "severity"
                ]
                continue
            heading = []
        if heading:
            yield from _of_table(line, dict(zip(heading, cells, strict=False)), left)
        else:
            texts = (cell.split("#", 1)[0].strip() for cell in cells)
            yield from ((entry_of(line, text), None) for text in texts if text)


def _of_table(
    line: int, row: dict[str, str], left: list[Left]
) -> Iterator[tuple[Entry, Severity | None]]:
    text = next((row[name].strip() for name in _TERM if name in row), "")
    level = row.get("severity", "").strip().lower()
    if level and level not in _SEVERITIES:
        known = ", ".join(_SEVERITIES)
        left.append(Left(line, level, f"no severity ({known}); the term has that of the import"))
    if text:
        yield entry_of(line, text), next((each for each in _SEVERITIES if each == level), None)
