"""What the rule pages are made of: merging edits, drafting rules, finding rules in texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.console.language import Words
from api.console.workshop.drafting import (
    NewRule,
    innocent_beside,
    matches,
    new_pack,
    term_of,
    with_list,
    with_rule,
)
from api.console.workshop.merging import MINE, difference, merge
from api.console.workshop.telling import told
from api.console.workshop.texts import as_sent, list_names, rules_in
from moderation.comment import Article, Comment
from moderation.policy import Policy
from rules.errors import RulesError
from rules.explain import Step, explain
from rules.load import DEFAULT_PACKS, load_policy, load_rules

RULE = NewRule("mine", "A test", "person_insult", "mild", "word", "غراب", "يا غراب", "يا صديقي")
BASE = "a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        ("a\nB\nc\nd\ne\n", "a\nb\nc\nD\ne\n", "a\nB\nc\nD\ne\n"),
        ("a\nb\nc\nd\ne\nf\n", "x\na\nb\nc\nd\ne\n", "x\na\nb\nc\nd\ne\nf\n"),
        ("a\nc\nd\ne\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        (BASE, "", ""),
        ("a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n"),
    ],
)
def test_edits_of_different_lines_are_put_together(mine: str, theirs: str, merged: str) -> None:
    found = merge(BASE, mine, theirs)
    assert (found.text, found.overlaps) == (merged, 0)


def test_edits_of_the_same_lines_both_stand_between_marks() -> None:
    found = merge(BASE, "a\nB\nc\nd\ne\n", "a\nß\nc\nd\ne\n")
    assert found.overlaps == 1
    assert found.text.split("\n")[1:6] == [MINE, "B", "=======", "ß", ">>>>>>> theirs"]


def test_a_difference_tells_lines_and_their_surroundings() -> None:
    kinds = [(line.kind, line.text) for line in difference(BASE, "a\nb\nC\nd\ne\n")]
    assert ("removed", "c") in kinds
    assert ("added", "C") in kinds
    assert ("same", "b") in kinds
    assert difference(BASE, BASE) == ()


@pytest.mark.parametrize(
    ("chosen", "term"),
    [
        ("غُـرَاب", "غراب"),
        ("غ ر ا ب", "غراب"),
        ("غ.ر.ا.ب", "غراب"),
        ("غرااااب", "غراب"),
        ("يا الغراب!!", "غراب"),
        ("قليل الأدب،", "قليل أدب"),
        ("مرتزقة", "مرتزقة"),
        ("7mar", "7mar"),
        ("؟!", ""),
    ],
)
def test_chosen_words_become_a_term(chosen: str, term: str) -> None:
    assert term_of(chosen) == term


def test_the_suggested_innocent_text_is_not_matched() -> None:
    for term in ("غراب", "كلب", "حمار", "منافق"):
        rule = NewRule("x", "x", "profanity", "mild", "word", term, term, "-")
        assert matches(rule, term)
        assert not matches(rule, innocent_beside("word", term))


def test_where_no_words_were_chosen_an_innocent_text_is_suggested_still() -> None:
    assert innocent_beside("word", "")


@pytest.mark.parametrize("path", sorted(DEFAULT_PACKS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_rule_is_added_and_all_else_stays_letter_by_letter(path: Path) -> None:
    text = path.read_text("utf-8")
    more = with_rule(path.name, text, RULE.mapping)
    assert all(line.kind != "removed" for line in difference(text, more))
    name = f"{path.stem}/mine"
    assert rules_in({path.name: more})[name][1].text.startswith("  - id: mine")
    with pytest.raises(RulesError, match="is there already"):
        with_rule(path.name, more, RULE.mapping)
    listed = with_list(path.name, text, "mine", {"description": "x", "file": "mine.txt"})
    assert all(line.kind != "removed" for line in difference(text, listed))
    assert f"{path.stem}/mine" in list_names({path.name: listed})


def test_a_pack_begins_with_its_first_rule() -> None:
    pack = with_rule("site.yaml", new_pack("site", "Ours."), RULE.mapping)
    assert list(rules_in({"packs/site.yaml": pack})) == ["site/mine"]
    with pytest.raises(RulesError):
        with_rule("site.yaml", "pack: [", RULE.mapping)


def test_every_shipped_rule_is_found_in_its_file() -> None:
    texts = {path.name: path.read_text("utf-8") for path in DEFAULT_PACKS.glob("*.yaml")}
    found = rules_in(texts)
    rules = load_rules().rules
    assert {rule.name for rule in rules} == set(found)


def test_browsers_lines_are_ours() -> None:
    assert as_sent("a\r\nb\rc\n") == "a\nb\nc\n"


def test_what_the_tools_say_of_conditions_is_told_in_arabic() -> None:
    policy: Policy = load_policy()
    comment = Comment("x", "كاتب المقال كلبش القلم", Article("عنوان", ("سليم",)), parent="رد")
    explained = explain(load_rules(), comment, policy)
    arabic, english = Words("ar"), Words("en")
    said = {text for miss in explained.near_misses for text in sentences(miss.explanation.when)}
    assert len(said) > 10
    assert [text for text in said if told(text, arabic) == text] == []
    assert [text for text in said if told(text, english) != text] == []


def sentences(step: Step) -> list[str]:
    """What a step and those in it say."""
    inner = [text for each in step.steps for text in sentences(each)]
    return [text for text in (step.asks, step.reason) if text] + inner
