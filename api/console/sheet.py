"""Numbers of a page as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Response

from api.console.exporting import harmless


def sheet(name: str, rows: Iterable[Sequence[str | int | float | None]]) -> Response:
    """CSV that no spreadsheet runs; None is an empty cell. `name` is the file's, without `.csv`."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    # Spreadsheets take UTF-8 for what it is only where the mark stands before it.
    return Response(
        ("\ufeff" + out.getvalue()).encode("utf-8", "backslashreplace"),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
