"""`moderation rules`: what its commands say and how they end, for people and for pipelines."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from api.cli import app
from rules.load import DEFAULT_PACKS

PACK = """\
pack: mine
version: 1.0.0
description: A pack of a test.
rules:
  - id: worthless
    description: Somebody is called worthless.
    clause: person_insult
    severity: serious
    when: {word: [حقير, خسيس]}
    examples:
      match: [يا حقير]
      no_match: [كتاب مفيد]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good pack."""
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "mine.yaml").write_text(PACK, "utf-8")
    return packs


def change(folder: Path, old: str, new: str) -> None:
    """Replaces something in the pack."""
    path = folder / "mine.yaml"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, arguments)])


def test_one_pack_is_checked_among_its_folder(folder: Path) -> None:
    words = PACK.replace("pack: mine", "pack: words").replace(
        "rules:", "lists: {insults: {terms: [سافل]}}\nrules:", 1
    )
    (folder / "words.yaml").write_text(words, "utf-8")
    change(folder, "{word: [حقير, خسيس]}", "{any: [{word: حقير}, {list: words/insults}]}")
    result = run("check", folder / "mine.yaml")
    assert (result.exit_code, "the rules are good" in result.output) == (0, True)
    change(folder, "{word: حقير}", "{word: [حقير, حقير]}")
    assert "mine.yaml:9:" in run("check", folder / "mine.yaml").stdout
    assert "mine.yaml" not in run("check", folder / "words.yaml").stdout
    change(folder, "severity: serious", "severity: sever")
    assert run("check", folder / "words.yaml").exit_code == 1


def test_a_folder_that_is_not_there_is_said_to_be_missing(folder: Path) -> None:
    result = run("check", folder / "nowhere")
    assert (result.exit_code, "there is no such folder" in result.stdout) == (1, True)


def test_every_group_of_commands_is_named_in_the_help() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert all(f"│ {name} " in told for name in ("keys", "accounts", "store", "webhooks"))
    told = run("--help").output
    assert "│ breaker " in told
    assert "--install-completion" not in run("breaker", "--help").output


def test_good_rules_pass(folder: Path) -> None:
    result = run("check", folder, "--strict")
    assert (result.exit_code, result.output.strip()) == (0, "the rules are good")


def test_a_warning_fails_where_that_is_asked_alone(folder: Path) -> None:
    change(folder, "[حقير, خسيس]", "[حقير, خسيس, خسيس]")
    assert run("check", folder).exit_code == 0
    result = run("check", folder, "--strict")
    assert result.exit_code == 1
    assert "mine.yaml:9:31: warning:" in result.stdout
    assert "[repeated-term]" in result.stdout
    assert "1 warning" in result.stderr


def test_an_error_fails(folder: Path) -> None:
    change(folder, "person_insult", "person_insolt")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "did you mean `person_insult`?" in result.stdout
    assert "1 error" in result.stderr


def test_problems_are_told_as_json(folder: Path) -> None:
    change(folder, "severity: serious", "severity: sever")
    (problem,) = json.loads(run("check", folder, "--format", "json").stdout)
    assert problem["path"].endswith("mine.yaml")
    assert (problem["line"], problem["column"]) == (8, 5)
    assert (problem["level"], problem["code"]) == ("error", "invalid")


def test_problems_are_told_as_annotations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    change(folder, "[حقير, خسيس]", "[حقير, خسيس, خسيس]")
    (line,) = run("check", "packs", "--format", "github").stdout.splitlines()
    assert line.startswith(
        "::warning file=packs/mine.yaml,line=9,col=31,title=repeated-term::rules[0].when.word[2]: "
    )


def test_an_annotation_is_one_line_whatever_a_file_holds(folder: Path) -> None:
    change(folder, "match: [يا حقير]", 'match: ["a\\n::error::b 100%"]')
    (line,) = run("check", folder, "--format", "github").stdout.splitlines()
    assert "a%0A::error::b 100%25" in line


def test_problems_are_told_as_sarif(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    change(folder, "[حقير, خسيس]", "[حقير, خسيس, خسيس]")
    change(folder, "person_insult", "person_insolt")
    log = json.loads(run("check", "packs", "--format", "sarif").stdout)
    assert log["version"] == "2.1.0"
    (sarif,) = log["runs"]
    rules = sarif["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert {result["level"] for result in sarif["results"]} == {"error", "warning"}
    for result in sarif["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "packs/mine.yaml"}
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


def test_the_shipped_packs_are_good() -> None:
    assert run("check", "--strict").exit_code == 0


def test_examples_of_the_rules_are_tried(folder: Path) -> None:
    assert run("test", folder).stdout.strip() == "2 tried, 0 failed"
    change(folder, "no_match: [كتاب مفيد]", "no_match: [يا خسيس]")
    result = run("test", folder, "--rule", "worthless")
    assert result.exit_code == 1
    assert "mine.yaml:12: worthless matches «خسيس» in «يا خسيس»" in result.stdout


def test_a_rule_that_is_not_there_is_said_to_be_missing(folder: Path) -> None:
    result = run("test", folder, "--rule", "worthles")
    assert result.exit_code == 1
    assert "did you mean worthless" in result.stderr


def test_cases_say_what_matched_instead(folder: Path, tmp_path: Path) -> None:
    cases = [
        {"text": "يا حقير", "clause": "person_insult", "action": "flag"},
        {"text": "يا حقير", "clause": "profanity"},
        {"text": "شكرا", "action": ["flag", "reject"]},
        {"text": "خسيس", "clause": None},
        {"text": "شكرا", "clause": None, "action": "allow"},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in cases), "utf-8")
    result = run("test", folder, "--examples", path)
    assert result.exit_code == 1
    assert "7 tried, 3 failed" in result.stderr
    assert f"{path}:2: person_insult and not profanity: «يا حقير»" in result.stdout
    assert "mine/worthless «حقير»" in result.stdout
    assert f"{path}:3: allow and not flag or reject" in result.stdout
    assert f"{path}:4: person_insult and no clause" in result.stdout


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"clause": "profanity"}', "`text` is missing"),
        ('{"text": "x", "action": "remove"}', "`action` is one of allow, flag, reject"),
        ('{"text": "x", "clause": 3}', "`clause` is a string or null"),
        ("[", "not JSON"),
    ],
)
def test_a_case_that_is_none_is_named(
    folder: Path, tmp_path: Path, line: str, complaint: str
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"\n{line}\n", "utf-8")
    result = run("test", folder, "--examples", path)
    assert result.exit_code == 1
    assert f"{path}:2: " in result.stderr
    assert complaint in result.stderr


def test_a_match_is_explained(folder: Path) -> None:
    output = run("explain", "يا ح ق ي ر", "--rules", folder).stdout
    assert "mine/worthless  match" in output
    assert "«ح ق ي ر» (joined)" in output


def test_a_comment_that_was_not_caught_is_explained(folder: Path) -> None:
    output = run("explain", "يا حقيقر", "--rules", folder).stdout
    assert "no rule matches" in output
    assert "differs from 'حقير' by one letter" in output


def test_one_rule_is_explained_with_its_context(folder: Path) -> None:
    change(folder, "{word: [حقير, خسيس]}", "{all: [{word: حقير}, {named: author}]}")
    change(folder, "match: [يا حقير]", "match: [{text: الخطيب حقير, article: {authors: [الخطيب]}}]")
    asked = ("explain", "الخطيب حقير", "--rules", folder, "--rule", "worthless")
    assert "nobody's name is known" in run(*asked).stdout
    assert "match" in run(*asked, "--author", "سليم الخطيب").stdout


def test_an_explanation_is_told_as_json(folder: Path) -> None:
    told = json.loads(run("explain", "يا حقير", "--rules", folder, "--format", "json").stdout)
    (rule,) = told["rules"]
    assert (rule["rule"], rule["outcome"], told["action"]) == ("mine/worthless", "match", "flag")
    assert rule["when"]["found"][0]["span"] == {"start": 3, "end": 7}


def test_what_steers_a_terminal_is_not_printed(folder: Path) -> None:
    assert "\x1b[31m" not in run("explain", "حقير \x1b[31m\u202e", "--rules", folder).stdout


def test_differences_are_told(folder: Path, tmp_path: Path) -> None:
    assert run("diff", folder, folder).stdout.strip() == "they say the same"
    other = tmp_path / "other.yaml"
    other.write_text(PACK.replace("serious", "mild").replace("خسيس]", "سافل]"), "utf-8")
    output = run("diff", folder, other).stdout
    assert output.splitlines() == [
        "~ rule mine/worthless (person_insult, mild)",
        "    severity: serious → mild",
        "    + سافل",
        "    - خسيس",
    ]
    told = json.loads(run("diff", folder, other, "--format", "json").stdout)
    assert told["rules"][0]["fields"] == [{"name": "severity", "old": "serious", "new": "mild"}]


@pytest.mark.parametrize("name", ["comments.jsonl", "comments.jsonl.gz"])
def test_coverage_is_counted_over_files(folder: Path, tmp_path: Path, name: str) -> None:
    lines = b'{"text": "%s"}\n{"text": "x", "abusive": 0}\n' % "يا خسيس".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    picture = tmp_path / "coverage.png"
    asked = ("coverage", path, "--rules", folder, "--plot", picture)
    told = json.loads(run(*asked, "--format", "json").stdout)
    assert (told["comments"], told["matched"], told["rules"][0]["matches"]) == (2, 1, 1)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "mine/worthless" in run(*asked).stdout


def test_coverage_fits_a_narrow_terminal(folder: Path, tmp_path: Path) -> None:
    comments = tmp_path / "comments.jsonl"
    comments.write_text('{"text": "يا حقير"}\n', "utf-8")
    narrow = {"COLUMNS": "48", "FORCE_COLOR": "1", "NO_COLOR": "1"}
    command = ["rules", "coverage", str(comments), "--rules", str(folder)]
    told = re.sub(r"\x1b\[[\d;]*m", "", CliRunner().invoke(app, command, env=narrow).stdout)
    lines = told.splitlines()
    assert "…" not in told
    assert max(map(len, lines)) <= 48
    assert lines[0].split() == ["rule", "matches", "share", "mentions", "alone"]


def test_rules_that_never_match_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "comments.jsonl").write_text('{"text": "x"}\n', "utf-8")
    output = run("coverage", tmp_path / "comments.jsonl", "--rules", folder).stdout
    assert "1 rules never match:\n  mine/worthless (serious)" in output


def test_a_folder_without_comments_is_said_to_be_empty(folder: Path) -> None:
    result = run("coverage", folder, "--rules", folder)
    assert result.exit_code == 1
    assert "holds no comments" in result.stderr


def test_files_are_formatted(folder: Path) -> None:
    assert run("fmt", folder, "--check").exit_code == 0
    change(folder, "    clause: person_insult\n    severity: serious\n", "")
    change(folder, "  - id:", "  - severity: serious\n    clause: person_insult\n    id:")
    result = run("fmt", folder, "--check")
    assert (result.exit_code, result.stdout) == (1, f"{folder}/mine.yaml would change\n")
    assert run("fmt", folder / "mine.yaml").exit_code == 0
    assert (folder / "mine.yaml").read_text("utf-8") == PACK


def test_broken_files_are_not_formatted(folder: Path) -> None:
    change(folder, "severity: serious", "severity: sever")
    result = run("fmt", folder)
    assert result.exit_code == 1
    assert "mine.yaml:8:5" in result.stderr


def test_a_broken_file_keeps_none_of_the_others_from_being_formatted(folder: Path) -> None:
    (folder / "a.yaml").write_text(PACK.replace("severity: serious", "severity: sever"), "utf-8")
    change(folder, "{word:", "{ word:")
    result = run("fmt", folder)
    assert result.exit_code == 1
    assert "a.yaml:8:5" in result.stderr
    assert "mine.yaml is formatted" in result.stdout


def test_a_comment_is_explained_with_who_wrote_it(folder: Path) -> None:
    change(
        folder,
        "when: {word: [حقير, خسيس]}\n    examples:\n      match: [يا حقير]",
        "when: {all: [{word: حقير}, {newcomer: true}, {tag: كأس}, {repeated: {at_least: 2}}]}\n"
        "    examples:\n      match: [{text: يا حقير, newcomer: true, repeats: 2, "
        "article: {tags: [كأس]}}]",
    )
    context = ("--newcomer", "--tag", "كأس", "--repeats", 2, "--commenter", "reader-7")
    assert "mine/worthless  match" in run("explain", "حقير", "--rules", folder, *context).stdout
    known = ("--known", *context[1:])
    assert "mine/worthless  match" not in run("explain", "حقير", "--rules", folder, *known).stdout


def test_a_plot_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    comments = tmp_path / "comments.jsonl"
    comments.write_text('{"text": "يا حقير"}\n', "utf-8")
    plot = tmp_path / "nowhere" / "plot.png"
    result = run("coverage", comments, "--rules", folder, "--plot", plot)
    assert result.exit_code == 1
    assert f"{plot} cannot be written" in result.stderr


def test_everyday_words_are_counted_again(tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"قرأت مقالا {number}", "abusive": 0}) for number in range(3)]
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    (corpora / "mine.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    output = tmp_path / "words.txt.gz"
    result = run("everyday", "--corpora", corpora, "--output", output)
    assert result.exit_code == 0
    assert "3 comments without abuse" in result.stdout
    words = gzip.decompress(output.read_bytes()).decode().splitlines()
    assert "قرات\t3" in words


def test_every_command_is_taught_by_an_example() -> None:
    for command in ("check", "test", "explain", "diff", "coverage", "fmt", "everyday", "schema"):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert f"moderation rules {command}" in result.stdout.replace("\n", " "), command


def test_the_hooks_call_commands_that_are_there() -> None:

    root = DEFAULT_PACKS.parent.parent
    hooks = YAML(typ="safe").load((root / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert len(hooks) == 2
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        assert program == "moderation"
        # pre-commit would add every YAML file of the repository to the folder of the packs.
        assert hook["pass_filenames"] is False
        assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
