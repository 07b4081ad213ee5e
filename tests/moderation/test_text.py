"""The views of a text: what folds, what is joined, and that every map leads back."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.letters import LETTER
from moderation.span import Span
from moderation.text import Text, fold
from moderation.view import View

anything = st.text(st.characters(exclude_categories=()), max_size=60)
arabic = st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآىةؤئء ًٌَُِّْٰـ .،؟-_@7395\u200c\u202e", max_size=60)
texts = anything | arabic
invisible = st.sampled_from("ًٌٍَُِّْٰـ\u200b\u200c\u200d\u2066\u2069\u202a\u202e\ufeff")


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("كَلْب", "كلب"),
        ("كـلـب", "كلب"),
        ("كلللب", "كلب"),
        ("ﻛﻠﺐ", "كلب"),
        ("کلب", "كلب"),
        ("ك\u200cل\u202eب", "كلب"),
        ("أإآٱ", "ا"),
        ("مدرسة مستشفى", "مدرسه مستشفي"),
        ("گہوۃ", "كهوه"),
        ("ﷲ", "اله"),
        ("الله", "اله"),
        ("ﻻ", "لا"),
        ("آنٺ ڪلٻ", "انت كلب"),
        ("هٰذا", "هذا"),
        ("ك\u115fل\u1160ب", "كلب"),
        ("السوري\u3164\uffa0حثالة", "السوري\u2800حثاله"),
        ("٥٠٠ كتاب", "500 كتاب"),
        ("٣٥", "35"),
        ("KALB Kâlb", "kalb kalb"),
        ("👍🏽", "👍"),
        ("سطر\r\nآخر", "سطر\n\nاخر"),
        ("\ud800كلب", "\ufffdكلب"),
        ("", ""),
    ],
)
def test_spellings_fold_to_one(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("written", "joined"),
    [
        ("ك ل ب", "كلب"),
        ("كل.ب", "كلب"),
        ("ك-لـ_ ب", "كلب"),
        ("ك ل ل ل ب", "كلب"),
        ("شرم وطة", "شرموطه"),
        ("كل لبن", "كللبن"),
        ("كلب", ""),
    ],
)
def test_letters_set_apart_are_joined(written: str, joined: str) -> None:
    assert Text(written).joined.text == joined


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("يا ك.ل.ب!", "يا كلب!"),
        ("ك-ل_ب", "كلب"),
        ("س.ا.ق.ط.ة", "ساقطه"),
        ("ا.ل.ل.ه", "اله"),
        ("أ.د. محمد", "ا.د. محمد"),
        ("أ.د.محمد", "ا.د.محمد"),
        ("ج. م. ع", "ج. م. ع"),
        ("ك٠ل٠ب", "كلب"),
        ("كس٠مك", "كس.مك"),
        ("ك\u3164ل\u2800ب", "كلب"),
        ("k.s.o.m", "ksom"),
        ("u.s.a", "u.s.a"),
        ("3.5.2", "3.5.2"),
        ("كل.ب", "كل.ب"),
    ],
)
def test_a_word_whose_every_letter_a_sign_parts_is_one_word(written: str, folded: str) -> None:
    text = Text(written)
    assert text.folded.text == folded
    assert text.cut(text.folded.span(0, len(folded))) == written


@given(texts)
def test_a_joined_view_is_put_together_from_its_pieces(original: str) -> None:
    text = Text(original)
    if len(text.folded.words) > 1:
        assert text.joined.text == "".join(text.pieces)


def test_a_joined_view_remembers_where_the_gaps_were() -> None:
    assert Text("يا ك.ل ب").joined.breaks == {2, 3, 4}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7مار", "حمار"),
        ("حم@ر", "حمار"),
        ("3اهرة", "عاهره"),
        ("حثٰلة", "حثاله"),
        ("حثٰلة 7مار", "حثاله حمار"),
        ("2011م", ""),
        ("كلب", ""),
        ("7 8", ""),
    ],
)
def test_digits_and_symbols_inside_words_are_read_as_letters(written: str, read: str) -> None:
    assert Text(written).substituted.text == read


@pytest.mark.parametrize(
    ("written", "skeletons"),
    [
        ("ya kalb", "KLB"),
        ("7mar", "HMR"),
        ("khanzeer", "KNDR"),
        ("كلب", ""),
        ("shar 3ars", "XR RS"),
    ],
)
def test_latin_words_are_reduced_to_arabic_consonants(written: str, skeletons: str) -> None:
    assert Text(written).latin.text == skeletons


def views(text: Text) -> list[View]:
    return [text.folded, text.joined, text.substituted, text.latin]


@given(texts)
def test_maps_are_monotone_and_in_bounds(original: str) -> None:
    for view in views(Text(original)):
        starts, ends = view.starts.tolist(), view.ends.tolist()
        assert len(starts) == len(ends) == len(view.text) == len(view.codes)
        assert starts == sorted(starts)
        assert ends == sorted(ends)
        assert all(0 <= s < e <= len(original) for s, e in zip(starts, ends, strict=True))


def once(text: str) -> str:
    """The text with each run of one character as that character."""
    return "".join(character for character, _ in groupby(text))


@given(texts, st.data())
def test_a_span_cut_from_the_original_folds_to_what_matched(
    original: str, data: st.DataObject
) -> None:
    text = Text(original)
    for view in (text.folded, text.joined):
        if not view.text:
            continue
        start = data.draw(st.integers(0, len(view.text) - 1))
        end = data.draw(st.integers(start + 1, len(view.text)))
        cut = Text(text.cut(view.span(start, end)))
        reading = (
            cut.folded if view is text.folded else (cut.joined if cut.joined.text else cut.folded)
        )
        matched = view.text[start:end]
        if view is text.folded:
            # Letters that a sign parts are closed where they are the whole of a text.
            assert fold(matched) in reading.text
        else:
            # Single letters that a gap kept apart are collapsed, and a cut may make one single.
            assert once(matched) in once(reading.text)


@given(texts | st.text("".join(map(chr, range(0x0621, 0x064B))), max_size=9))
def test_a_word_folds_to_what_its_view_reads(original: str) -> None:
    assert fold(original) == Text(original).folded.text


@given(texts)
def test_folding_is_idempotent(original: str) -> None:
    assert fold(fold(original)) == fold(original)


@given(texts, st.lists(st.tuples(st.integers(0, 60), invisible), max_size=8))
def test_marks_and_invisible_characters_change_nothing(
    original: str, insertions: list[tuple[int, str]]
) -> None:
    changed = original
    for position, mark in insertions:
        changed = changed[:position] + mark + changed[position:]
    assert fold(changed) == fold(original)


@given(texts, st.integers(0, 60), st.integers(1, 5))
def test_repeated_letters_change_nothing(original: str, position: int, times: int) -> None:
    if position >= len(original) or not LETTER[ord(original[position])]:
        return
    changed = original[:position] + original[position] * times + original[position:]
    assert fold(changed) == fold(original)


@given(texts)
def test_utf16_offsets_count_code_units(original: str) -> None:
    text = Text(original)
    for offset in range(len(original) + 1):
        units = len(original[:offset].encode("utf-16-le", "surrogatepass")) // 2
        assert text.utf16(offset) == units


def test_a_span_keeps_the_marks_of_its_last_letter() -> None:
    text = Text("يا كَلْبُ!")
    assert text.cut(text.folded.span(3, 6)) == "كَلْبُ"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1), (0, 4)])
def test_a_span_outside_the_view_is_refused(start: int, end: int) -> None:
    with pytest.raises(IndexError, match="no characters"):
        Text("كلب").folded.span(start, end)


def test_spans_know_whether_they_overlap() -> None:
    assert Span(0, 3).overlaps(Span(2, 4))
    assert not Span(0, 3).overlaps(Span(3, 4))
