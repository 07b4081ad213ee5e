"""The list of everyday words: what is in it, what stays out, how it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation.comment import Comment
from moderation.text import Text, fold
from rules.everyday import everyday_words
from rules.everyday.build import LEAST_COMMENTS, build, vocabulary, write
from rules.load import load_rules
from tests.rules.conftest import LoadRule


@pytest.mark.parametrize(
    "word", ["كلب", "الكتاب", "نيكاراغوا", "كسكس", "بكس", "طبيب", "مسلمين", "رحم", "محمد", "فيروس"]
)
def test_innocent_words_are_in_it(word: str) -> None:
    assert everyday_words()[fold(word)] >= LEAST_COMMENTS


def test_words_are_single_and_folded() -> None:
    words = everyday_words()
    assert len(words) > 18_000
    assert all(fold(word) == word and word.isalpha() for word in words)


def test_words_are_in_the_order_of_their_counts() -> None:
    counts = list(everyday_words().values())
    assert counts == sorted(counts, reverse=True)


def test_no_word_of_it_is_grave_by_itself() -> None:
    rules = load_rules()
    grave = {
        word
        for word in everyday_words()
        for finding in rules.match(Comment("", word), Text(word)).findings({})
        if finding.score > 0.9
    }
    assert grave == set()


def test_abuse_stays_out_and_rare_forms_do(rule: LoadRule) -> None:
    rules = rule("when: {word: [حقير, كلب]}")
    clean = ["كتاب جميل"] * LEAST_COMMENTS + ["حقير"] * LEAST_COMMENTS + ["نادر"]
    built = build(clean, ["يا حقير"] * 50, rules)
    assert built.words["كتاب"] == LEAST_COMMENTS
    assert "نادر" not in built.words
    assert built.left_out == {"حقير"}
    assert "كلب" in built.words, "the vocabulary stays in"


def test_a_word_stays_that_is_abusive_seldom(rule: LoadRule) -> None:
    rules = rule("when: {word: حقير}")
    built = build(["مبلغ حقير"] * 9 + ["كتاب"], ["حقير"] + ["كتاب"] * 9, rules)
    assert "حقير" in built.words


def test_handles_addresses_and_numbers_are_no_words(rule: LoadRule) -> None:
    comments = ["@كاتب #وسم كلام123 http://مثال.كوم سليم_خطيب مقال"] * LEAST_COMMENTS
    words = build(comments, [], rule("when: {word: حقير}")).words.keys() - vocabulary()
    assert "كلام" not in words
    assert "كاتب" not in words
    assert "سليم" not in words


def test_equal_words_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write({"كتاب": 3, "قلم": 3}, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
