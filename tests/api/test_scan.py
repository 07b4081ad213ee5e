"""Whole files: every form in and out, nothing lost or doubled, summed up."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.scan import scan as command
from api.lines import answer
from api.scan.form import Columns, Form, ScanError
from api.scan.judging import engine_of
from api.scan.run import run
from api.scan.tally import Tally
from rules.load import DEFAULT_POLICY
from tests.api.asking import CIVIL, OBSCENE
from tests.api.scanning import ACTIONS, PACKS, TEXTS, answers, lines_of, quiet, scan_of


@pytest.fixture(autouse=True)
def _undrawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take longer than all the rest: only tests that look at them have them drawn."""
    if "summary" not in request.node.name:
        monkeypatch.setattr("api.scan.report.write", lambda *_: None)


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    path.write_text("\n".join(lines_of(50)) + "\n", "utf-8")
    return path


def test_answers_are_those_of_check_in_the_order_of_the_source(
    comments: Path, tmp_path: Path
) -> None:
    tally = run(scan_of(comments, tmp_path / "out.jsonl"), quiet())
    engine = engine_of(PACKS, DEFAULT_POLICY, None)
    expected = "".join(answer(engine, line.encode()) for line in lines_of(50))
    assert (tmp_path / "out.jsonl").read_text("utf-8") == expected
    assert (tally.judged, tally.failed) == (50, 0)
    assert tally.actions == {"allow": 17, "reject": 17, "flag": 16}
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"comments.jsonl", "out.jsonl"}


def test_rows_that_cannot_be_judged_are_told_and_stop_nobody(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    rows = [
        b'\xef\xbb\xbf{"id": 1, "text": "x"}',
        b"",
        b'{"id": 3}',
        b"[",
        b"\xff",
        b'{"text": ""}',
    ]
    source.write_bytes(b"\r\n".join(rows))
    tally = run(scan_of(source, tmp_path / "out.jsonl"), quiet())
    told = answers(tmp_path / "out.jsonl")
    assert [(each["id"], each.get("error", {}).get("line")) for each in told] == [
        (1, None),
        (3, 3),
        (None, 4),
        (None, 5),
        (None, None),
    ]
    assert (tally.judged, tally.failed) == (2, 3)


def test_half_of_a_surrogate_pair_passes_through(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "\\ud800", "text": "كلب \\ud800"}\n')
    for suffix in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{suffix}"
        assert run(scan_of(source, out, with_text=True), quiet()).judged == 1
    assert answers(tmp_path / "out.jsonl")[0]["id"] == "\ud800"


def test_packed_files_are_read(comments: Path, tmp_path: Path) -> None:
    packed = tmp_path / "comments.jsonl.gz"
    packed.write_bytes(gzip.compress(comments.read_bytes()))
    run(scan_of(packed, tmp_path / "a.jsonl", form=Form.JSONL), quiet())
    run(scan_of(comments, tmp_path / "b.jsonl"), quiet())
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_plain_text_has_a_comment_a_line(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text(f"{CIVIL}\n\n{OBSCENE}", "utf-8")
    run(scan_of(source, tmp_path / "out.jsonl", with_text=True), quiet())
    told = answers(tmp_path / "out.jsonl")
    assert [(each["id"], each["action"], each["text"]) for each in told] == [
        (1, "allow", CIVIL),
        (3, "reject", OBSCENE),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_are_read_by_their_columns(tmp_path: Path, delimiter: str) -> None:
    source = tmp_path / "in.csv"
    with source.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["no", "body", "by", "title"])
        writer.writerow(["a", f"{CIVIL}\n{OBSCENE}", "", ""])
        writer.writerow(["b", "سليم الخطيب كذاب", "سليم الخطيب; هالة نصر", "عنوان, وفيه فاصلة"])
    columns = Columns.of(["id=no", "text=body", "authors=by"])
    run(scan_of(source, tmp_path / "out.csv", columns=columns, rows=1, with_text=True), quiet())
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        told = list(csv.DictReader(stream))
    assert [(each["id"], each["action"], each["clauses"]) for each in told] == [
        ("a", "reject", "profanity"),
        ("b", "flag", "author_insult"),
    ]
    assert told[0]["text"] == f"{CIVIL}\n{OBSCENE}"
    assert told[0]["sources"] == "rule:terms/obscenity@1.0.0"


def test_a_commenters_words_are_no_formula(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "1", "text": '=HYPERLINK("http://evil.example")'}))
    run(scan_of(source, tmp_path / "out.csv", with_text=True), quiet())
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["text"].startswith("'=")


def test_a_column_that_is_missing_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,body\n1,x\n")
    with pytest.raises(ScanError, match=r"no column `text`.*id, body.*--column text="):
        run(scan_of(source, tmp_path / "out.csv"), quiet())
    with pytest.raises(ScanError, match="part=column"):
        Columns.of(["colour=red"])


def test_parquet_goes_in_and_out(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    source = tmp_path / "in.parquet"
    rows = [
        {"id": at, "text": TEXTS[at % 3], "authors": ["سليم الخطيب"], "when": None}
        for at in range(20)
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), source, row_group_size=6)
    tally = run(scan_of(source, tmp_path / "out.parquet", with_text=True), quiet())
    told = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(each["id"], each["action"], each["text"]) for each in told] == [
        (str(at), ACTIONS[at % 3], TEXTS[at % 3]) for at in range(20)
    ]
    assert told[1]["reasons"][0]["clause"] == "profanity"
    assert told[1]["reasons"][0]["spans"][0]["text"] in OBSCENE
    assert tally.judged == 20


def test_parquet_without_its_library_says_what_to_install(
    comments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ScanError, match=r"pip install 'moderation\[bulk\]'"):
        run(scan_of(comments, tmp_path / "out.parquet"), quiet())
    assert not list(tmp_path.glob("out*"))


def test_the_summary_shows_actions_clauses_rules_and_scores(comments: Path, tmp_path: Path) -> None:
    run(scan_of(comments, tmp_path / "out.jsonl"), quiet())
    folder = tmp_path / "summary"
    assert {path.name for path in folder.iterdir()} == {
        "summary.html",
        "summary.json",
        "actions.png",
        "clauses.png",
        "rules.png",
        "scores.png",
    }
    for picture in folder.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
    page = (folder / "summary.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 4
    assert 'src="http' not in page
    assert "rule:terms/obscenity@1.0.0" in page
    assert "34.00%" in page
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    assert told["actions"] == {"allow": 17, "reject": 17, "flag": 16}
    assert told["clauses"] == {"profanity": {"reject": 17}, "person_insult": {"flag": 16}}


def test_scores_are_counted_in_twentieths() -> None:
    tally = Tally()
    for score in (0.0, 0.049, 0.5, 1.0):
        tally.count({"action": "allow", "reasons": [], "scores": {"abusive": score}})
    histogram = tally.scores["abusive"]
    assert (histogram[0], histogram[10], histogram[19], sum(histogram)) == (2, 1, 1, 4)
    twice = Tally.load(tally.dump())
    twice.add(tally)
    assert (twice.judged, sum(twice.scores["abusive"])) == (8, 8)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["in.dat", "-o", "out.jsonl"], "does not tell its form"),
        (["in.jsonl", "-o", "out.txt"], "not as plain text"),
        (["in.jsonl", "-o", "out.jsonl.gz"], "leave .gz away"),
        (["in.jsonl", "-o", "out.jsonl", "--address", "tcp://x"], "--backend dask"),
        (["in.jsonl", "-o", "out.jsonl", "--column", "x"], "part=column"),
        (["in.jsonl", "-o", "out.jsonl", "--rules", "nowhere"], "rules or policy are broken"),
    ],
)
def test_wrong_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    import typer

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setenv("MODERATION_RULES", str(PACKS))
    for name in ("in.dat", "in.jsonl"):
        (tmp_path / name).write_text('{"id": 1, "text": "x"}\n')
    app = typer.Typer()
    app.command()(command)
    outcome = CliRunner().invoke(app, [*arguments, "--no-model", "-j", "1"])
    assert outcome.exit_code == 1, outcome.output
    assert told in outcome.output
