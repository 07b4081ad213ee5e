"""Hashes of stretches: one number for a word, however it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.stretches import Beginnings, hash_of, hashes_of


@given(st.lists(st.text("ابتثج xyz😀", min_size=1, max_size=12), min_size=1, max_size=8))
def test_a_word_has_one_hash_alone_and_among_others(words: list[str]) -> None:
    codes = np.array([ord(character) for character in "".join(words)], dtype=np.uint64)
    ends = np.cumsum([len(word) for word in words])
    starts = ends - [len(word) for word in words]
    assert hashes_of(codes, starts, ends).tolist() == [hash_of(word) for word in words]


@given(st.text("ابتثج xyz😀", min_size=2, max_size=40), st.data())
def test_a_part_and_a_slip_have_the_hash_of_what_they_read(word: str, data: st.DataObject) -> None:
    beginnings = Beginnings(word)
    start = data.draw(st.integers(0, len(word)))
    end = data.draw(st.integers(start, len(word)))
    assert beginnings.part(start, end) == hash_of(word[start:end])
    at = data.draw(st.integers(0, len(word) - 2))
    assert beginnings.swapped(at) == hash_of(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    assert beginnings.inserted(at, ord("ش")) == hash_of(word[:at] + "ش" + word[at:])
    blanks = word[:at] + "\0" + word[at + 1 :]
    assert Beginnings(blanks).filled([(at, ord("ش"))]) == hash_of(word[:at] + "ش" + word[at + 1 :])


def test_a_word_too_long_for_its_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="a word of 65 characters"):
        Beginnings("ا" * 65)
