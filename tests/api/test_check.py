"""`moderation check`: the form of its lines is a public interface."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.lines import LONGEST_LINE, check_lines
from moderation.engine import Engine
from rules.load import load_policy, load_rules
from tests.api.asking import ARTICLE, BORDERLINE, CIVIL, OBSCENE

PACKS = Path(__file__).parent / "packs"
COMMAND = [sys.executable, "-c", "from api.cli import main; main()", "check", "--no-model"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_rules(PACKS), load_policy(), expects_classifier=False)


def answers(engine: Engine, *lines: bytes | dict[str, Any]) -> list[dict[str, Any]]:
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    sink = io.BytesIO()
    check_lines(engine, io.BytesIO(b"\n".join(written)), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_the_form_of_an_answer(engine: Engine) -> None:
    sink = io.BytesIO()
    line = json.dumps({"id": "c-1", "text": OBSCENE, "article": ARTICLE}).encode()
    check_lines(engine, io.BytesIO(line), sink)
    assert sink.getvalue().decode() == (
        '{"id":"c-1","action":"reject","reasons":[{"clause":"profanity",'
        '"source":"rule:terms/obscenity@1.0.0",'
        f'"spans":[{{"start":5,"end":{len(OBSCENE)},"text":"{OBSCENE[5:]}"}}],"score":0.95}}],'
        '"scores":{}}\n'
    )


def test_answers_keep_the_order(engine: Engine) -> None:
    texts = [CIVIL, OBSCENE, BORDERLINE] * 2000
    told = answers(engine, *({"id": at, "text": text} for at, text in enumerate(texts)))
    assert [each["id"] for each in told] == list(range(6000))
    assert [each["action"] for each in told] == ["allow", "reject", "flag"] * 2000


@pytest.mark.parametrize(
    "written",
    ['"a"', '"\\u0643"', "7", "-0", "1.50", "1e400", "123456789012345678901234567890", "true",
     "false", "null"],
)  # fmt: skip
def test_an_id_is_echoed_as_given(engine: Engine, written: str) -> None:
    sink = io.BytesIO()
    check_lines(engine, io.BytesIO(f'{{"id":{written},"text":"نص"}}'.encode()), sink)
    expected = '"ك"' if written == '"\\u0643"' else written
    assert sink.getvalue().decode().startswith(f'{{"id":{expected},"action":"allow"')


def test_article_and_parent_are_part_of_what_is_judged(engine: Engine) -> None:
    text = "سليم الخطيب كذاب"
    with_author, without = answers(
        engine,
        {"id": 1, "text": text, "article": ARTICLE},
        {"id": 2, "text": text, "article": None},
    )
    assert [reason["clause"] for reason in with_author["reasons"]] == ["author_insult"]
    assert without["action"] == "allow"


def test_context_comes_from_the_line(tmp_path: Path) -> None:
    pack = """
pack: context
version: 1.0.0
description: Rules on the context.
rules:
  - id: newcomer
    description: a newcomer
    clause: profanity
    severity: mild
    when: {newcomer: true}
    examples: {match: [{text: x, newcomer: true}], no_match: [x]}
  - id: repeated
    description: a text that is repeated
    clause: profanity
    severity: mild
    when: {repeated: {at_least: 3}}
    examples: {match: [{text: x, repeats: 3}], no_match: [x]}
  - id: person
    description: a person of the article
    clause: profanity
    severity: mild
    when: {named: person}
    examples: {match: [{text: الحداد, article: {people: [سامي الحداد]}}], no_match: [x]}
"""
    (tmp_path / "context.yaml").write_text(pack, "utf-8")
    engine = Engine(load_rules(tmp_path), load_policy(), expects_classifier=False)
    told = answers(
        engine,
        {"id": 1, "text": "نص", "newcomer": True},
        {"id": 2, "text": "نص", "repeats": 3},
        {"id": 3, "text": "الحداد", "article": {"people": ["سامي الحداد"]}},
        {"id": 4, "text": "الحداد", "newcomer": False, "repeats": 2, "article": {}},
    )
    sources = [[reason["source"] for reason in each["reasons"]] for each in told]
    assert sources == [
        ["rule:context/newcomer@1.0.0"],
        ["rule:context/repeated@1.0.0"],
        ["rule:context/person@1.0.0"],
        [],
    ]


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"newcomer": "yes"}, "`newcomer` is true, false or null"),
        ({"repeats": "3"}, "`repeats` is a whole number"),
        ({"repeats": -3}, "`repeats` is a whole number"),
        ({"repeats": 1.5}, "`repeats` is a whole number"),
        ({"article": {"people": "سامي"}}, "`people` is a list of strings"),
    ],
)
def test_context_that_cannot_be_is_an_error(
    engine: Engine, context: dict[str, Any], message: str
) -> None:
    (told,) = answers(engine, {"id": 1, "text": "نص", **context})
    assert told["error"]["message"] == message


def test_unknown_keys_are_ignored(engine: Engine) -> None:
    (told,) = answers(engine, {"id": 1, "text": CIVIL, "label": 0, "article": {"wire": 3}})
    assert told["action"] == "allow"


BAD_LINES = {
    "no JSON": (b'{"id": 1, ', None, "not JSON"),
    "no object": (b"[]", None, "an object"),
    "not UTF-8": (b'{"id": 1, "text": "\xff"}', None, "UTF-8"),
    "no text": (b'{"id": 5}', 5, "`text` is missing"),
    "text is a number": (b'{"id": 5, "text": 7}', 5, "`text`"),
    "text is null": (b'{"id": 5, "text": null}', 5, "`text`"),
    "id is an object": (b'{"id": {}, "text": "x"}', None, "`id`"),
    "article is a list": (b'{"id": 5, "text": "x", "article": []}', 5, "`article`"),
    "title is a number": (b'{"id": 5, "text": "x", "article": {"title": 1}}', 5, "`title`"),
    "authors is a string": (b'{"id": 5, "text": "x", "article": {"authors": "s"}}', 5, "`authors`"),
    "parent is a number": (b'{"id": 5, "text": "x", "parent": 1}', 5, "`parent`"),
    "not a number": (b'{"id": NaN, "text": "x"}', None, "NaN"),
    "too deep": (b"[" * 100_000, None, "deep"),
    "too long": (b'"' + b"x" * (LONGEST_LINE + 10), None, "longer"),
}


@pytest.mark.parametrize(("line", "identifier", "words"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_is_told_and_the_others_are_judged(
    engine: Engine, line: bytes, identifier: object, words: str
) -> None:
    good = {"id": "good", "text": CIVIL}
    before, bad, after = answers(engine, good, line, good)
    assert (before["action"], after["action"]) == ("allow", "allow")
    assert bad["id"] == identifier
    assert bad["error"]["line"] == 2
    assert words in bad["error"]["message"]


def test_half_a_surrogate_pair_is_judged_and_given_back(engine: Engine) -> None:
    (told,) = answers(engine, b'{"id": "\\ud800", "text": "\\udfff \xd9\x83\xd9\x84\xd8\xa8"}')
    assert told["id"] == "\ud800"
    assert told["reasons"][0]["spans"] == [{"start": 2, "end": 5, "text": "كلب"}]


def test_blank_lines_windows_lines_and_a_byte_order_mark_do_no_harm(engine: Engine) -> None:
    lines = b'\xef\xbb\xbf{"id": 1, "text": "x"}\r\n\n  \n{"id": 2, "text": "x"}\r\n'
    assert [told["id"] for told in answers(engine, lines)] == [1, 2]


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, "--rules", str(PACKS), *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=60)


def test_bad_lines_give_exit_code_1() -> None:
    done = run("--format", "jsonl", given=b'{"id": 1, "text": "x"}\n{\n')
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert b"1 lines could not be judged" in done.stderr


def test_good_lines_give_exit_code_0_and_nothing_on_stderr() -> None:
    done = run("--format", "jsonl", given=b'{"id": 1, "text": "x"}\n')
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_slow_pipe_is_answered_line_by_line() -> None:
    command = [*COMMAND, "--rules", str(PACKS), "--format", "jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "text": CIVIL}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_reader_that_leaves_is_no_error() -> None:
    lines = json.dumps({"id": 1, "text": CIVIL}) + "\n"
    command = [*COMMAND, "--rules", str(PACKS), "--format", "jsonl"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.close()
        _, told = process.communicate(lines.encode() * 20_000, timeout=60)
        assert (process.returncode, told) == (0, b"")


def test_one_comment_for_people() -> None:
    done = run(OBSCENE)
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert shown.startswith("reject")
    assert "profanity 0.95 rule:terms/obscenity@1.0.0" in shown


def test_plain_lines_for_people() -> None:
    given = f"{CIVIL}\n\nسليم الخطيب كذاب\n".encode()
    shown = run("--format", "text", "--author", "سليم الخطيب", given=given).stdout.decode()
    assert [line.split()[0] for line in shown.splitlines()] == ["allow", "flag", "author_insult"]


def test_a_comment_cannot_steer_the_terminal() -> None:
    assert b"\x1b" not in run("\x1b[2J يا كلب \x1b]0;x\x07").stdout


def test_a_model_that_was_named_must_load(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--model", str(tmp_path), CIVIL])
    assert done.exit_code == 1
    assert str(tmp_path) in done.output


def test_broken_rules_are_told_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("pack: broken\nrule: []\n", "utf-8")
    done = CliRunner().invoke(app, ["check", "--no-model", "--rules", str(tmp_path), CIVIL])
    assert done.exit_code == 1
    assert f"{tmp_path / 'broken.yaml'}:" in done.output


def test_wrong_use_gives_exit_code_2() -> None:
    assert CliRunner().invoke(app, ["check", "--format", "xml"]).exit_code == 2
    assert CliRunner().invoke(app, ["chek"]).exit_code == 2


def test_the_check_needs_no_web_framework() -> None:
    probe = (
        "import sys; from typer.testing import CliRunner; from api.cli import app; "
        f"CliRunner().invoke(app, ['check', '--no-model', '--rules', {str(PACKS)!r}, 'x']); "
        "print([name for name in ('fastapi', 'uvicorn', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == b"[]"


def test_plain_lines_that_are_not_utf8_are_told_and_the_others_judged() -> None:
    done = run("--format", "text", given=f"{OBSCENE}\n".encode() + "يا كلب\n".encode("cp1256"))
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0].startswith("reject")
    assert "allow" not in done.stdout.decode()
    assert b"line 2 is not UTF-8" in done.stderr
    assert b"windows-1256" in done.stderr


def test_lines_of_json_are_not_taken_for_plain_ones_unasked() -> None:
    line = json.dumps({"id": 1, "text": "يا كلب"}, ensure_ascii=False).encode()
    unasked = run(given=line)
    assert (unasked.returncode, unasked.stdout) == (2, b"")
    assert b"jsonl" in unasked.stderr
    assert run("--format", "text", given=line).returncode == 0
    assert run(given=b"{ text").returncode == 0, "a brace alone is no JSON"


def test_the_name_of_a_file_is_no_comment(tmp_path: Path) -> None:
    (tmp_path / "comments.jsonl").write_text('{"id": 1, "text": "x"}\n', "utf-8")
    done = run(str(tmp_path / "comments.jsonl"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--format jsonl <" in done.stderr
    assert run(str(tmp_path / "none.jsonl")).returncode == 0
