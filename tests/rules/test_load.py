"""Rule files: every error names file, line, key and remedy; broken files never load by halves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.errors import RulesError
from rules.lint import check, lint
from rules.load import DEFAULT_PACKS, load_policy, load_rules, read_packs
from rules.schema import json_schema
from tests.rules.conftest import HEAD, WritePack

GOOD = """
rules:
  - id: r
    description: d
    clause: profanity
    severity: mild
    when: {word: حمار}
    examples: {match: [حمار], no_match: [جمل]}
"""


@pytest.mark.parametrize(
    ("change", "place", "complaint"),
    [
        (("severity: mild", "severity: sever"), "test.yaml:9:5", "rules[0].severity"),
        (("when: {word: حمار}", "when: {wrd: حمار}"), "test.yaml:10:12", "did you mean `word`?"),
        (("when: {word: حمار}", "when: {list: none}"), "test.yaml:10:12", "no list 'test/none'"),
        (("when: {word: حمار}", "when: {word: a, list: b}"), "test.yaml:10:5", "exactly one"),
        (("when: {word: حمار}", "when: {regex: '(?=a)'}"), "test.yaml:10:12", "not an RE2"),
        (("when: {word: حمار}", "when: {regex: 'a('}"), "test.yaml:10:12", "not an RE2"),
        (("when: {word: حمار}", "when: {word: 'ـً'}"), "test.yaml:10:12", "nothing is left"),
        (("when: {word: حمار}", "when: {all: []}"), "test.yaml:10:12", "at least one"),
        (("when: {word: حمار}", "when: {score: {label: a}}"), "test.yaml:10:12", "at_least"),
        (("    description: d\n", ""), "test.yaml:6:5", "description"),
        (("severity: mild", "severity: mild\n    severity: grave"), "test.yaml:10:5", "YAML"),
        (("rules:", "rules: ["), "test.yaml", "YAML"),
        (("examples: {match: [حمار]", "examples: {match: []"), "test.yaml:11:16", "match"),
    ],
)
def test_a_wrong_file_is_refused_at_its_line(
    write_pack: WritePack, change: tuple[str, str], place: str, complaint: str
) -> None:
    folder = write_pack(GOOD.replace(*change))
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    told = str(caught.value)
    assert place in told
    assert complaint in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("severity: mild", "severity: grav"), "did you mean `grave`?"),
        (("id: r", "id: قاعدة"), "rules[0].id: a name has small Latin letters"),
        (("when: {word: حمار}", "when: {word: []}"), "word: is empty (add an item"),
        (("when: {word: حمار}", "when: {word: [123]}"), 'not 123 (put it in quotes: "123")'),
        (("when: {word: حمار}", "when: {word: [true]}"), 'not true (put it in quotes: "true")'),
        (("when: {word: حمار}", "when: {word: [null]}"), "write a text, or take it out"),
        (("match: [حمار]", "match: [5]"), 'a text is expected, not 5 (put it in quotes: "5")'),
        (("match: [حمار]", "match: [null]"), "match[0]: a text is expected (write a text, or"),
        (("when: {word: حمار}", f"when: {'[' * 3000}"), "one another too deep (nest them less)"),
        (("when: {word: حمار}", "when: حمار"), "write its operator: `{ word: [حمار] }`"),
        (
            ("when: {word: حمار}", "when: {phrase: حمار, gap: ٣}"),
            "gap: a number is expected, not '٣' (write the digits 0 to 9: `3`)",
        ),
        (("when: {word: حمار}", "when: {regex: '(حمار'}"), "close every parenthesis"),
        (("when: {word: حمار}", "when: {regex: '(?<=a)b'}"), "no look-around"),
        (
            ("    severity", "\tseverity"),
            "test.yaml:9:1: not valid YAML: a tab (indent with spaces)",
        ),
        (("    severity", "   severity"), "does not begin in the column of its neighbours"),
        (("severity: mild", "severity: mild\n    severity: grave"), "`severity` stands twice"),
        (("description: d", "description: {ar: و}"), "description.en: is missing"),
        (
            ("description: d", "description: {arabic: و, ar: و, en: d}"),
            "description.arabic: unknown key (known keys: ar, en)",
        ),
        (("description: d", "description: {ar: و, en: ''}"), "description.en: is empty"),
        (("description: d", "description: ''"), "description: is empty"),
        (("description: d", "description: 7"), "description: a text is expected, not 7"),
        (("description: d", "description: [d]"), "or one in each language: `{ ar: ..., en: ... }`"),
        (("description: d", "description: a: b"), "quote text that holds `: `"),
        (("description: d", "description: *d"), "put a text that begins with `*` in quotes"),
        (("description: d", "description: 'd"), "a quotation mark is not closed"),
        (("description: d", "description: @d"), "a text cannot begin with `@`"),
        (("[حمار], no", "[حمار, no"), "`,` or `]` is missing before this place"),
        (("severity: mild", "severity: !!set mild"), "a tag, `!!…`"),
        (
            ("severity: mild", "severity: mild\n    expires: 2026-13-40"),
            "test.yaml:10:14: not valid YAML: a date, time or number that does not exist",
        ),
    ],
)
def test_what_is_wrong_is_told_with_a_remedy(
    write_pack: WritePack, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(RulesError) as caught:
        load_rules(write_pack(GOOD.replace(*change)))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("cp1256", "test.yaml:10:1: not UTF-8: byte 0xCD stands here"),
        ("utf-16", "the file is UTF-16, and not UTF-8 (save it as UTF-8)"),
    ],
)
def test_another_encoding_is_told_at_its_line(tmp_path: Path, encoding: str, told: str) -> None:
    (tmp_path / "test.yaml").write_bytes((HEAD + GOOD).encode(encoding))
    with pytest.raises(RulesError) as caught:
        load_rules(tmp_path)
    assert told in str(caught.value)


@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text])
def test_what_editors_on_windows_add_does_not_matter(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    text = change(HEAD + GOOD).replace("\n", "\r\n")
    (tmp_path / "test.yaml").write_bytes(text.encode())
    assert [rule.name for rule in load_rules(tmp_path).rules] == ["test/r"]


def test_an_anchor_that_stands_twice_is_no_reason_to_stop(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("[حمار], no", "[&a حمار], no").replace("[جمل]", "[&a جمل]"))
    assert len(load_rules(folder).rules) == 1


def test_a_plain_description_stands_for_both_languages(write_pack: WritePack) -> None:
    (plain,) = load_rules(write_pack(GOOD)).rules
    assert (plain.rule.description.ar, plain.rule.description.en) == ("d", "d")
    (each,) = load_rules(write_pack(GOOD.replace(": d\n", ": {ar: ' و ', en: d}\n"))).rules
    assert (each.rule.description.ar, each.rule.description.en) == ("و", "d")


def test_everything_shipped_says_in_arabic_what_it_is_for() -> None:
    packs = [file.pack for file in read_packs(DEFAULT_PACKS)]
    rules = {f"{pack.pack}/{rule.id}": rule.description.ar for pack in packs for rule in pack.rules}
    told = rules | {pack.pack: pack.description.ar for pack in packs}
    assert {name: text for name, text in told.items() if re.search("[A-Za-z]", text)} == {}
    # A moderator reads it at a glance.
    assert {name: text for name, text in rules.items() if len(text) > 110} == {}


def test_a_few_lines_cannot_ask_for_billions(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(RulesError, match="aliases repeat"):
        load_rules(tmp_path)


def test_a_rule_that_stands_twice_names_the_other_line(write_pack: WritePack) -> None:
    with pytest.raises(RulesError, match=r"has another rule 'r', in line 6"):
        load_rules(write_pack(GOOD + GOOD.partition("rules:\n")[2]))


def test_an_unknown_list_names_the_near_ones_and_not_all(write_pack: WritePack) -> None:
    lists = "".join(f"  names-{n}: {{terms: [حمار]}}\n" for n in range(40))
    body = GOOD.replace("{word: حمار}", "{list: names-77}")
    with pytest.raises(RulesError) as caught:
        load_rules(write_pack(f"lists:\n{lists}  animals: {{terms: [جمل]}}\n{body}"))
    told = str(caught.value)
    assert "did you mean `test/names-7` or" in told
    assert "animals" not in told
    assert len(told) < 300


def test_the_words_of_a_clause_lead_to_its_name(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("clause: profanity", "clause: الشتائم"))
    (problem,) = check(folder, load_policy())
    assert problem.remedy.startswith("did you mean `profanity`?")


def test_every_problem_of_every_file_is_told_at_once(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("mild", "sever").replace("clause: ", "claus: "))
    (folder / "other.yaml").write_text("pack: [", "utf-8")
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert len(caught.value.problems) >= 3
    assert {problem.path.name for problem in caught.value.problems} == {"test.yaml", "other.yaml"}


def test_two_packs_of_one_name_are_refused(write_pack: WritePack) -> None:
    folder = write_pack(GOOD)
    (folder / "twin.yaml").write_text(HEAD + GOOD, "utf-8")
    with pytest.raises(RulesError, match="rename one of them"):
        load_rules(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no rule pack"):
        load_rules(tmp_path)


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="there is no such folder"):
        load_rules(tmp_path / "nowhere")
    (tmp_path / "test.yml").write_text(HEAD + GOOD, "utf-8")
    with pytest.raises(RulesError, match=r"ends in \.yaml, not in \.yml"):
        load_rules(tmp_path)
    with pytest.raises(RulesError, match="this is no folder"):
        load_rules(tmp_path / "test.yml")


def test_a_list_may_come_from_a_file_beside_the_pack(write_pack: WritePack) -> None:
    folder = write_pack("lists: {l: {file: terms.txt}}\n" + GOOD.replace("word: حمار", "list: l"))
    (folder / "terms.txt").write_text("# animals\nحمار\nبغل # a mule\n", "utf-8")
    assert check(folder) == []


@pytest.mark.parametrize("file", ["../outside.txt", "/etc/hostname", "missing.txt"])
def test_a_list_file_elsewhere_is_refused(write_pack: WritePack, file: str) -> None:
    folder = write_pack(f"lists: {{l: {{file: {file}}}}}\n" + GOOD.replace("word: حمار", "list: l"))
    with pytest.raises(RulesError, match=r"lists\.l\.file"):
        load_rules(folder)


def test_lists_are_shared_between_packs(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("word: حمار", "list: words/animals"))
    lists = "pack: words\nversion: 1.0.0\ndescription: d\nlists: {animals: {terms: [حمار]}}\n"
    (folder / "words.yaml").write_text(lists, "utf-8")
    assert check(folder) == []


def test_examples_are_checked(write_pack: WritePack) -> None:
    folder = write_pack(
        GOOD.replace("match: [حمار], no_match: [جمل]", "match: [جمل], no_match: [حمار]")
    )
    told = [str(problem) for problem in check(folder)]
    assert any("does not match «جمل»" in line for line in told)
    assert any("matches «حمار»" in line for line in told)


def test_a_clause_that_the_policy_lacks_is_reported(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("profanity", "spam"))
    assert "no clause 'spam'" in str(check(folder, load_policy())[0])


def test_a_term_that_stands_twice_is_reported(write_pack: WritePack) -> None:
    folder = write_pack("lists: {l: {terms: [أحمق, احمق]}}\n" + GOOD)
    assert any("stands in the list already" in str(problem) for problem in lint(folder))


def test_a_regex_that_can_never_match_is_reported(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("word: حمار", "regex: 'http'").replace("[حمار]", "[http]"))
    assert any("folds" in str(problem) for problem in check(folder))


def test_versions_follow_content(write_pack: WritePack) -> None:
    first = load_rules(write_pack(GOOD)).version
    assert load_rules(write_pack(GOOD)).version == first
    assert load_rules(write_pack(GOOD.replace("جمل", "فرس"))).version != first


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "version: '1'\nstep: []\n",
            r"policy.yaml:2:1: step: unknown key \(did you mean `steps`",
        ),
        ("version: 2\n", r'version: a text is expected, not 2 \(put it in quotes: "2"\)'),
    ],
)
def test_a_policy_is_refused_where_it_is_wrong(tmp_path: Path, written: str, told: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(RulesError, match=told):
        load_policy(path)


def test_the_shipped_packs_are_good() -> None:
    assert check(DEFAULT_PACKS, load_policy()) == []


def test_the_schema_knows_every_key_of_a_rule() -> None:
    schema = json_schema()
    assert {"id", "when", "unless", "examples"} <= set(schema["$defs"]["Rule"]["properties"])
    assert schema["$defs"]["Term"]["anyOf"][0] == {"type": "string"}
    plain, each = schema["$defs"]["Description"]["anyOf"]
    assert plain == {"type": "string"}
    assert set(each["properties"]) == {"ar", "en"}
