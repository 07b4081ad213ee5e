"""Copies with slips of the thumb: the label stays, the letters nearly."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from classifiers.corpora import Example
from classifiers.misspelled import CORPUS, misspelled

SENTENCES = [
    Example(text, {"violation": at % 2}, "authored", raw="praise")
    for at, text in enumerate(
        ("شكرا للكاتب على هذا المقال الجميل", "الوزير حرامي كبير وكلنا نعرف ذلك من زمان ولا جديد")
        * 40
    )
]


def test_a_copy_keeps_everything_but_the_text() -> None:
    for copy in misspelled(SENTENCES, seed=3):
        original = SENTENCES[copy.labels["violation"]]
        assert copy.corpus == CORPUS
        assert copy.raw == "praise"
        lost = Counter(original.text) - Counter(copy.text)
        added = Counter(copy.text) - Counter(original.text)
        assert sum(lost.values()) <= 2
        assert set(added) <= {" "}


def test_the_same_seed_slips_alike() -> None:
    first, again, other = (
        [each.text for each in misspelled(SENTENCES, seed)] for seed in (3, 3, 4)
    )
    assert first == again != other
    assert len(set(first)) > 20


@given(st.text())
def test_any_text_may_be_copied(text: str) -> None:
    for copy in misspelled([Example(text, {}, "authored")], seed=1):
        assert copy.text != text
