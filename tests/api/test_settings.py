"""Settings that cannot be used are told by their names, as wrong options are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.misset import Misset
from api.settings import Settings
from api.webhooks.settings import WebhookSettings


@pytest.mark.parametrize("command", [["serve"], ["check", "x"], ["keys", "list"]])
@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MODERATION_PORT", "abc", "'abc' is no whole number. Port to listen on"),
        ("MODERATION_PORT", "99999", "'99999' is greater than 65535"),
        ("MODERATION_CLASSIFIER", "maybe", "'maybe' is neither true nor false"),
        ("MODERATION_NAMESPACE", "a b", "'a b' does not match"),
        ("MODERATION_BODY_BYTES", "5", "'5' is less than 1024"),
    ],
)
def test_a_wrong_setting_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, command: list[str], variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    done = CliRunner().invoke(app, command, env={"TERMINAL_WIDTH": "200", "COLUMNS": "200"})
    assert done.exit_code == 2, done.output
    assert f"Invalid value for {variable}: {words}" in done.output


def test_the_settings_of_a_part_are_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_WEBHOOK_NETWORKS", "10.0.0.0/99")
    with pytest.raises(Misset, match=r"^MODERATION_WEBHOOK_NETWORKS: '10.0.0.0/99' does not"):
        WebhookSettings()


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["keys", "list"]])
def test_a_data_folder_that_cannot_be_is_told(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *command],
        env={"PATH": "", "MODERATION_DATA": str(folder), "MODERATION_CLASSIFIER": "false"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{folder / 'store'} cannot be used" in done.stderr
    assert "MODERATION_DATA" in done.stderr


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_PORT", "9000")
    assert Settings().port == 9000
