"""The model that travels with the product."""

from __future__ import annotations

import pytest

from classifiers import bundle, card
from classifiers.predict import TrainedClassifier
from moderation.text import Text


@pytest.fixture(scope="module")
def shipped() -> TrainedClassifier:
    return TrainedClassifier.load(bundle.DEFAULT)


CIVIL = (
    "شكرا للكاتب على هذا المقال الرائع",
    "مقال جيد لكن ينقصه ذكر المصادر",
    "أختلف مع الكاتب في الرأي، فالأرقام لا تؤيد ما قاله",
    "نتمنى السلامة للجميع في المغرب",
    "صباح الخير",
)
OBSCENE = (
    "يا ابن الشرموطة",
    "كس امك يا عرص",
    "يا كلب يا ابن الكلب",
    "انت واحد حقير وسافل يا حمار",
    "يا اولاد القحبة",
)


@pytest.mark.parametrize("text", CIVIL)
def test_civil_comments_score_low(shipped: TrainedClassifier, text: str) -> None:
    scores = shipped.score(Text(text))
    assert scores["abusive"] < 0.3
    assert scores["hate"] < 0.3
    assert scores["profanity"] < 0.1


@pytest.mark.parametrize("text", OBSCENE)
def test_obscene_comments_score_high(shipped: TrainedClassifier, text: str) -> None:
    assert shipped.score(Text(text))["abusive"] > 0.9


def test_swearing_is_told_from_insult(shipped: TrainedClassifier) -> None:
    assert shipped.score(Text("كس امك"))["profanity"] > 0.8
    assert shipped.score(Text("انت غبي"))["profanity"] < 0.5


def test_a_call_against_a_sect_scores_as_hate(shipped: TrainedClassifier) -> None:
    text = Text("الروافض كلاب يجب قتلهم جميعا")
    assert shipped.score(text)["hate"] > 0.7
    shown = " ".join(text.cut(span) for span in shipped.spans(text, "hate"))
    assert "الروافض" in shown


def test_disguise_does_not_change_the_score(shipped: TrainedClassifier) -> None:
    plain, disguised = (
        shipped.score(Text(text)) for text in ("يا ابن الشرموطة", "يــا اِبْن الشررررموطة")
    )
    assert plain == disguised


def test_its_marks_hold() -> None:
    """Regressions in training show in the manifest, which the training wrote."""
    manifest = bundle.read_manifest(bundle.DEFAULT)
    measured = {(row["corpus"], row["label"]): row for row in manifest["metrics"]["held_out"]}
    assert measured["osact4", "abusive"]["macro_f1"] >= 0.87
    assert measured["osact4", "abusive"]["auc"] >= 0.955
    assert "osact4.dev.jsonl.gz" in {source["name"] for source in manifest["sources"]}


def test_its_card_says_what_the_manifest_says() -> None:
    written = (bundle.DEFAULT / bundle.CARD_FILE).read_text(encoding="utf-8")
    assert written == card.render(bundle.read_manifest(bundle.DEFAULT))


def test_it_is_small_enough_to_travel() -> None:
    assert (bundle.DEFAULT / bundle.MODEL_FILE).stat().st_size <= bundle.LARGEST_BYTES
