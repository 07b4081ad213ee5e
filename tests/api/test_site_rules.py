"""Which rules a command reads where none are named: those that the site's service serves."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

WORD = "زمردة"
PACK = f"""\
pack: ours
version: 1.0.0
description: What this site alone refuses.
rules:
  - id: emerald
    description: A word of a test.
    clause: profanity
    severity: grave
    when: {{word: [{WORD}]}}
    examples:
      match: [{WORD}]
      no_match: [ياقوت]
"""

Site = dict[str, str]


@pytest.fixture
def site(tmp_path: Path, store_url: str) -> Site:
    """A site that names no rules of its own, and published a pack over the shipped ones."""
    environment = {
        "REDIS_URL": store_url,
        "MODERATION_NAMESPACE": uuid4().hex,
        "MODERATION_DATA": str(tmp_path / "data"),
        "MODERATION_CLASSIFIER": "false",
    }
    # What a service leaves in its data folder after the first publication.
    packs = tmp_path / "data" / "rules" / "packs"
    packs.mkdir(parents=True)
    (packs / "ours.yaml").write_text(PACK, "utf-8")
    return environment


def run(site: Site, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), env=site)


def copy_of(site: Site) -> Path:
    return Path(site["MODERATION_DATA"]) / "rules" / "packs"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", WORD), "ours/emerald"),
        (("rules", "explain", WORD), "ours/emerald"),
        (("rules", "test"), "2 tried, 0 failed"),
    ],
)
def test_commands_read_what_the_site_serves(
    site: Site, arguments: tuple[str, ...], told: str
) -> None:
    result = run(site, *arguments)
    assert result.exit_code == 0
    assert told in result.stdout
    assert f"reading {copy_of(site)}, which the site serves" in result.stderr


def test_its_files_are_checked_and_formatted(site: Site) -> None:
    pack = copy_of(site) / "ours.yaml"
    pack.write_text(PACK.replace("{word:", "{ word:"), "utf-8")
    assert run(site, "rules", "fmt").stdout == f"{pack} is formatted\n"
    pack.write_text(PACK.replace("grave", "grav"), "utf-8")
    result = run(site, "rules", "check")
    assert result.exit_code == 1
    assert f"{pack}:8:5" in result.stdout


def test_comments_are_counted_scanned_and_compared_by_them(site: Site, tmp_path: Path) -> None:
    comments = tmp_path / "comments.jsonl"
    comments.write_text(f'{{"id": 1, "text": "{WORD}"}}\n', "utf-8")
    assert "ours/emerald" in run(site, "rules", "coverage", comments).stdout
    verdicts = tmp_path / "verdicts.jsonl"
    assert run(site, "scan", comments, "-o", verdicts, "-j", "1").exit_code == 0
    assert "ours/emerald" in verdicts.read_text("utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / "ours.yaml").write_text(PACK.replace(WORD, "عقيق"), "utf-8")
    told = run(site, "rules", "dry-run", other, "--file", comments).stdout
    assert f"reject → allow  {WORD}" in told


def test_what_is_named_is_read_instead(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ours.yaml").write_text(PACK.replace(WORD, "عقيق"), "utf-8")
    result = run(site, "check", WORD, "--rules", other)
    assert "ours/emerald" not in result.stdout
    assert "which the site serves" not in result.stderr
    own = run({**site, "MODERATION_RULES": str(other)}, "check", WORD)
    assert "ours/emerald" not in own.stdout


def test_without_a_publication_the_shipped_rules_are_read(site: Site) -> None:
    shutil.rmtree(copy_of(site))
    result = run(site, "check", WORD)
    assert result.stdout.startswith("allow")
    assert result.stderr == ""


@pytest.mark.parametrize(
    "command", [("check",), ("scan",), ("rules", "check"), ("rules", "explain"), ("rules", "fmt")]
)
def test_the_help_says_so(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = " ".join(CliRunner().invoke(app, [*command, "--help"]).output.split())
    assert "what the site serves: its copy in MODERATION_DATA, else MODERATION_RULES" in told


def test_json_lines_stay_alone_on_standard_output(site: Site) -> None:
    line = f'{{"id": 1, "text": "{WORD}"}}\n'
    result = CliRunner().invoke(app, ["check", "--format", "jsonl"], env=site, input=line)
    assert result.stdout.count("\n") == 1
    assert result.stdout.startswith('{"id":1,"action":"reject"')
