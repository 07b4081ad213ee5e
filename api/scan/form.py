"""Forms of files, and where in them the parts of a comment stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class ScanError(Exception):
    """A scan that cannot begin or go on. The message says what is wrong and what to do."""


class Form(StrEnum):
    """How comments lie in a file."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    TEXT = "text"


_SUFFIXES: Final = {
    ".jsonl": Form.JSONL,
    ".ndjson": Form.JSONL,
    ".csv": Form.CSV,
    ".parquet": Form.PARQUET,
    ".txt": Form.TEXT,
}
OF_COMMENT: Final = ("id", "text", "author", "parent", "newcomer", "repeats")
OF_ARTICLE: Final = ("title", "authors", "article", "url", "section", "tags", "people")
_LISTS: Final = ("authors", "tags", "people")


def form_of(path: Path) -> Form:
    """The form that a file's name tells, `.gz` aside. Raises ScanError."""
    name = path.name.removesuffix(".gz")
    found = _SUFFIXES.get(Path(name).suffix)
    if found is None:
        raise ScanError(
            f"the name of {path} does not tell its form ({', '.join(_SUFFIXES)}); say it: "
            f"{', '.join(Form)}"
        )
    return found


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds which part of a comment. What is not named is looked for by its own name.

    Parts of the comment: id, text, author, parent, newcomer, repeats; of its article: title,
    authors, article (its id), url, section, tags, people. Several authors, tags or people in one
    cell are parted by semicolons.
    """

    named: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Sequence[str]) -> Columns:
        """From options `part=column`. Raises ScanError."""
        named: dict[str, str] = {}
        for option in options:
            part, equals, column = option.partition("=")
            if not equals or part not in (*OF_COMMENT, *OF_ARTICLE):
                raise ScanError(
                    f"`{option}` names no column: write part=column, where the part is one of "
                    f"{', '.join((*OF_COMMENT, *OF_ARTICLE))}"
                )
            named[part] = column
        return cls(named)

    def check(self, present: Sequence[str]) -> None:
        """Raises ScanError where a column is not there that is needed or named."""
        for part, column in {"text": "text", **self.named}.items():
            if column not in present:
                raise ScanError(
                    f"there is no column `{column}` for the {part}; there are "
                    f"{', '.join(present)}. Name one: --column {part}=…"
                )

    def line(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        """A row as a line of JSON Lines says it."""
        found = {
            part: row[column]
            for part in (*OF_COMMENT, *OF_ARTICLE)
            if (column := self.named.get(part, part)) in row and row[column] is not None
        }
        said: dict[str, Any] = {
            part: _told(part, found[part]) for part in OF_COMMENT if part in found
        }
        said.setdefault("id", number)
        article = {
            "id" if part == "article" else part: _listed(found[part])
            if part in _LISTS
            else found[part]
            for part in OF_ARTICLE
            if found.get(part)
        }
        return {**said, "article": article} if article else said


def _told(part: str, cell: Any) -> Any:
    """A cell of text as what its part of the comment is; any other cell as it is."""
    if not isinstance(cell, str):
        return cell
    if part == "newcomer":
        return {"": None, "true": True, "false": False}.get(cell.lower(), cell)
    if part == "repeats":
        return int(cell) if cell.isdecimal() else cell or None
    return cell


def _listed(cell: Any) -> Any:
    if isinstance(cell, str):
        return [part.strip() for part in cell.split(";") if part.strip()]
    return cell
