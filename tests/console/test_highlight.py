"""Marks in a comment: in the original spelling, and nothing hidden."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from api.console.highlight import stretches
from moderation.span import Span


@dataclass(frozen=True)
class Reason:
    clause: str
    spans: tuple[Span, ...]


def test_marks_stand_on_what_was_written() -> None:
    text = "يا ك.ل.ب اسكت"
    found = stretches(text, [Reason("person_insult", (Span(3, 8),))])
    assert [(each.text, each.clauses) for each in found] == [
        ("يا ", ()),
        ("ك.ل.ب", ("person_insult",)),
        (" اسكت", ()),
    ]


def test_marks_may_overlap() -> None:
    found = stretches(
        "a b c", [Reason("profanity", (Span(0, 3),)), Reason("person_insult", (Span(2, 5),))]
    )
    assert [(each.text, each.clauses) for each in found] == [
        ("a ", ("profanity",)),
        ("b", ("profanity", "person_insult")),
        (" c", ("person_insult",)),
    ]


def test_a_mark_does_not_tear_a_word() -> None:
    found = stretches("كلكم متخلفون", [Reason("person_insult", (Span(5, 10),))])
    assert [(each.text, each.clauses) for each in found] == [
        ("كلكم ", ()),
        ("متخلفون", ("person_insult",)),
    ]


def test_words_of_one_clause_are_one_mark() -> None:
    reasons = [Reason("profanity", (Span(0, 2), Span(3, 5))), Reason("sanctities", (Span(6, 8),))]
    found = stretches("aa bb cc", reasons)
    assert [(each.text, each.clauses) for each in found] == [
        ("aa bb", ("profanity",)),
        (" ", ()),
        ("cc", ("sanctities",)),
    ]


def test_a_character_that_turns_the_direction_is_named() -> None:
    found = stretches("a\u202eb", [])
    assert [(each.text, each.unseen) for each in found] == [("a", ""), ("\u202e", "RLO"), ("b", "")]


def test_masks_hide_marked_words_only() -> None:
    found = stretches("انت حمار كبير", [Reason("person_insult", (Span(4, 8),))])
    assert "".join(each.masked for each in found) == "انت ح••• كبير"


_spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(0, 30), st.integers(1, 30)
)
_reasons = st.lists(
    st.builds(
        Reason,
        st.sampled_from(["profanity", "person_insult", "sanctities"]),
        st.lists(_spans, max_size=3).map(tuple),
    ),
    max_size=4,
)


@given(st.text(max_size=40), _reasons)
def test_nothing_is_lost_and_everything_told_is_marked(text: str, reasons: list[Reason]) -> None:
    found = stretches(text, reasons)
    assert "".join(each.text for each in found) == text
    marked = [clauses for each in found for clauses in [set(each.clauses)] * len(each.text)]
    told = [
        {
            reason.clause
            for reason in reasons
            if any(span.start <= at < span.end for span in reason.spans)
        }
        for at in range(len(text))
    ]
    for shown, said in zip(marked, told, strict=True):
        # More may be marked: the rest of a word, and a space between two marks.
        assert shown >= said
