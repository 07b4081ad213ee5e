"""Serving: scores, and the stretches that raised them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.predict import MOST_SPANS, TrainedClassifier
from classifiers.train import Trained
from moderation.detector import Classifier
from moderation.text import Text

from .conftest import RUDE


@pytest.fixture(scope="module")
def classifier(trained: Trained) -> TrainedClassifier:
    return TrainedClassifier(trained.model, "test")


def test_it_is_a_classifier(classifier: TrainedClassifier) -> None:
    served: Classifier = classifier
    assert served.version == "test"
    assert set(served.score(Text("مقال"), frozenset())) == {"abusive", "hate"}


@pytest.mark.parametrize("word", RUDE)
def test_the_stretch_shown_is_the_word_that_abuses(
    classifier: TrainedClassifier, word: str
) -> None:
    text = Text(f"قرأت هذا المقال اليوم والله الكاتب {word} في هذا")
    shown = [text.cut(span) for span in classifier.spans(text, "abusive")]
    assert any(word in stretch for stretch in shown)


@pytest.mark.parametrize("word", RUDE)
def test_without_the_stretches_the_score_falls(classifier: TrainedClassifier, word: str) -> None:
    text = Text(f"😀 قرأت هذا المقال وَاللهِ {word}!! في المدينة {word} لا")
    spans = classifier.spans(text, "abusive")
    left = text.original
    for span in reversed(spans):
        left = left[: span.start] + left[span.end :]
    before, after = (classifier.score(Text(each))["abusive"] for each in (text.original, left))
    assert spans
    assert after < before / 2


def test_stretches_are_whole_words_of_the_original(classifier: TrainedClassifier) -> None:
    text = Text("قرأت: حَـقِـيـر، في المدينة")
    assert [text.cut(span) for span in classifier.spans(text, "abusive")] == ["حَـقِـيـر"]


@given(st.text(max_size=200))
def test_any_text_is_scored_and_its_stretches_lie_within(
    classifier: TrainedClassifier, original: str
) -> None:
    text = Text(original)
    assert all(0.0 <= value <= 1.0 for value in classifier.score(text).values())
    spans = classifier.spans(text, "abusive")
    assert len(spans) <= MOST_SPANS
    assert list(spans) == sorted(spans)
    assert all(0 <= span.start < span.end <= len(original) for span in spans)


@pytest.mark.parametrize("original", ["", " \n", "\ud800", "\u200f", "ـــ"])
def test_a_text_of_nothing_is_scored_and_shows_nothing_false(
    classifier: TrainedClassifier, original: str
) -> None:
    assert 0.0 < classifier.score(Text(original))["abusive"] < 1.0
    assert len(classifier.spans(Text(original), "abusive")) <= 1


def test_a_text_of_64_kilobytes_is_scored(classifier: TrainedClassifier) -> None:
    text = Text("حقير في المدينة " * 4096)
    assert classifier.score(text)["abusive"] > 0.5
    assert classifier.spans(text, "abusive")


def test_a_label_that_the_model_lacks_is_named(classifier: TrainedClassifier) -> None:
    with pytest.raises(KeyError, match="no label 'spam'; the model has abusive, hate"):
        classifier.spans(Text("مقال"), "spam")
