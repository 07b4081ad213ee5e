"""`train` and `evaluate` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.cli import learning
from classifiers import bundle

application = typer.Typer()
application.command()(learning.train)
application.command()(learning.evaluate)


ALONE = ("--no-authored", "--no-signals")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(
        application, [str(argument) for argument in arguments], env={"COLUMNS": "200"}
    )
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def bundled(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("trained")
    code, said = run("train", *ALONE, "--corpora", folder, "--output", output)
    assert code == 0, said
    return output


def test_training_writes_what_can_be_loaded_and_read(bundled: Path) -> None:
    loaded = bundle.load(bundled)
    assert loaded.model.labels == ("abusive", "hate")
    assert [source["name"] for source in loaded.manifest["sources"]] == [
        "forum.dev.jsonl.gz",
        "forum.train.jsonl.gz",
        "tweets.jsonl.gz",
    ]
    card = (bundled / bundle.CARD_FILE).read_text(encoding="utf-8")
    assert loaded.version in card
    assert "forum.train.jsonl.gz" in card
    assert "Retrain on your own decisions" in card


def test_evaluating_measures_held_out_rows_and_each_corpus_left_out(
    folder: Path, bundled: Path, tmp_path: Path
) -> None:
    arguments = ("--corpora", folder, "--model", bundled, "--output", tmp_path)
    code, said = run("evaluate", *ALONE, *arguments, "--leave-one-out")
    assert code == 0, said
    measures = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["measures"]
    held_out = {(row["corpus"], row["label"]): row for row in measures["Held out"]}
    assert held_out["forum", "abusive"]["rows"] == 120
    assert held_out["forum", "abusive"]["auc"] > 0.95
    assert {row["corpus"] for row in measures["Leave one corpus out"]} == {"forum", "tweets"}


def test_what_is_wrong_is_told_without_a_traceback(
    folder: Path, bundled: Path, tmp_path: Path
) -> None:
    code, said = run("train", "--corpora", tmp_path / "nowhere", "--output", tmp_path / "out")
    assert code == 1
    assert "no corpus found; give a folder" in said
    assert not (tmp_path / "out").exists()
    code, said = run("evaluate", "--corpora", folder, "--model", tmp_path)
    assert code == 1
    assert "manifest.json: no such file" in said
