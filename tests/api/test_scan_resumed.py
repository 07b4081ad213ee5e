"""A scan that was killed goes on, and nothing is lost or doubled."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from api.scan.form import Columns, Form, ScanError
from api.scan.journal import Journal
from api.scan.reading import Place, source_of
from api.scan.run import Scan, run
from tests.api.scanning import TEXTS, answers, lines_of, quiet, scan_of


@pytest.fixture(autouse=True)
def _undrawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take longer than all the rest: only tests that look at them have them drawn."""
    if "killed_at" not in request.node.name:
        monkeypatch.setattr("api.scan.report.write", lambda *_: None)


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    path.write_text("\n".join(lines_of(50)) + "\n", "utf-8")
    return path


def cut_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    """Ends a scan as a kill would after so many chunks."""
    add: Callable[..., None] = Journal.add
    left = [chunks]

    def adding(journal: Journal, judged: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        add(journal, judged)

    monkeypatch.setattr(Journal, "add", adding)


@pytest.fixture
def interrupted(
    comments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Scan]:
    """Begins a scan that ends after three chunks."""

    def begin(source: Path = comments, suffix: str = "jsonl", **more: Any) -> Scan:
        scan = scan_of(source, tmp_path / f"out.{suffix}", **more)
        with monkeypatch.context() as killed:
            cut_after(killed, 3)
            with pytest.raises(KeyboardInterrupt):
                run(scan, quiet())
        assert not scan.output.exists()
        return scan

    return begin


def whole(scan: Scan) -> tuple[bytes, dict[str, Any]]:
    """What a scan gives that is never cut."""
    output = scan.output.with_name(f"whole{scan.output.suffix}")
    tally = run(replace(scan, output=output, summary=output.with_name("whole")), quiet())
    return output.read_bytes(), tally.dump()


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_scan_that_was_cut_goes_on_as_if_it_never_was(
    interrupted: Callable[..., Scan], suffix: str
) -> None:
    scan = interrupted(suffix=suffix)
    told = Console(file=StringIO(), width=200)
    tally = run(scan, told)
    assert (scan.output.read_bytes(), tally.dump()) == whole(scan)
    assert "going on after 21 comments" in told.file.getvalue()  # type: ignore[attr-defined]


def test_what_was_half_written_is_written_anew(interrupted: Callable[..., Scan]) -> None:
    scan = interrupted()
    for end, torn in ((".partial", b'{"id":"torn'), (".journal", b'{"offset": 12')):
        with scan.output.with_name(scan.output.name + end).open("ab") as stream:
            stream.write(torn)
    run(scan, quiet())
    assert scan.output.read_bytes() == whole(scan)[0]


@pytest.mark.parametrize("form", ["csv", "jsonl.gz", "parquet", "txt"])
def test_every_form_of_source_can_be_gone_on_with(
    interrupted: Callable[..., Scan], tmp_path: Path, form: str
) -> None:
    source = tmp_path / f"source.{form}"
    if form == "csv":
        with source.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "text"])
            writer.writerows([f"c-{at}", f"{TEXTS[at % 3]}\n\n"] for at in range(40))
    elif form == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        rows = [{"id": f"c-{at}", "text": TEXTS[at % 3]} for at in range(40)]
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), source)
    elif form == "txt":
        source.write_text("\n".join(TEXTS[at % 3] for at in range(40)), "utf-8")
    else:
        source.write_bytes(gzip.compress("\n".join(lines_of(40)).encode()))
    scan = interrupted(source, form={"jsonl.gz": Form.JSONL}.get(form))
    assert run(scan, quiet()).judged == 40
    assert scan.output.read_bytes() == whole(scan)[0]


def test_a_finished_output_is_not_replaced_unasked(comments: Path, tmp_path: Path) -> None:
    scan = scan_of(comments, tmp_path / "out.jsonl")
    run(scan, quiet())
    with pytest.raises(ScanError, match="--restart replaces it"):
        run(scan, quiet())
    assert run(replace(scan, restart=True), quiet()).judged == 50


def test_another_scan_does_not_go_on_with_this_one(
    interrupted: Callable[..., Scan], comments: Path
) -> None:
    scan = interrupted()
    with pytest.raises(ScanError, match="differs in --with-text: finish it as it was begun"):
        run(replace(scan, judging=replace(scan.judging, with_text=True)), quiet())
    with comments.open("a", encoding="utf-8") as stream:
        stream.write('{"id": "late", "text": "x"}\n')
    with pytest.raises(ScanError, match="size and time"):
        run(scan, quiet())
    assert run(replace(scan, restart=True), quiet()).judged == 51


def test_two_scans_do_not_write_one_output(interrupted: Callable[..., Scan]) -> None:
    scan = interrupted()
    with (
        scan.output.with_name(f"{scan.output.name}.journal").open("ab") as held,
    ):
        import fcntl

        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ScanError, match="another scan is writing"):
            run(scan, quiet())


@pytest.mark.parametrize("after", ["complete", "named"])
def test_a_scan_killed_at_its_very_end_is_only_summed_up(
    comments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    scan = scan_of(comments, tmp_path / "out.jsonl")
    at = "api.scan.run._name" if after == "complete" else "api.scan.report.write"
    with monkeypatch.context() as killed:
        killed.setattr(at, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(scan, quiet())
    assert run(scan, quiet()).judged == 50
    assert len(answers(scan.output)) == 50
    assert (tmp_path / "summary" / "summary.html").exists()


def test_places_are_where_chunks_end(comments: Path) -> None:
    source = source_of(comments, Form.JSONL, Columns())
    first, second, *_ = source.chunks(Place(), 20, 0)
    (again, *_) = source.chunks(first.end, 20, 1)
    assert again == second
    assert second.rows[0][0] == 21
