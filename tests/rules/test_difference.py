"""A difference of rules says what changed, and nothing where only the writing did."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.difference import Difference, difference
from rules.load import DEFAULT_PACKS, read_packs
from tests.rules.conftest import HEAD

BODY = """
lists:
  insult: {terms: [كلب, حمار]}
mention: [{word: ليس}]
rules:
  - id: first
    description: d
    clause: person_insult
    severity: mild
    when: {any: [{list: insult}, {word: [غبي, أبله]}]}
    examples: {match: [x], no_match: [y]}
"""


def compared(tmp_path: Path, *change: tuple[str, str]) -> Difference:
    """The difference that replacing something in the pack makes."""
    changed = BODY
    for old, new in change:
        assert old in changed
        changed = changed.replace(old, new)
    for name, body in (("old", BODY), ("new", changed)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack.yaml").write_text(HEAD + body, "utf-8")
    return difference(read_packs(tmp_path / "old"), read_packs(tmp_path / "new"))


@pytest.mark.parametrize(
    "change",
    [
        ("[غبي, أبله]", "[أبله, غبي]"),
        ("{terms: [كلب, حمار]}", "{terms: ['حمار', \"كلب\"]}"),
        ("description: d", "description: {ar: d, en: d}"),
    ],
)
def test_writing_makes_no_difference(tmp_path: Path, change: tuple[str, str]) -> None:
    found = compared(tmp_path, change)
    assert not found.lists
    assert not any(rule.terms_added or rule.terms_removed or rule.fields for rule in found.rules)


def test_a_description_is_told_in_both_languages(tmp_path: Path) -> None:
    (field,) = compared(tmp_path, ("description: d", "description: {ar: و, en: d}")).rules[0].fields
    assert (field.name, str(field.old), str(field.new)) == ("description", "d", "d | و")


def test_terms_of_conditions_and_lists_are_told(tmp_path: Path) -> None:
    found = compared(tmp_path, ("أبله]", "تافه]"), ("حمار]", "حمار, {term: بغل, clitics: none}]"))
    assert (found.rules[0].terms_added, found.rules[0].terms_removed) == (("تافه",), ("أبله",))
    assert found.rules[0].conditions == ()
    assert found.lists[0].name == "test/insult"
    assert found.lists[0].terms_added == ("بغل (none)",)


def test_severity_and_clause_are_told(tmp_path: Path) -> None:
    found = compared(tmp_path, ("mild", "grave"), ("person_insult", "profanity"))
    fields = {change.name: (change.old, change.new) for change in found.rules[0].fields}
    assert fields == {"severity": ("mild", "grave"), "clause": ("person_insult", "profanity")}


def test_a_condition_of_another_shape_is_told(tmp_path: Path) -> None:
    found = compared(tmp_path, ("{any: [{list", "{all: [{list"))
    assert found.rules[0].conditions == ("when",)


def test_frames_of_the_pack_are_told(tmp_path: Path) -> None:
    assert compared(tmp_path, ("{word: ليس}", "{word: مش}")).frames == ("test",)


def test_added_and_removed_are_told(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        ("id: first", "id: second"),
        ("insult", "insults"),
        ("person_insults", "person_insult"),
    )
    assert [(rule.rule, rule.what) for rule in found.rules] == [
        ("test/first", "removed"),
        ("test/second", "added"),
    ]
    assert {(each.name, each.what) for each in found.lists} == {
        ("test/insult", "removed"),
        ("test/insults", "added"),
    }


def test_packs_are_told(tmp_path: Path) -> None:
    shipped = read_packs(DEFAULT_PACKS)
    found = difference(shipped, shipped[1:])
    assert found.packs_removed == (shipped[0].pack.pack,)
    assert {rule.what for rule in found.rules} == {"removed"}


def test_equal_packs_have_none() -> None:
    assert not difference(read_packs(DEFAULT_PACKS), read_packs(DEFAULT_PACKS))
