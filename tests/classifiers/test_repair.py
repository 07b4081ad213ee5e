"""Texts as their writers may have meant them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.corpora import Example
from classifiers.features import Features
from classifiers.model import Model
from classifiers.predict import TrainedClassifier
from classifiers.repair import Repairer
from classifiers.train import Recipe, train
from classifiers.vocabulary import FEWEST_TEXTS, NO_WORDS, Vocabulary
from moderation.text import Text
from tests.classifiers.conftest import RUDE, comments

OFTEN = "كلهم كلاب خنازير اليهود حشرات الكلاب لازم نرميهم البحر صراصير زبالة الشيعة يا عظيم".split()
COMMON = "في من على".split()


def _texts() -> list[str]:
    """Some words in fifty texts each, the commonest in thousands."""
    return [*OFTEN * 50, *COMMON * 2500]


@pytest.fixture(scope="module")
def repairer() -> Repairer:
    return Repairer(Vocabulary.of(_texts()))


def _read(repairer: Repairer, text: str) -> str | None:
    repaired = repairer.repaired(Text(text))
    return None if repaired is None else repaired.text.original


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("كلهمكلاب", "كلهم كلاب"),
        ("لازمنرميهمفيالبحر", "لازم نرميهم في البحر"),
        ("الكلبا هنا", "الكلاب هنا"),
        ("الهيود", "اليهود"),
        ("خنازر", "خنازير"),
        ("ح@رات", "حشرات"),
        ("ز8ا1ة", "زباله"),
        ("الشي عة", "الشيعه"),
        ("صرا صير والشي عة", "صراصير والشيعه"),
        ("كلهم ح@رات!!", "كلهم حشرات!!"),
    ],
)
def test_what_nobody_writes_is_read_as_what_readers_do(
    repairer: Repairer, written: str, meant: str
) -> None:
    assert _read(repairer, written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "كلهم كلاب",
        "وكلهم في البحر",
        "كلابهم",
        "يا عظيم",
        "من على البحر",
        "مستشفى",
        "كلب",
        "ق ط ا ر",
        "2011م",
        "قناة24",
        "محمد99",
        "الكلاب@@",
        "kalb",
        "",
        "😀",
        "س" * 100 + "كلب" * 40,
    ],
)
def test_what_is_known_or_unlike_any_word_stays(repairer: Repairer, written: str) -> None:
    assert _read(repairer, written) is None


@given(st.text("كلهمابيرنزخ ود@8.!\u064b\u0640 a", max_size=60))
def test_every_place_of_a_reading_leads_back_to_the_original(
    repairer: Repairer, written: str
) -> None:
    text = Text(written)
    repaired = repairer.repaired(text)
    if repaired is None:
        return
    assert len(repaired.starts) == len(repaired.ends) == len(repaired.text.original)
    assert list(repaired.starts) == sorted(repaired.starts)
    assert all(
        0 <= s < e <= len(written) for s, e in zip(repaired.starts, repaired.ends, strict=True)
    )
    assert repaired.text.folded.text == repaired.text.original


def test_one_of_two_signs_may_stand_for_no_letter(repairer: Repairer) -> None:
    assert _read(repairer, "صر@اص@ر") == "صراصير"


class Counting(Vocabulary):
    """Counts how often it is asked."""

    asked = 0

    def texts_by_hash(self, hashed: int) -> int:
        self.asked += 1
        return super().texts_by_hash(hashed)


def test_a_hostile_text_asks_little_for_each_of_its_characters() -> None:
    vocabulary = Counting(dict.fromkeys(range(1, 100), 5))
    words = [
        "".join("@" if at in (2, 4) else "ابتثجحخدذر"[(number >> at) % 10] for at in range(7))
        for number in range(300)
    ]
    text = " ".join(words)
    Repairer(vocabulary).repaired(Text(text))
    assert vocabulary.asked < 20 * len(text)


def test_a_word_of_few_texts_is_no_word() -> None:
    vocabulary = Vocabulary.of(["كلاب"] * (FEWEST_TEXTS - 1) + ["قطط قطط"] * FEWEST_TEXTS)
    assert vocabulary.texts("كلاب") == 0
    assert vocabulary.texts("قط" + "ط") == 0, "doubled letters are one where they are folded"
    assert vocabulary.texts("قط") == FEWEST_TEXTS


def test_a_vocabulary_comes_back_from_its_arrays() -> None:
    vocabulary = Vocabulary.of(_texts())
    again = Vocabulary.from_mapping(vocabulary.to_mapping())
    assert len(again) == len(vocabulary) > 10
    assert [again.texts(word) for word in ("كلاب", "في", "قمر")] == [50, 2500, 0]
    assert again.texts_of_stem("وكلاب") == 50
    assert again.occurrences == vocabulary.occurrences


def test_it_goes_to_another_process(repairer: Repairer) -> None:
    assert _read(repairer, "كلهمكلاب") == "كلهم كلاب"
    again = pickle.loads(pickle.dumps(repairer))  # noqa: S301
    assert _read(again, "كلهمكلاب") == "كلهم كلاب"


def test_without_words_nothing_is_read_otherwise() -> None:
    assert Repairer(NO_WORDS).repaired(Text("كلهمكلاب")) is None


@pytest.fixture(scope="module")
def model() -> Model:
    """One that reads whole words alone, so that it sees no word in another."""
    # Of the civil ones every third counts as broken, so that a civil text is in some doubt.
    examples = [
        Example(row["text"], {"violation": int(row["abusive"] or number % 6 == 0)}, "forum")
        for number, row in enumerate(comments(800, seed=3))
    ]
    features = Features(bits=13, longest=1, words=1, skeletons=False)
    return train(examples, Recipe(features=features, folds=2)).model


@pytest.mark.parametrize("word", [word for word in RUDE if len(word) > 3])
def test_a_hidden_word_counts_and_is_shown_as_it_was_written(model: Model, word: str) -> None:
    hidden = f"{word[0]}@{word[2:]}"
    text = Text(f"قرأت هذا المقال في المدينة {hidden}")
    blind = TrainedClassifier(replace(model, vocabulary=NO_WORDS), "blind")
    seeing = TrainedClassifier(model, "seeing")
    assert blind.score(text)["violation"] < 0.5
    assert seeing.score(text)["violation"] > 0.9
    assert [text.cut(span) for span in seeing.spans(text, "violation")] == [hidden]


def test_stretches_of_one_word_are_one(model: Model) -> None:
    word = next(word for word in RUDE if len(word) > 3)
    text = Text(f"قرأت هذا المقال{word} {word[0]}@{word[2:]} المدينة{word}")
    spans = TrainedClassifier(model, "seeing").spans(text, "violation")
    assert spans
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_a_model_without_vocabulary_comes_back(model: Model) -> None:
    mapping = model.to_mapping()
    del mapping["vocabulary"]
    assert len(Model.from_mapping(mapping).vocabulary) == 0


@pytest.mark.parametrize(
    "words",
    [
        {"hashes": [[1]], "texts": [[1]]},
        {"hashes": [1, 2], "texts": [1]},
        {"hashes": [1], "texts": [0]},
    ],
)
def test_a_vocabulary_that_is_none_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a vocabulary of"):
        Vocabulary.from_mapping(words)


def test_a_text_of_known_words_is_scored_as_it_is(model: Model) -> None:
    text = Text("قرأت هذا المقال في المدينة")
    blind = TrainedClassifier(replace(model, vocabulary=NO_WORDS), "blind")
    assert TrainedClassifier(model, "seeing").score(text) == blind.score(text)
