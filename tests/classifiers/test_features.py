"""What the model sees of a comment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.features import Features, bag, buckets
from classifiers.rows import present
from moderation.text import Text

from .conftest import example

NOTHING: frozenset[str] = frozenset()
WORDS_ALONE = Features(longest=1, words=1, skeletons=False)


def seen(text: str, features: Features = Features(), signals: frozenset[str] = NOTHING) -> set[int]:  # noqa: B008
    return set(buckets(Text(text), signals, features).tolist())


@given(st.text())
def test_features_are_a_function_of_the_text(text: str) -> None:
    first, again = (buckets(Text(text), NOTHING, Features()) for _ in range(2))
    assert np.array_equal(first, again)
    assert not first.size or (first.min() >= 0 and first.max() < Features().buckets)


def test_buckets_stay_where_they_are_from_run_to_run() -> None:
    """A bundle trained elsewhere must find its weights: the hash is part of the format."""
    assert buckets(Text("كلب"), NOTHING, WORDS_ALONE).tolist() == [849432]


@given(st.text(), st.frozensets(st.text(max_size=5), max_size=3))
def test_places_lie_in_the_folded_view_and_go_with_the_buckets(
    text: str, signals: frozenset[str]
) -> None:
    features = Features(signals=True)
    found = bag(Text(text), signals, features)
    assert np.array_equal(found.buckets, buckets(Text(text), signals, features))
    assert ((found.starts >= 0) & (found.ends <= len(Text(text).folded.text))).all()
    assert (found.starts <= found.ends).all()


def test_spellings_that_fold_alike_have_the_same_features() -> None:
    assert seen("يا كلب") == seen("يا كَـلْب") == seen("يا   كلللب")


def test_a_word_has_one_feature_wherever_it_stands() -> None:
    (alone,) = seen("كلب", WORDS_ALONE)
    assert alone in seen("مقال طويل عن كلب الجيران", WORDS_ALONE)
    assert alone not in seen("مقال طويل عن الجيران", WORDS_ALONE)


@pytest.mark.parametrize(
    "text",
    ["الوزير مش حرامي", "الوزير ليس حرامي", "الوزير مو حرامي", "الوزير مهوب واحد حرامي"],
)
def test_a_denied_word_is_another_word(text: str) -> None:
    (said,) = seen("حرامي", WORDS_ALONE)
    assert said not in seen(text, WORDS_ALONE)
    assert said in seen(text, replace(WORDS_ALONE, negation=False))


@pytest.mark.parametrize(
    "text",
    [
        "الوزير حرامي",
        "الوزير مش بس حرامي",
        "مش هنا. حرامي",
        "مش عارف أقول إيه حرامي",
        "حرامي مش كده",
    ],
)
def test_a_word_that_no_denial_reaches_is_said(text: str) -> None:
    (said,) = seen("حرامي", WORDS_ALONE)
    assert said in seen(text, WORDS_ALONE)


def test_words_that_are_denied_by_other_words_are_denied_alike() -> None:
    assert seen("مش حرامي", WORDS_ALONE) & seen("ليس حرامي", WORDS_ALONE)


def test_two_words_in_the_other_order_are_another_pair() -> None:
    pairs = Features(longest=1, words=2, skeletons=False)
    assert seen("قال الكاتب", pairs) != seen("الكاتب قال", pairs)
    assert seen("قال الكاتب", WORDS_ALONE) == seen("الكاتب قال", WORDS_ALONE)


def test_character_grams_stay_within_words_unless_told_otherwise() -> None:
    within = Features(shortest=4, longest=4, words=0, skeletons=False)
    across = Features(shortest=4, longest=4, words=0, skeletons=False, across_words=True)
    assert len(seen("اب جد", within)) == 2
    assert len(seen("اب جد", across)) == 4


def test_arabizi_meets_arabic_in_the_skeleton() -> None:
    assert seen("kalb") & seen("كلب")
    without = Features(skeletons=False)
    assert not seen("kalb", without) & seen("كلب", without)


def test_signals_are_features_where_the_model_was_trained_with_them() -> None:
    found = frozenset({"insults.animals"})
    reading = Features()
    assert seen("مقال", reading, found) - seen("مقال", reading)
    deaf = Features(signals=False)
    assert seen("مقال", deaf, found) == seen("مقال", deaf)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\ud800", "ا", "🙂"])
def test_texts_of_little_or_nothing_are_read(text: str) -> None:
    assert len(buckets(Text(text), NOTHING, Features())) <= 4


def test_a_row_of_training_holds_what_serving_sees() -> None:
    texts = ["يا كلب يا كلب", "شكرا", "", "ya kalb 😀"]
    matrix = present([example(text) for text in texts], Features())
    for row, text in zip(matrix, texts, strict=True):
        assert set(row.indices.tolist()) == seen(text)
        assert (row.data == 1).all()
