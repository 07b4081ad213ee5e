"""Who is named: by what a moderator would take for them, not by every bearer of a first name."""

from __future__ import annotations

from itertools import pairwise

import pytest

from moderation.comment import Article
from moderation.text import Text, fold
from rules.people import FOLDER, first_names, particles, titles, with_article
from rules.people.name import name_of
from tests.rules.conftest import LoadRule
from tests.rules.test_explain import explained
from tests.rules.test_match import find


def names(
    rule: LoadRule,
    text: str,
    author: str,
    *,
    who: str = "author",
    others: tuple[str, ...] = (),
    parent: str | None = None,
) -> bool:
    """Whether a comment names somebody: the author, or a person of the article."""
    people = others if who == "author" else (author, *others)
    article = Article("عنوان", (author,) if who == "author" else (), people=people)
    rules = rule(f"when: {{named: {who}}}")
    return bool(find(rules, text, article=article, parent=parent))


@pytest.mark.parametrize("who", ["author", "person"])
@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        # The whole name and two of its parts.
        ("محمد العريفي", "قال محمد العريفي كلاما", True),
        ("محمد حسن علي", "قال محمد حسن علي كلاما", True),
        ("محمد حسن علي", "كلام محمد علي", True),
        ("محمد حسن علي", "وكلام علي محمد", False),
        ("محمد سلمان", "كلام محمد بن سلمان", True),
        ("سامي الحداد", "لسامي حداد رأي", True),
        # A part that tells, with what is attached to it.
        ("محمد العريفي", "والعريفي كتب", True),
        ("محمد العريفي", "للعريفي رأي", True),
        ("سامي الحداد", "بلد في حداد", False),
        ("سامي الحداد", "يا حداد اسكت", True),
        ("سامي الحداد", "الدكتور حداد لا يعرف", True),
        ("نزار قباني", "القباني شاعر", True),
        # Common first names do not count alone, wherever they stand in the name.
        ("محمد العريفي", "اللهم صل على محمد", False),
        ("محمود عباس", "عباس خطب", False),
        ("محمود عباس", "الرئيس عباس خطب", True),
        ("هاني الحسن", "الحسن والحسين", False),
        ("عبد الرحمن الراشد", "عبد الرحمن صديقي", False),
        ("حسن نصر الله", "نصرالله تكلم", True),
        ("نصر الله الكاظمي", "إذا جاء نصر الله", False),
        ("نور الدين الأتاسي", "نور الدين مدينة", False),
        ("أحمد السيد", "السيد هنا", False),
        # After a title or a role they do.
        ("محمد العريفي", "الأستاذ محمد لا يعرف", True),
        ("محمد العريفي", "يا أستاذ محمد اقرأ", True),
        ("محمد العريفي", "وللدكتور محمد رأي", True),
        ("محمد العريفي", "د. محمد قال", True),
        ("علي العريفي", "الكاتب على حق", False),
        ("طه العريفي", "طه قال", False),
        ("ميشال عون", "في عون أخيه", False),
        ("ميشال عون", "الرئيس عون قال", True),
        ("طه العريفي", "الشيخ طه قال", True),
        # Compounds are one part, together or apart.
        ("عبد الله العريفي", "عبدالله العريفي", True),
        ("عبدالله العريفي", "يا استاذ عبد الله اقرأ", True),
        ("عبد الله العريفي", "يا عبد السلام", False),
        ("عبد الله العريفي", "الله أكبر", False),
        ("أبو بكر البغدادي", "أبي بكر البغدادي", True),
        ("أبو بكر البغدادي", "أبو بكر الصديق", False),
        ("أحمد أبو الغيط", "أبوالغيط تكلم", True),
        ("أحمد أبو الغيط", "الغيط أخضر", False),
        ("محمد بن سلمان", "ابن سلمان تكلم", True),
        ("محمد بن سلمان", "سلمان تكلم", False),
        ("علي بن محمد الشهري", "ابن محمد تكلم", False),
        ("آل سعود", "آل سعود تكلموا", True),
        # Somebody else of the family.
        ("سامي الحداد", "كريم الحداد لاعب", False),
        ("سامي الحداد", "حضر كريم. الحداد غاب", True),
        # Titles are no part of a name.
        ("د. سامي الحداد", "الدكتور قال", False),
        ("الشيخ سامي الحداد", "الشيخ سامي قال", True),
    ],
)
def test_a_person_is_named(rule: LoadRule, who: str, name: str, text: str, named: bool) -> None:
    assert names(rule, text, name, who=who) is named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("يا محمد اقرأ", True),
        ("يامحمد اقرأ", True),
        ("يا محمد يا عريفي", True),
        ("يا محمد حسن اقرأ", False),
        ("محمد اقرأ", False),
    ],
)
def test_an_author_is_spoken_to_by_a_first_name(rule: LoadRule, text: str, named: bool) -> None:
    assert names(rule, text, "محمد العريفي") is named


def test_a_first_name_that_begins_like_a_call_is_none(rule: LoadRule) -> None:
    assert not names(rule, "ياسر اقرأ", "ياسر العريفي")
    assert names(rule, "يا ياسر اقرأ", "ياسر العريفي")


def test_a_person_of_the_article_is_not_spoken_to(rule: LoadRule) -> None:
    assert not names(rule, "يا محمد اقرأ", "محمد العريفي", who="person")


def test_an_answer_speaks_to_whom_it_answers(rule: LoadRule) -> None:
    assert not names(rule, "يا محمد اقرأ", "محمد العريفي", parent="رأيي كذا")
    assert names(rule, "يا أستاذ محمد اقرأ", "محمد العريفي", parent="رأيي كذا")


def test_a_first_name_that_two_bear_names_neither(rule: LoadRule) -> None:
    others = ("محمد صلاح",)
    assert not names(rule, "يا محمد اقرأ", "محمد العريفي", others=others)
    assert not names(rule, "الأستاذ محمد قال", "محمد العريفي", others=others)
    assert names(rule, "محمد العريفي قال", "محمد العريفي", others=others)
    # The author may be named among the people, with a title: they are the same.
    assert names(rule, "يا محمد اقرأ", "محمد العريفي", others=("د. محمد العريفي",))


def test_a_name_is_one_hit_with_all_of_its_words(rule: LoadRule) -> None:
    article = Article("عنوان", ("عبد الله العريفي",))
    rules = rule("when: {near: {of: [{named: author}, {list: insult}], within: 0, ordered: true}}")
    text = "عبدالله العريفي حمار"
    (finding,) = find(rules, text, article=article)
    assert [Text(text).cut(span) for span in finding.spans] == ["عبدالله العريفي", "حمار"]


@pytest.mark.parametrize(
    ("text", "others", "reason"),
    [
        ("صل على محمد", (), "«محمد» is a common first name, which does not count alone"),
        ("كريم العريفي", (), "«العريفي» follows another first name"),
        ("الأستاذ محمد", ("محمد صلاح",), "«محمد» is the name of others too who are named"),
    ],
)
def test_why_a_part_of_a_name_does_not_count_is_explained(
    rule: LoadRule, text: str, others: tuple[str, ...], reason: str
) -> None:
    article = Article("عنوان", ("محمد العريفي",), people=others)
    step = explained(rule("when: {named: author}"), text, article=article).rules[0].when
    known = "، ".join(("محمد العريفي", *others))
    assert (step.held, step.reason) == (False, f"{reason}; known are: {known}")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("السيد", "title"),
        ("عون", "short"),
        ("طه", "first_name"),
        ("محمد", "first_name"),
        ("أدونيس", None),
    ],
)
def test_a_single_name_tells_or_does_not(name: str, why: str | None) -> None:
    (part,) = name_of(name).parts
    assert part.alone == why


@pytest.mark.parametrize("file", ["first_names.txt", "particles.txt", "titles.txt"])
def test_the_lists_are_sorted_and_hold_nothing_twice(file: str) -> None:
    lines = (FOLDER / file).read_text("utf-8").splitlines()
    entries = [line for line in lines if not line.startswith("#")]
    assert all(one < other for one, other in pairwise(entries))


def test_nothing_of_the_lists_counts_alone() -> None:
    for entry in with_article(first_names()) | titles() | particles().before:
        assert all(part.alone for part in name_of(entry).parts), entry


@pytest.mark.parametrize("name", ["", "  ", "؟", "ال", "عبد", "الله", "ا" * 500, "\ud800"])
def test_any_name_can_be_taken_apart(rule: LoadRule, name: str) -> None:
    assert not names(rule, fold("كلام عادي"), name)


def test_a_name_of_particles_alone_is_taken_apart_in_short_parts() -> None:
    parts = name_of(" ".join(["أبو", "ابن"] * 50)).parts
    assert max(len(form) for part in parts for form in part.strict) <= 4
    assert max(len(part.strict) for part in parts) <= 2 * 4**3
