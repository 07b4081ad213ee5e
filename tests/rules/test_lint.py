"""The checks of rule files: each says its complaint at its line, and lets be what is in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from rules.errors import Problem
from rules.lint import CHECKS, check, lint
from rules.load import DEFAULT_PACKS, load_policy
from tests.rules.conftest import WritePack

RULE = """
rules:
  - id: r
    description: d
    clause: person_insult
    severity: serious
    when: {WHEN}
    examples: {match: [{text: x}], no_match: [جمل]}
"""
OTHER = """
  - id: other
    description: d
    clause: person_insult
    severity: mild
    when: {WHEN}
    examples: {match: [{text: x}], no_match: [جمل]}
"""


def rule(when: str, other: str = "", lists: str = "") -> str:
    """A pack's body: one rule, or two, after its lists."""
    second = OTHER.replace("{WHEN}", other) if other else ""
    return lists + RULE.replace("{WHEN}", when) + second


def told(write_pack: WritePack, body: str, code: str) -> list[Problem]:
    """The complaints of one kind about a pack."""
    return [problem for problem in lint(write_pack(body), load_policy()) if problem.code == code]


@dataclass(frozen=True)
class Case:
    code: str
    wrong: str
    complaint: str
    right: str


CASES = [
    Case("example", rule("{word: حمار}"), "does not match «x»", rule("{any: [{word: x}]}")),
    Case("repeated-term", rule("{word: [أحمق, احمق]}"), "'أحمق'", rule("{word: [أحمق, أبله]}")),
    Case("unfolded-regex", rule("{regex: 'حمّار'}"), "folded", rule("{regex: 'حمار'}")),
    Case(
        "duplicate-term",
        rule("{word: حقير}", "{any: [{word: خسيس}, {word: حقير}]}"),
        "rule 'r' of the same clause",
        rule("{word: حقير}", "{all: [{word: خسيس}, {word: حقير}]}"),
    ),
    Case(
        "shadowed-term",
        rule("{word: [منافق, المنافق]}"),
        "'منافق' matches wherever",
        rule("{word: [{term: منافق, clitics: none}, المنافق]}"),
    ),
    Case(
        "shadowed-term",
        rule("{stem: [تحقير, تحقيرات]}"),
        "'تحقيرات' adds nothing",
        # The longer word takes endings of its own: «حقيرته» is no form of «حقير».
        rule("{word: [حقير, حقيرة]}"),
    ),
    Case(
        "impossible-term",
        rule("{word: [حقير, 'حقير - جدا']}"),
        "can never match",
        rule("{word: [حقير, 'حقير جدا']}"),
    ),
    Case(
        "impossible-condition",
        rule("{near: {of: [{word: حقير}, {reply: true}]}}"),
        "nothing can stand near `reply`",
        rule("{all: [{word: حقير}, {reply: true}]}"),
    ),
    Case(
        "impossible-condition",
        rule("{length: {at_least: 9, at_most: 3}}"),
        "swap the bounds",
        rule("{length: {at_least: 3, at_most: 9}}"),
    ),
    Case(
        "useless-option",
        rule("{word: [hmar], tolerance: [folded, arabizi]}"),
        "`arabizi` does nothing",
        rule("{word: [حمار], tolerance: [folded, arabizi]}"),
    ),
    Case(
        "unused-list",
        rule("{word: حقير}", lists="lists: {l: {terms: [خسيس]}}"),
        "reads the list 'l'",
        rule("{list: l}", lists="lists: {l: {terms: [خسيس]}}"),
    ),
    Case(
        "unknown-list",
        rule("{list: animls}", lists="lists: {animals: {terms: [خسيس]}}"),
        "did you mean `test/animals`?",
        rule("{list: animals}", lists="lists: {animals: {terms: [خسيس]}}"),
    ),
    Case(
        "innocent-word",
        rule("{contains: كس}"),
        "«",
        rule("{word: كس, clitics: none}"),
    ),
    Case(
        "unknown-clause",
        rule("{word: حقير}").replace("person_insult", "person_insolt"),
        "did you mean `person_insult`?",
        rule("{word: حقير}"),
    ),
    Case(
        "expired",
        rule("{word: حقير}\n    expires: 2001-01-01T00:00:00Z"),
        "ended at 2001-01-01",
        rule("{word: حقير}\n    expires: 2901-01-01T00:00:00Z"),
    ),
    Case(
        "switched-off",
        rule("{word: حقير}\n    enabled: false"),
        "r is switched off",
        rule("{word: حقير}\n    enabled: true"),
    ),
    Case(
        "arabic-comma",
        rule("{word: [حقير، خسيس]}"),
        "'حقير، خسيس' is one term",
        rule("{word: [حقير, خسيس]}"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(CASES)])
def test_a_check_says_what_is_wrong_and_lets_the_rest_be(write_pack: WritePack, case: Case) -> None:
    found = told(write_pack, case.wrong, case.code)
    assert found, "nothing was said"
    assert any(case.complaint in str(problem) for problem in found)
    assert all(problem.line > 0 for problem in found)
    assert told(write_pack, case.right, case.code) == []


def test_every_check_has_a_case_here() -> None:
    codes = Counter(case.code for case in CASES)
    assert {each.code for each in CHECKS} - {"no-effect", "not-read"} == set(codes)


def test_a_file_that_is_not_read_because_of_its_name_is_told(write_pack: WritePack) -> None:
    folder = write_pack(rule("{word: حقير}"))
    (folder / "more.yml").write_text("pack: more", "utf-8")
    (found,) = (problem for problem in lint(folder) if problem.code == "not-read")
    assert "more.yml, which lies beside this file, is not read (call it more.yaml)" in str(found)
    (folder / "more.yml").rename(folder / "more.txt")
    assert "not-read" not in [problem.code for problem in lint(folder)]


def test_a_severity_below_every_step_has_no_effect(write_pack: WritePack) -> None:
    body = rule("{word: حقير}").replace("severity: serious", "severity: hint")
    policy = load_policy()
    steps = tuple(step for step in policy.steps if step.rule is None or step.rule > 0.4)
    strict = policy.model_copy(update={"steps": steps})
    codes = [problem.code for problem in lint(write_pack(body), strict)]
    assert "no-effect" in codes
    assert "no-effect" not in [problem.code for problem in lint(write_pack(body), policy)]


def test_an_unknown_list_is_told_once(write_pack: WritePack) -> None:
    body = rule("{list: animls}", lists="lists: {animals: {terms: [خسيس]}}")
    assert [problem.code for problem in lint(write_pack(body))] == ["unknown-list"]


def test_only_errors_keep_a_pack_from_being_used(write_pack: WritePack) -> None:
    body = rule("{word: [حقير, حقير]}").replace("match: [{text: x}]", "match: [حقير]")
    folder = write_pack(body)
    assert check(folder, load_policy()) == []
    assert [problem.level for problem in lint(folder, load_policy())] == ["warning"]


@pytest.mark.parametrize(
    "allowing",
    [
        ("when: {contains: كس}", "when: {contains: كس}  # lint: allow innocent-word"),
        ("when: {contains: كس}", "when: {contains: كس}  # lint: allow innocent-word(كِس)"),
        ("- id: r", "- id: r  # lint: allow useless-option innocent-word"),
        ("\nrules:", "\nrules:  # lint: allow innocent-word(غيره, كس)"),
    ],
)
def test_a_warning_is_allowed_where_it_stands(
    write_pack: WritePack, allowing: tuple[str, str]
) -> None:
    assert told(write_pack, rule("{contains: كس}").replace(*allowing), "innocent-word") == []


@pytest.mark.parametrize(
    "allowing",
    [
        ("when: {contains: كس}", "when: {contains: كس}  # lint: allow innocent-word(غيره)"),
        ("when: {contains: كس}", "when: {contains: كس}  # lint: allow shadowed-term"),
        ("description: d", "description: d  # lint: allow innocent-word"),
    ],
)
def test_it_is_not_allowed_elsewhere(write_pack: WritePack, allowing: tuple[str, str]) -> None:
    assert told(write_pack, rule("{contains: كس}").replace(*allowing), "innocent-word")


def test_an_example_that_fails_by_an_arabic_comma_says_so(write_pack: WritePack) -> None:
    body = rule("{word: [فوفو، بار]}").replace("match: [{text: x}]", "match: [بار]")
    (problem,) = told(write_pack, body, "example")
    assert problem.remedy == "'فوفو، بار' is one term: part terms by the Latin comma `,`"


def test_a_rule_allows_what_the_terms_of_its_lists_do(write_pack: WritePack) -> None:
    body = rule("{list: l}", lists="lists: {l: {terms: [كلب]}}")
    assert told(write_pack, body, "innocent-word")
    allowed = body.replace("- id: r", "- id: r  # lint: allow innocent-word")
    assert told(write_pack, allowed, "innocent-word") == []


def test_hints_and_shadow_rules_may_hold_for_everyday_words(write_pack: WritePack) -> None:
    hint = rule("{word: كلب}").replace("severity: serious", "severity: hint")
    assert told(write_pack, hint, "innocent-word") == []
    assert told(write_pack, rule("{word: كلب}\n    shadow: true"), "innocent-word") == []


def test_nothing_is_to_say_about_the_shipped_packs() -> None:
    assert lint(DEFAULT_PACKS, load_policy()) == []
