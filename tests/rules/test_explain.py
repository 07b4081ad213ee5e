"""Why a rule did or did not match: views, steps, frames, and what nearly stood there."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.comment import Article, Comment
from moderation.text import Text
from moderation.verdict import Action
from rules.explain import Explanation, UnknownRuleError, explain
from rules.load import load_policy, load_rules
from rules.ruleset import RuleSet
from rules.steps import Step
from tests.rules.conftest import LoadRule

SHIPPED = load_rules()


def explained(rules: RuleSet, text: str, **context: object) -> Explanation:
    return explain(rules, Comment("1", text, **context), rule="rule")  # type: ignore[arg-type]


def steps_in(step: Step) -> list[Step]:
    return [step, *(inner for each in step.steps for inner in steps_in(each))]


@pytest.mark.parametrize(
    ("text", "view"),
    [("كلـــب", "folded"), ("ك ل ب", "joined"), ("7مار", "substituted"), ("7mar", "latin")],
)
def test_a_step_says_in_which_view_its_words_stand(rule: LoadRule, text: str, view: str) -> None:
    (found,) = explained(rule("when: {list: insult}"), text).rules[0].when.found
    assert (found.written, found.view) == (text, view)
    assert text[found.span.start : found.span.end] == text


def test_views_say_where_they_differ_from_what_was_written() -> None:
    views = {view.name: view for view in explain(SHIPPED, Comment("1", "أنتَ حمااار 7مار")).views}
    folded = [(each.written, each.read) for each in views["folded"].differences]
    assert folded == [("أنتَ", "انت"), ("حمااار", "حمار")]
    assert [(each.written, each.read) for each in views["substituted"].differences] == [
        ("7مار", "حمار")
    ]
    assert views["joined"].text == "انتحمار7مار"


@pytest.mark.parametrize(
    ("when", "text", "why", "told"),
    [
        ("{word: غبي, tolerance: [folded]}", "غ ب ي", "view", "the view joined"),
        ("{word: كلب}", "كلبشة", "attached", "stands inside «كلبشة»"),
        ("{word: كلب, clitics: none}", "والكلب", "attached", "stands inside «والكلب»"),
        ("{word: منافق}", "أنت مناقق", "spelling", "«مناقق» differs from 'منافق' by one letter"),
        ("{word: منافق}", "أنت منفاق", "spelling", "by one letter"),
    ],
)
def test_a_term_that_nearly_stands_is_told(
    rule: LoadRule, when: str, text: str, why: str, told: str
) -> None:
    explanation = explained(rule(f"when: {when}"), text).rules[0]
    assert explanation.outcome == "no match"
    assert explanation.when.near[0].why == why
    assert told in str(explanation.when.near[0])


def test_a_term_that_is_far_has_nothing_near(rule: LoadRule) -> None:
    assert explained(rule("when: {word: منافق}"), "شكرا على المقال").rules[0].when.near == ()


def test_each_condition_says_whether_it_held(rule: LoadRule) -> None:
    rules = rule("when: {all: [{list: insult}, {word: الكاتب}, {reply: true}]}")
    top, insult, writer, reply = steps_in(explained(rules, "الكاتب غبي").rules[0].when)
    assert (top.kind, top.held, top.reason) == ("all", False, "2 of 3 hold")
    assert (insult.held, writer.held, reply.held) == (True, True, False)


def test_words_too_far_apart_are_said_to_be(rule: LoadRule) -> None:
    rules = rule("when: {near: {of: [{list: insult}, {word: الكاتب}], within: 1}}")
    step = explained(rules, "الكاتب الذي قرأت له أمس غبي").rules[0].when
    assert "more than 1 words apart" in step.reason


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("{named: author}", "nobody's name is known"),
        ("{section: رياضة}", "the article is not known"),
        ("{score: {label: abusive, at_least: 0.5}}", "it is not known"),
        ("{length: {at_most: 2}}", "there are 3"),
        ("{links: {at_least: 1}}", "there are 0"),
        ("{parent: {word: كلب}}", "the comment answers no other"),
        ("{author: [u1]}", "it is not known"),
        ("{newcomer: true}", "it is not known"),
        ("{repeated: {at_least: 2}}", "it is not known"),
        ("{regex: 'زز'}", "it matches nothing in the folded text"),
        ("{tag: كأس}", "the article is not known"),
        ("{article: true}", "it is otherwise"),
        ("{reply: true}", "it is otherwise"),
    ],
)
def test_a_context_that_is_missing_is_named(rule: LoadRule, condition: str, reason: str) -> None:
    step = explained(rule(f"when: {condition}"), "غبي").rules[0].when
    assert (step.held, step.reason) == (False, reason)


def test_a_context_that_is_there_holds(rule: LoadRule) -> None:
    article = Article("ت", ("سليم الخطيب",), section="رياضة")
    rules = rule("when: {all: [{named: author}, {section: رياضة}]}")
    assert explained(rules, "الخطيب مخطئ", article=article).rules[0].outcome == "match"


def test_the_frame_that_cancels_is_told_with_its_words(rule: LoadRule) -> None:
    rules = rule("when: {list: insult}\nunless: [{word: مزرعة, within: 3}]")
    explanation = explained(rules, "كلب في مزرعة").rules[0]
    assert explanation.outcome == "cancelled"
    (framed,) = explanation.frames
    assert framed.kind == "unless"
    assert [word.written for word in framed.occurrence] == ["كلب"]
    assert [word.written for word in framed.words] == ["مزرعة"]
    assert "at most 3 words away" in framed.frame


def test_the_frame_of_mention_is_told(rule: LoadRule) -> None:
    rules = rule("when: {list: insult}\nmention: [{list: negation, side: before}]")
    explanation = explained(rules, "هو مش حمار").rules[0]
    assert explanation.outcome == "mention"
    assert [word.written for word in explanation.frames[0].words] == ["مش"]


@pytest.mark.parametrize(
    ("option", "outcome"),
    [("enabled: false", "switched off"), ("expires: 2001-01-01T00:00:00Z", "expired")],
)
def test_a_rule_that_is_out_of_force_says_so(rule: LoadRule, option: str, outcome: str) -> None:
    rules = rule(f"when: {{list: insult}}\n{option}")
    assert explained(rules, "حمار").rules[0].outcome == outcome
    assert explain(rules, Comment("1", "حمار")).near_misses[0].because == f"the rule is {outcome}"


def test_near_misses_answer_why_it_was_not_caught(rule: LoadRule) -> None:
    rules = rule("when: {near: {of: [{word: أنت}, {word: منافق}], within: 2}}")
    explanation = explain(rules, Comment("1", "أنت مناقق كبير"))
    assert explanation.rules == ()
    assert "«مناقق» differs from 'منافق'" in explanation.near_misses[0].because


def test_near_misses_are_ranked(rule: LoadRule) -> None:
    explanation = explain(SHIPPED, Comment("1", "يا شرمووط7"))
    closeness = [miss.closeness for miss in explanation.near_misses]
    assert closeness == sorted(closeness, reverse=True)
    assert "شرموط" in explanation.near_misses[0].because


def test_the_action_is_that_of_the_policy() -> None:
    assert explain(SHIPPED, Comment("1", "يا ك.ل.ب"), load_policy()).action is Action.REJECT
    assert explain(SHIPPED, Comment("1", "شكرا"), load_policy()).action is Action.ALLOW


def test_a_rule_is_found_by_its_own_name_or_its_full_name() -> None:
    for name in ("called-strong", "person_insult/called-strong"):
        (found,) = explain(SHIPPED, Comment("1", "يا كلب"), rule=name).rules
        assert found.rule == "person_insult/called-strong"


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(UnknownRuleError, match="did you mean called-strong"):
        explain(SHIPPED, Comment("1", "كلب"), rule="caled-strong")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_explained_as_it_is_judged(text: str) -> None:
    comment = Comment("1", text)
    explanation = explain(SHIPPED, comment)
    explained_rules = {rule.rule for rule in explanation.rules}
    found = {each.source.name for each in SHIPPED.match(comment, Text(text)).findings({})}
    assert explained_rules == found
    dumps(asdict(explanation))
