"""What each operator matches, and where; texts that must match beside texts that must not."""

from __future__ import annotations

import pytest

from moderation.comment import Article, Comment
from moderation.finding import Finding
from moderation.text import Text
from rules.load import load_rules
from rules.ruleset import RuleSet
from tests.rules.conftest import LoadRule, WritePack


def find(
    rules: RuleSet, text: str, scores: dict[str, float] | None = None, **context: object
) -> list[Finding]:
    comment = Comment(id="c", text=text, **context)  # type: ignore[arg-type]
    return list(rules.match(comment, Text(text)).findings(scores or {}))


def cuts(rules: RuleSet, text: str) -> list[str]:
    return [Text(text).cut(span) for finding in find(rules, text) for span in finding.spans]


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("يا كلب", ["كلب"]),
        ("كَلْب", ["كَلْب"]),
        ("كـلـب", ["كـلـب"]),
        ("كلللللب", ["كلللللب"]),
        ("ك ل ب", ["ك ل ب"]),
        ("ك.ل.ب!", ["ك.ل.ب"]),
        ("كل ب", ["كل ب"]),
        ("ك@لب", ["ك@لب"]),
        ("ﻛﻠﺐ", ["ﻛﻠﺐ"]),
        ("کلب", ["کلب"]),
        ("ya kalb", ["kalb"]),
        ("ya kelb", ["kelb"]),
        ("وبالكلب", ["كلب"]),
        ("كلبهم", ["كلب"]),
        ("ياكلب", ["كلب"]),
        ("للكلب", ["كلب"]),
        ("كلبة", ["كلب"]),
        ("كلبشة", []),
        ("كسكس", []),
        ("قال كل بيت", []),
        ("مكلبشة", []),
        ("the club", []),
        ("class", []),
        ("", []),
    ],
)
def test_a_word_is_found_in_every_spelling_and_in_no_other_word(
    rule: LoadRule, text: str, matched: list[str]
) -> None:
    assert cuts(rule("when: {word: كلب}"), text) == matched


@pytest.mark.parametrize(
    ("condition", "text", "matched"),
    [
        ("{stem: تحريض}", "تحريضية", ["تحريض"]),
        ("{stem: تحريض}", "التحريضات", ["تحريض"]),
        ("{contains: لعن}", "ملعونين", []),
        ("{contains: لعن}", "يلعنونه", ["لعن"]),
        ("{phrase: ابن كلب}", "يا ابن الكلب", ["ابن", "كلب"]),
        ("{phrase: ابن كلب}", "ابن عمي كلب", []),
        ("{phrase: ابن كلب, gap: 1}", "ابن ستين كلب", ["ابن", "كلب"]),
        ("{word: [ابن كلب, حمار]}", "ابن ك ل ب", ["ابن", "ك ل ب"]),
        ("{word: حثالة}", "حثٰلة", ["حثٰلة"]),
        ("{word: شرموطة}", "شرمـٰوطة", ["شرمـٰوطة"]),
        ("{regex: '(?:^|\\s)حمار'}", "يا حمار", ["حمار"]),
        ("{regex: 'htp\\S+'}", "انظر http://x.example", ["http://x.example"]),
        ("{emoji: 🐷}", "أنت 🐷", ["🐷"]),
        ("{emoji: 👍}", "👍🏽", ["👍🏽"]),
        ("{list: insult}", "غبي", ["غبي"]),
        ("{word: {term: كلب, clitics: none}}", "الكلب", []),
        ("{word: {term: كلب, clitics: prefix}}", "كلبهم", []),
        ("{word: {term: كلب, tolerance: [folded]}}", "ك ل ب", []),
        ("{word: {term: چلب, tolerance: [strict]}}", "چلب", ["چلب"]),
        ("{word: {term: چلب, tolerance: [strict]}}", "جلب", []),
        ("{word: شرموطة}", "شرموطتك", ["شرموطت"]),
        ("{word: لوطي}", "اللوطي", ["للوطي"]),
    ],
)
def test_operators(rule: LoadRule, condition: str, text: str, matched: list[str]) -> None:
    assert cuts(rule(f"when: {condition}"), text) == matched


@pytest.mark.parametrize(
    ("condition", "text", "holds"),
    [
        ("{all: [{word: كلب}, {word: حمار}]}", "كلب وحمار", True),
        ("{all: [{word: كلب}, {word: حمار}]}", "كلب", False),
        ("{all: [{word: كلب}, {none: [{word: وفي}]}]}", "كلب وفي", False),
        ("{at_least: {count: 2, of: [{word: كلب}, {word: حمار}, {word: غبي}]}}", "غبي كلب", True),
        ("{at_least: {count: 2, of: [{word: كلب}, {word: حمار}, {word: غبي}]}}", "غبي", False),
        ("{near: {of: [{word: انت}, {list: insult}], within: 1}}", "انت فعلا حمار", True),
        ("{near: {of: [{word: انت}, {list: insult}], within: 1}}", "انت ترى في الحقل حمار", False),
        ("{near: {of: [{word: انت}, {list: insult}], within: 1}}", "حمار انت", True),
        (
            "{near: {of: [{word: انت}, {list: insult}], within: 1, ordered: true}}",
            "حمار انت",
            False,
        ),
        ("{all: [{word: كلب}, {length: {at_most: 5}}]}", "كلب", True),
        ("{all: [{word: كلب}, {length: {at_most: 5}}]}", "كلب حراسة", False),
        ("{links: {at_least: 2}}", "http://a.example www.b.example", True),
        ("{links: {at_least: 2}}", "http://a.example", False),
        ("{all: [{word: كلب}, {quoted: true}]}", "قال «كلب»", True),
        ("{all: [{word: كلب}, {quoted: true}]}", "قال كلب", False),
        ("{reply: false}", "أي شيء", True),
        ("{reply: true}", "أي شيء", False),
    ],
)
def test_conditions_compose(rule: LoadRule, condition: str, text: str, holds: bool) -> None:
    assert bool(find(rule(f"when: {condition}"), text)) is holds


def test_the_author_is_recognised_by_name(rule: LoadRule) -> None:
    rules = rule("when: {near: {of: [{named: author}, {list: insult}], within: 2}}")
    article = Article("عنوان", authors=("سليم الخطيب",))
    assert find(rules, "الخطيب هذا حمار", article=article)
    assert find(rules, "يا سليم انت غبي", article=article)
    assert not find(rules, "الحمار في الحقل", article=article)
    assert not find(rules, "الخطيب هذا حمار")


def test_context_of_article_and_parent(rule: LoadRule) -> None:
    sport = Article("مباراة", section="رياضة", tags=("كأس",))
    assert find(rule("when: {section: رياضة}"), "نص", article=sport)
    assert not find(rule("when: {section: سياسة}"), "نص", article=sport)
    assert find(rule("when: {tag: [كأس]}"), "نص", article=sport)
    assert find(rule("when: {article: true}"), "نص", article=sport)
    assert not find(rule("when: {article: true}"), "نص")
    answered = rule("when: {parent: {list: insult}}")
    assert find(answered, "وأنت كذلك", parent="يا حمار")
    assert not find(answered, "وأنت كذلك", parent="شكرا")
    assert not find(answered, "وأنت كذلك")


def test_a_rule_may_read_the_classifier(rule: LoadRule) -> None:
    rules = rule("when: {all: [{list: insult}, {score: {label: abusive, at_least: 0.7}}]}")
    assert find(rules, "حمار", {"abusive": 0.8})
    assert not find(rules, "حمار", {"abusive": 0.6})
    assert not find(rules, "حمار", {})


FRAMED = """
when: {list: insult}
unless: [{word: حيوان, within: 1}]
mention:
  - {list: negation, within: 2, side: before}
  - {quoted: true}
"""


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("هذا كلب", False),
        ("هذا ليس كلبا", True),
        ("مش هو كلب", True),
        ("كلب مش حمار", False),
        ("ليس هنا. كلب", False),
        ("قال «حمار» عنه", True),
        ("قال «حمار» وأنت كلب", False),
        ("كتب «@حمار وذهب» أمس", True),
        ("الكلب حيوان", None),
        ("الكلب حيوان أليف لطيف محبوب جدا عند الناس لكن أنت حمار", False),
    ],
)
def test_frames_cancel_or_mark_a_match(rule: LoadRule, text: str, mention: bool | None) -> None:
    found = find(rule(FRAMED), text)
    assert [finding.mention for finding in found] == ([] if mention is None else [mention])


QUOTED = """
when: {near: {of: [{word: [يا, انت]}, {list: insult}], within: 2}}
mention:
  - {quoted: true}
  - {word: قال, within: 2, side: before}
"""


@pytest.mark.parametrize(
    ("text", "mention", "score"),
    [
        ("يا «حمار»", False, 0.5),
        ("يا «حمار كبير»", False, 0.5),
        ("«يا حمار» كلمة جارحة", True, 0.95),
        ("يا «الناس حمار وغبي كلهم»", True, 0.95),
        ("قال يا «حمار»", True, 0.95),
        ("يا «حمار» يا كلب", False, 0.95),
        ("يا حمار «كبير»", False, 0.95),
        ("قالها يا «🐷 حمار يا صديقي» وذهب", True, 0.95),
    ],
)
def test_a_bare_insult_between_quotation_marks_is_no_mention_by_them_alone(
    rule: LoadRule, text: str, mention: bool, score: float
) -> None:
    [finding] = find(rule(QUOTED), text)
    assert (finding.mention, finding.score) == (mention, score)


def test_matches_in_a_mention_are_not_quoted_as_evidence_beside_real_ones(rule: LoadRule) -> None:
    assert cuts(rule(FRAMED), "قال «حمار» وأنت كلب") == ["كلب"]


def test_shadow_and_disabled_rules(rule: LoadRule) -> None:
    assert find(rule("when: {list: insult}\nshadow: true"), "حمار")[0].shadow
    assert not find(rule("when: {list: insult}\nenabled: false"), "حمار")


def test_what_matched_is_told_to_the_classifier(rule: LoadRule) -> None:
    rules = rule("when: {list: insult}")
    text = "حمار"
    signals = rules.match(Comment(id="c", text=text), Text(text)).signals
    by_finding = {"rule", "rule:test/rule", "rule:person_insult", "rule:0.95"}
    assert signals == {"list:test/insult", *by_finding}


def test_a_finding_says_who_found_it(rule: LoadRule) -> None:
    finding = find(rule("when: {list: insult}"), "حمار")[0]
    assert str(finding.source) == "rule:test/rule@1.0.0"
    assert finding.evidence == ("a rule of a test",)
    assert finding.score == pytest.approx(0.95)


def test_a_description_in_two_languages_is_recorded_in_english(write_pack: WritePack) -> None:
    body = """
rules:
  - id: rule
    description: a rule of a test
    clause: profanity
    severity: mild
    when: {word: حمار}
    examples: {match: [حمار], no_match: [جمل]}
"""
    plain = load_rules(write_pack(body))
    told = "{ar: قاعدة للاختبار, en: a rule of a test}"
    each = load_rules(write_pack(body.replace("a rule of a test", told)))
    assert find(each, "حمار") == find(plain, "حمار")
    # What a rule learned, and what a model learned of it, is kept.
    assert each.fingerprints == plain.fingerprints


def test_hostile_repetition_is_bounded(rule: LoadRule) -> None:
    rules = rule("when: {near: {of: [{word: انت}, {list: insult}, {word: يا}], within: 30}}")
    assert find(rules, "انت يا حمار " * 2000)
