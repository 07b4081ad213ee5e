"""The model that travels with the product."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from classifiers import bundle, card
from classifiers.predict import TrainedClassifier
from moderation.comment import Comment
from moderation.text import Text
from rules.load import load_rules


class Judge:
    """The shipped model, told what the shipped rules find, as in service."""

    def __init__(self) -> None:
        self.classifier = TrainedClassifier.load(bundle.DEFAULT)
        self.rules = load_rules()

    def signals(self, text: str) -> frozenset[str]:
        return self.rules.match(Comment(id="", text=text), Text(text)).signals

    def score(self, text: str) -> Mapping[str, float]:
        return self.classifier.score(Text(text), self.signals(text))


@pytest.fixture(scope="module")
def shipped() -> Judge:
    return Judge()


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
def test_civil_comments_score_low(shipped: Judge, text: str) -> None:
    scores = shipped.score(text)
    assert scores["abusive"] < 0.3
    assert scores["hate"] < 0.3
    assert scores["profanity"] < 0.1
    assert scores["violation"] < 0.3


@pytest.mark.parametrize("text", OBSCENE)
def test_obscene_comments_score_high(shipped: Judge, text: str) -> None:
    scores = shipped.score(text)
    assert scores["abusive"] > 0.9
    assert scores["violation"] > 0.9


def test_swearing_is_told_from_insult(shipped: Judge) -> None:
    assert shipped.score("كس امك")["profanity"] > 0.8
    assert shipped.score("انت غبي")["profanity"] < 0.5


def test_a_call_against_a_sect_is_told_from_speaking_of_one(shipped: Judge) -> None:
    attack = "الروافض كلاب يجب قتلهم جميعا"
    assert shipped.score(attack)["sectarian_incitement"] > 0.9
    assert shipped.score("عاش الشيعة والسنة هنا جيرانا")["sectarian_incitement"] < 0.5
    text, label = Text(attack), "sectarian_incitement"
    shown = shipped.classifier.spans(text, label, shipped.signals(attack))
    assert "الروافض" in " ".join(text.cut(span) for span in shown)


def test_negation_is_read(shipped: Judge) -> None:
    assert shipped.score("السوريون لصوص")["violation"] > 0.5
    assert shipped.score("السوريون ليسوا لصوصا")["violation"] < 0.5


def test_disguise_does_not_change_the_score(shipped: Judge) -> None:
    plain, disguised = (shipped.score(text) for text in ("يا ابن الشرموطة", "يــا اِبْن الشررررموطة"))
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
