"""Files as chunks of JSON lines, from any place where a chunk ended."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Protocol

from api.lines import LONGEST_LINE
from api.scan.form import OF_ARTICLE, OF_COMMENT, Columns, Form, ScanError

_MARK: Final = b"\xef\xbb\xbf"
_LONGEST_CELL: Final = LONGEST_LINE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk begins: how much of the file lies before, and how many rows."""

    offset: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are judged together, each as a line of JSON. `rows` pairs number and line.

    The next chunk begins at `end`. `progress` is how far into the source it reaches, in its units.
    """

    number: int
    rows: tuple[tuple[int, bytes], ...]
    end: Place
    progress: int


class Source(Protocol):
    """A file of comments. `size` is in the units of `Chunk.progress`."""

    size: int

    def chunks(self, start: Place, rows: int, number: int) -> Iterator[Chunk]:
        """Its chunks from a place on, numbered from `number` on."""


def source_of(path: Path, form: Form, columns: Columns) -> Source:
    """A file as a source. Raises ScanError where it cannot be read as that form."""
    if form is Form.PARQUET:
        return _Parquet(path, columns)
    return _Csv(path, columns) if form is Form.CSV else _Lines(path, plain=form is Form.TEXT)


class _Lines:
    """JSON Lines, or plain text with one comment a line."""

    def __init__(self, path: Path, *, plain: bool) -> None:
        self.size = path.stat().st_size
        self._path = path
        self._plain = plain

    def chunks(self, start: Place, rows: int, number: int) -> Iterator[Chunk]:
        with _opened(self._path) as (stream, raw):
            stream.seek(start.offset)
            row, found = start.row, list[tuple[int, bytes]]()
            while line := _read_line(stream):
                row += 1
                line = line.removeprefix(_MARK) if row == 1 else line
                if line.strip():
                    found.append((row, self._said(line, row)))
                if len(found) == rows:
                    yield Chunk(number, tuple(found), Place(stream.tell(), row), raw.tell())
                    found, number = [], number + 1
            if found:
                yield Chunk(number, tuple(found), Place(stream.tell(), row), raw.tell())

    def _said(self, line: bytes, row: int) -> bytes:
        if not self._plain:
            return line.rstrip(b"\r\n")
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        return json.dumps({"id": row, "text": text}).encode()


class _Csv:
    """Comma-separated values with a heading. The delimiter is told by the heading."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self.size = path.stat().st_size
        self._path = path
        self._columns = columns
        with _opened(path) as (stream, _):
            heading = _Counted(stream)
            first = next(heading, "")
            self._delimiter = max(",;\t|", key=first.count)
            names = self._rows(chain([first], heading))
            self._heading = next(names, [])
            self._body = heading.offset
        columns.check(self._heading)

    def chunks(self, start: Place, rows: int, number: int) -> Iterator[Chunk]:
        with _opened(self._path) as (stream, raw):
            offset = max(start.offset, self._body)
            stream.seek(offset)
            lines = _Counted(stream, offset)
            row, found = start.row, list[tuple[int, bytes]]()
            for cells in self._rows(lines):
                row += 1
                if cells:
                    said = self._columns.line(dict(zip(self._heading, cells, strict=False)), row)
                    found.append((row, json.dumps(said).encode()))
                if len(found) == rows:
                    yield Chunk(number, tuple(found), Place(lines.offset, row), raw.tell())
                    found, number = [], number + 1
            if found:
                yield Chunk(number, tuple(found), Place(lines.offset, row), raw.tell())

    def _rows(self, lines: Iterator[str]) -> Iterator[list[str]]:
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(lines, delimiter=self._delimiter)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise ScanError(
                    f"{self._path} is broken at line {reader.line_num}: {error}"
                ) from None


class _Parquet:
    """Parquet; offsets are rows."""

    def __init__(self, path: Path, columns: Columns) -> None:
        parquet = pyarrow_parquet()
        try:
            self._file: Any = parquet.ParquetFile(path)
        except Exception as error:
            raise ScanError(f"{path} cannot be read as Parquet: {error}") from error
        self.size = self._file.metadata.num_rows
        self._columns = columns
        self._present = list(self._file.schema_arrow.names)
        columns.check(self._present)

    def chunks(self, start: Place, rows: int, number: int) -> Iterator[Chunk]:
        wanted = {self._columns.named.get(part, part) for part in (*OF_COMMENT, *OF_ARTICLE)}
        used = [name for name in self._present if name in wanted]
        row = 0
        for batch in self._file.iter_batches(batch_size=rows, columns=used):
            if row + batch.num_rows <= start.row:
                row += batch.num_rows
                continue
            found = []
            for values in batch.to_pylist():
                row += 1
                said = self._columns.line(values, row)
                # What JSON has no form for (a date as an id) is told by its text.
                found.append((row, json.dumps(said, default=str).encode()))
            yield Chunk(number, tuple(found), Place(row, row), row)
            number += 1


def pyarrow_parquet() -> Any:
    """The Parquet library. Raises ScanError where it is not installed."""
    try:
        return import_module("pyarrow.parquet")
    except ImportError:
        raise ScanError(
            "Parquet needs pyarrow, which is not installed: pip install 'moderation[bulk]'"
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file's content, and the file as it lies on the disk."""
    with path.open("rb") as raw:
        if path.suffix == ".gz":
            with gzip.open(raw) as unpacked:
                yield io.BufferedReader(unpacked), raw
        else:
            yield raw, raw


def _read_line(stream: IO[bytes]) -> bytes:
    """The next line. One that is too long is cut, long enough to be refused as too long."""
    line = stream.readline(LONGEST_LINE + 2)
    if len(line) <= LONGEST_LINE or line.endswith(b"\n"):
        return line
    while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
    return line


class _Counted:
    """Decoded lines, and how many bytes they took. Iterating the file itself would read ahead."""

    def __init__(self, stream: IO[bytes], offset: int = 0) -> None:
        self.offset = offset
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        first, self.offset = self.offset == 0, self.offset + len(line)
        return (line.removeprefix(_MARK) if first else line).decode("utf-8", "replace")
