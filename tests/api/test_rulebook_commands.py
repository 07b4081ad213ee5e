"""`moderation rules publish`, `history`, `rollback`, `replay` and `revert`."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli import app

Environment = dict[str, str]


@pytest.fixture
def site(files: Path, store_url: str) -> Environment:
    """A site without a service: its files, and a store."""
    return {
        "REDIS_URL": store_url,
        "MODERATION_NAMESPACE": uuid4().hex,
        "MODERATION_DATA": str(files / "data"),
        "MODERATION_RULES": str(files / "packs"),
        "MODERATION_POLICY": str(files / "policy.yaml"),
        "MODERATION_CLASSIFIER": "false",
    }


def rules(site: Environment, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments], env=site)


def change(files: Path, before: str, after: str) -> None:
    pack = files / "packs" / "terms.yaml"
    pack.write_text(pack.read_text("utf-8").replace(before, after), "utf-8")


def test_publish_change_and_go_back(site: Environment, files: Path) -> None:
    first = rules(site, "publish", "--why", "the first", "--by", "the desk").output.split()[0]
    change(files, "[كلب]", "[كلب, حمار]")
    second = rules(site, "publish", "--why", "a new insult").output.split()[0]
    assert rules(site, "rollback", first[:6], "--why", "too wide").exit_code == 0
    shown = rules(site, "history", "--diff").output
    newest, middle, oldest = (line for line in shown.splitlines() if "  (rules " in line)
    assert newest.startswith(f"* {first}")
    assert "rolled back by" in newest
    assert f"after {second}" in newest
    assert middle.startswith(f"  {second}")
    assert "published by the desk: the first" in oldest
    assert "+    when: { word: [كلب, حمار] }" in shown


def test_what_is_broken_is_told_and_not_published(site: Environment, files: Path) -> None:
    rules(site, "publish", "--why", "the first")
    change(files, "match: [يا كلب]", "match: [يا صديقي]")
    refused = rules(site, "publish", "--why", "broken")
    assert refused.exit_code == 1
    assert f"{files / 'packs' / 'terms.yaml'}:17:" in refused.output
    assert len(rules(site, "history").output.splitlines()) == 1


def test_what_came_and_went_is_told(site: Environment, files: Path) -> None:
    pack = files / "packs" / "terms.yaml"
    new = files / "new"
    new.mkdir()
    (new / "ours.yaml").write_text(
        pack.read_text("utf-8").replace("pack: terms", "pack: ours"), "utf-8"
    )
    rules(site, "publish", "--why", "the first")
    told = rules(site, "publish", str(new), "--why", "ours alone").stderr.splitlines()
    assert "+ packs/ours.yaml" in told
    assert "- packs/terms.yaml serves no more" in told
    again = rules(site, "publish", str(new), "--why", "once more").stderr
    assert again == "nothing changed: this is what serves\n"


def test_a_rule_on_which_nothing_rests_may_be_misspelt(site: Environment) -> None:
    rules(site, "publish", "--why", "the first")
    told = rules(site, "revert", "--rule", "terms/nowhere")
    assert told.exit_code == 0
    assert "is the name right?" in told.stderr


def test_the_beginning_of_a_version_has_to_be_enough(site: Environment) -> None:
    first = rules(site, "publish", "--why", "the first").output.split()[0]
    assert "is too short" in rules(site, "rollback", first[:2], "--why", "x").stderr
    assert "the beginning of no version" in rules(site, "rollback", "zzzz", "--why", "x").stderr


def test_another_base_is_a_conflict(site: Environment, files: Path) -> None:
    first = rules(site, "publish", "--why", "the first").output.split()[0]
    change(files, "[كلب]", "[كلب, حمار]")
    rules(site, "publish", "--why", "theirs", "--by", "zahra")
    change(files, "[كلب, حمار]", "[كلب, تيس]")
    refused = rules(site, "publish", "--why", "mine", "--base", first)
    assert refused.exit_code == 1
    assert first in refused.output
    assert "zahra" in refused.output


def test_a_folder_is_published_with_the_policy_that_serves(site: Environment, files: Path) -> None:
    policy = files / "policy.yaml"
    policy.write_text("# ours\n" + policy.read_text("utf-8"), "utf-8")
    rules(site, "publish", "--why", "the first")
    policy.write_text(policy.read_text("utf-8").replace("# ours\n", ""), "utf-8")
    change(files, "[كلب]", "[كلب, حمار]")
    rules(site, "publish", str(files / "packs"), "--why", "packs alone")
    shown = rules(site, "history", "--diff", "--limit", "1").output
    assert "حمار" in shown
    assert "# ours" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("rollback", "zzzz", "--why", "x"),
        ("replay", "no-such-comment"),
        ("revert", "--version", "zzzz"),
    ],
)
def test_what_is_not_there_is_told(site: Environment, arguments: tuple[str, ...]) -> None:
    rules(site, "publish", "--why", "the first")
    refused = rules(site, *arguments)
    assert refused.exit_code == 1
    assert arguments[1 if arguments[0] != "revert" else 2] in refused.output


def test_revert_needs_one_thing(site: Environment) -> None:
    assert rules(site, "revert").exit_code == 2
    assert rules(site, "revert", "--rule", "a/b", "--version", "abcd").exit_code == 2
