"""Conditions on who comments, where, and how often; what is not known never holds."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.comment import Article
from tests.rules.conftest import LoadRule
from tests.rules.test_match import cuts, find

ARTICLE = Article(
    "مباراة",
    authors=("سليم الخطيب",),
    section="رياضة",
    tags=("كأس",),
    people=("سامي الحداد", "ليلى منصور"),
)


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ("{newcomer: true}", {"newcomer": True}, True),
        ("{newcomer: true}", {"newcomer": False}, False),
        ("{newcomer: true}", {}, False),
        ("{newcomer: false}", {"newcomer": False}, True),
        ("{newcomer: false}", {}, False),
        ("{repeated: {at_least: 3}}", {"repeats": 3}, True),
        ("{repeated: {at_least: 3}}", {"repeats": 2}, False),
        ("{repeated: {at_most: 3}}", {}, False),
        ("{author: [reader-7, reader-8]}", {"author": "reader-8"}, True),
        ("{author: reader-7}", {"author": "reader-70"}, False),
        ("{author: reader-7}", {}, False),
        ("{section: رياضة}", {"article": ARTICLE}, True),
        ("{tag: [كأس, دوري]}", {"article": ARTICLE}, True),
        ("{tag: كأس}", {}, False),
    ],
)
def test_conditions_on_the_context(
    rule: LoadRule, condition: str, context: dict[str, Any], holds: bool
) -> None:
    rules = rule(f"when: {{all: [{condition}, {{word: قناة}}]}}")
    assert bool(find(rules, "قناتي: قناة جديدة", **context)) is holds


@pytest.mark.parametrize(
    ("text", "author", "person"),
    [
        ("الخطيب كتب كلاما", True, False),
        ("يا حداد ارحل", False, True),
        ("وللحداد رأي", False, True),
        ("منصور لم يلعب", False, True),
        ("لا أحد هنا", False, False),
    ],
)
def test_author_and_people_are_recognised_by_their_names(
    rule: LoadRule, text: str, author: bool, person: bool
) -> None:
    for who, named in (("author", author), ("person", person)):
        rules = rule(f"when: {{named: {who}}}")
        assert bool(find(rules, text, article=ARTICLE)) is named
        assert not find(rules, text)
        assert not find(rules, text, article=Article("بلا أسماء"))


def test_a_name_is_quoted_as_evidence(rule: LoadRule) -> None:
    rules = rule("when: {near: {of: [{named: person}, {list: insult}], within: 2}}")
    (finding,) = find(rules, "الحداد هذا حمار", article=ARTICLE)
    assert len(finding.spans) == 2
    assert cuts(rules, "الحداد هذا حمار") == []


@pytest.mark.parametrize(
    ("body", "context"),
    [
        ("when: {word: قناة}", set()),
        ("when: {all: [{word: قناة}, {newcomer: true}]}", {"newcomer"}),
        ("when: {any: [{word: قناة}, {none: [{repeated: {at_most: 2}}]}]}", {"repeats"}),
        ("when: {word: قناة}\nunless: [{newcomer: false}]", {"newcomer"}),
        ("when: {at_least: {count: 1, of: [{newcomer: true}, {repeated: {at_least: 2}}]}}",
         {"newcomer", "repeats"}),
        ("when: {newcomer: true}\nenabled: false", set()),
    ],
)  # fmt: skip
def test_a_rule_set_says_which_context_it_reads(
    rule: LoadRule, body: str, context: set[str]
) -> None:
    assert rule(body).context == context


def test_context_alone_cancels_a_match(rule: LoadRule) -> None:
    rules = rule("when: {word: قناة}\nunless: [{newcomer: false}]")
    assert find(rules, "قناة")
    assert find(rules, "قناة", newcomer=True)
    assert not find(rules, "قناة", newcomer=False)
