"""The classes of words, and what the model reads of them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.features import Features, bag, buckets
from classifiers.lexicon import (
    CLASSES,
    MOST_CLASSES,
    SHIPPED,
    UNKNOWN,
    WORDS_FILE,
    Lexicon,
    LexiconError,
)
from classifiers.model import Model
from classifiers.train import Trained
from moderation.text import Text, fold

NOTHING: frozenset[str] = frozenset()
LINES = (
    "كلب\tinsult animal",
    "كلاب\tinsult animal",
    "بغل\tanimal",
    "قرد\tanimal",
    "مصريين\torigin",
    "سوريين\torigin",
    "عراقيين\torigin",
    "مش\tdenial",
    "رامي\tname",
    "حرامي\taccusation",
    "كتابه\t-",
    "كتاب\tthing",
)


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    (tmp_path / WORDS_FILE).write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return Lexicon.read(tmp_path)


def read(text: str, lexicon: Lexicon) -> set[int]:
    """The buckets that the classes of a text's words are read into."""
    with_classes = buckets(Text(text), NOTHING, Features(lexicon=lexicon))
    return set(with_classes.tolist()) - set(buckets(Text(text), NOTHING, Features()).tolist())


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("كلب", ("insult", "animal")),
        ("الكلب", ("insult", "animal")),
        ("وكلابهم", ("insult", "animal")),
        ("بغلين", ("animal",)),
        ("للسوريين", ("origin",)),
        ("حرامي", ("accusation",)),
        ("كتابي", ("thing",)),
        ("كتابه", ()),
        ("تفاحة", ()),
        ("ك" * 100, ()),
        ("", ()),
    ],
)
def test_a_word_has_its_own_classes_or_those_of_its_stem(
    word: str, classes: tuple[str, ...], lexicon: Lexicon
) -> None:
    assert lexicon.classes(fold(word)) == classes


def test_words_of_one_class_are_read_alike(lexicon: Lexicon) -> None:
    """What «السوريين كلاب» teaches holds for a people that no training comment named."""
    taught = read("السوريين قرد", lexicon)
    assert taught & read("العراقيين بغل", lexicon)
    assert len(taught & read("العراقيين بغل", lexicon)) > len(
        taught & read("بغل العراقيين", lexicon)
    )
    assert not read("كلمة أخرى", lexicon)


def test_a_class_that_is_denied_is_read_apart(lexicon: Lexicon) -> None:
    said, denied = read("هو حرامي", lexicon), read("هو مش حرامي", lexicon)
    assert not said <= denied


def test_a_lexicon_that_knows_no_word_changes_nothing() -> None:
    assert not read("كلب مصريين", UNKNOWN)


WORDS = st.sampled_from([line.partition("\t")[0] for line in LINES] + ["شيء", "x", "1", "\n", "."])


@given(st.lists(WORDS, max_size=12))
def test_places_go_with_the_buckets(words: list[str]) -> None:
    features = Features(lexicon=Lexicon.read())
    text = Text(" ".join(words))
    found = bag(text, NOTHING, features)
    assert np.array_equal(found.buckets, buckets(text, NOTHING, features))
    assert (found.starts <= found.ends).all()
    assert ((found.starts >= 0) & (found.ends <= len(text.folded.text))).all()


def test_a_lexicon_comes_back_from_its_arrays_and_from_another_process(lexicon: Lexicon) -> None:
    for again in (
        Lexicon.from_mapping(lexicon.to_mapping()),
        pickle.loads(pickle.dumps(lexicon)),  # noqa: S301
    ):
        assert len(again) == len(LINES)
        for word in ("كلب", "وكلابهم", "كتابه"):
            assert again.classes(word) == lexicon.classes(word)


@pytest.mark.parametrize(
    "change",
    [
        {"words": np.zeros(1, dtype=np.uint64)},
        {"sets": np.zeros((3, 1), dtype=np.uint8)},
        {"sets": np.full((9, MOST_CLASSES), len(CLASSES) + 1, dtype=np.uint8)},
        {"rows": np.full(len(LINES), 500, dtype=np.uint16)},
    ],
)
def test_a_lexicon_that_is_none_is_refused(change: dict[str, Any], lexicon: Lexicon) -> None:
    with pytest.raises(ValueError, match="a lexicon"):
        Lexicon.from_mapping({**lexicon.to_mapping(), **change})


@pytest.mark.parametrize("line", ["كلب", "كلب\t", "\tanimal", "كلب\tbeast", "كلب animal"])
def test_a_line_that_is_wrong_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / WORDS_FILE).write_text(f"قط\tanimal\n{line}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=rf"{WORDS_FILE}:2: .*the classes are insult"):
        Lexicon.read(tmp_path)


def test_a_word_that_stands_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / WORDS_FILE).write_text("قطه\tanimal\nقطة\tanimal\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=rf"{WORDS_FILE}:2: .*in line 1 already"):
        Lexicon.read(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=rf"{WORDS_FILE}: cannot be read"):
        Lexicon.read(tmp_path)
    (tmp_path / WORDS_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(LexiconError, match=rf"{WORDS_FILE}: cannot be read"):
        Lexicon.read(tmp_path)


def test_a_model_keeps_the_lexicon_that_it_was_trained_with(
    trained: Trained, lexicon: Lexicon
) -> None:
    model = trained.model
    taught = replace(model, features=replace(model.features, lexicon=lexicon))
    assert len(Model.from_mapping(taught.to_mapping()).features.lexicon) == len(LINES)


def test_the_shipped_words_are_sorted_once_and_folded() -> None:
    words = [
        line.partition("\t")[0]
        for line in (SHIPPED / WORDS_FILE).read_text(encoding="utf-8").splitlines()
    ]
    assert words == sorted(set(words))
    assert [fold(word) for word in words] == words
    told = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert f"{len(words):,}" in told
    assert [name for name in CLASSES if f"`{name}`" not in told] == []
