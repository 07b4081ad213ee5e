"""Which texts are near-identical."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.likeness import likeness

PLAIN = "هذا المقال سيئ جدا"


@pytest.mark.parametrize(
    "text",
    [
        "هَذَا المَقَالُ سَيِّئٌ جِدًّا",
        "هـــذا المقـال سيئ جدا",
        "هذاااا المقال سيئ جداااا",
        "هذا المقال سيئ جدا!!!",
        "هذا، المقال... سيئ — جدا؟",
        "هذا المقال سيئ جدا 123 ٤٥٦",
        "هذا المقال سيئ جدا https://spam.example/a?b=1",
        "www.spam.example هذا المقال سيئ جدا",
        "هذا المقال سيئ جدا 😡😡👍🏽",
        "هذا\u200f المقال\u200b سيئ جدا",
        "هذاالمقال  سيئ\nجدا",
        "هذا المقال سىٔ جدا",
        "ھذا المقال سیئ جدا",
    ],
)
def test_dress_makes_no_difference(text: str) -> None:
    assert likeness(text) == likeness(PLAIN)


@pytest.mark.parametrize("text", ["هذا المقال جيد جدا", "هذا المقال", "", "123"])
def test_other_letters_do(text: str) -> None:
    assert likeness(text) != likeness(PLAIN)


def test_texts_without_letters_are_alike_only_where_they_are_equal() -> None:
    assert likeness("😡😡") == likeness("😡😡")
    assert (
        len({likeness(text) for text in ("😡😡", "👍", "2011", "2012", "", "https://a.example")})
        == 6
    )


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_has_a_key(text: str) -> None:
    assert len(likeness(text)) == 32
    assert likeness(text) == likeness(text)
