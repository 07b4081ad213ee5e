"""The scanner finds what a plain search for every term in every word finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.text import Text
from rules.clitics import may_follow, may_precede
from rules.model import Clitics
from rules.pattern import Kind, Pattern, make
from rules.scan import Place, Scanner

TERMS = ["كلب", "كلبه", "قرد", "يا", "سوي", "لب", "3'ar", "*"]
KINDS: list[tuple[Kind, Clitics]] = [
    ("word", "all"),
    ("word", "none"),
    ("word", "prefix"),
    ("word", "suffix"),
    ("stem", "all"),
    ("contains", "none"),
]
PATTERNS = [make(term, kind, clitics, ("folded",)) for term in TERMS for kind, clitics in KINDS]

letters = st.text("كلبتهقردياوس", min_size=1, max_size=6)
words = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "وال", "يا", "لل", "م"]),
    st.sampled_from([*TERMS, "كلبت"]) | letters,
    st.sampled_from(["", "", "ها", "ين", "كم", "ط", "ك" * 40]),
)
texts = st.lists(
    st.tuples(words, st.sampled_from([" ", "  ", "\n", ".", "ـ", "،"])), max_size=9
).map(lambda pairs: "".join(word + gap for word, gap in pairs))


def searched(text: Text, pattern: Pattern) -> set[Place]:
    """Where a pattern stands in the folded view: every occurrence, with the rest of its word."""
    view, found = text.folded, set()
    keys = [(pattern.text, False)]
    if pattern.text.endswith("ه") and pattern.kind == "word" and len(pattern.text) > 2:
        keys.append((pattern.text[:-1] + "ت", True))
    for key, needs_ending in keys:
        for match in re.finditer(f"(?={re.escape(key)})", view.text):
            start, end = match.start(), match.start() + len(key)
            before = re.search(r"\w*\Z", view.text[:start]) if key[0].isalnum() else None
            after = re.match(r"\w*", view.text[end:]) if key[-1].isalnum() else None
            if _allowed(
                pattern, key, before.group() if before else "", after.group() if after else "",
                needs_ending=needs_ending,
            ):  # fmt: skip
                span = view.span(start, end)
                found.add((span.start, span.end))
    return found


def _allowed(pattern: Pattern, key: str, before: str, after: str, *, needs_ending: bool) -> bool:
    if needs_ending and pattern.clitics not in {"all", "suffix"}:
        return False
    if pattern.kind == "contains":
        return True
    if before and (pattern.clitics in {"none", "suffix"} or not may_precede(before, key)):
        return False
    if pattern.kind == "stem":
        return True
    if not after:
        return not needs_ending
    return pattern.clitics in {"all", "suffix"} and may_follow(after, key)


@settings(max_examples=300)
@given(texts)
def test_every_term_is_found_where_a_plain_search_finds_it(written: str) -> None:
    text = Text(written)
    matched = Scanner(PATTERNS).scan(text)
    found = {PATTERNS[index]: set(places) for index, places in matched.places.items()}
    wanted = {pattern: searched(text, pattern) for pattern in PATTERNS}
    assert found == {pattern: places for pattern, places in wanted.items() if places}


@settings(max_examples=100)
@given(st.lists(texts, max_size=5))
def test_what_was_read_before_changes_nothing(written: list[str]) -> None:
    used = Scanner(PATTERNS)
    for each in [*written, *reversed(written)]:
        assert used.scan(Text(each)).places == Scanner(PATTERNS).scan(Text(each)).places


@given(texts)
def test_hits_are_the_places_with_the_words_they_stand_in(written: str) -> None:
    text = Text(written)
    matched = Scanner(PATTERNS).scan(text)
    for pattern, places in matched.places.items():
        hits = matched.hits(pattern)
        assert [(hit.spans[0].start, hit.spans[0].end) for hit in hits] == list(places)
        for hit in hits:
            assert 0 <= hit.first <= hit.last < max(len(text.folded.words), 1)


@pytest.mark.parametrize("written", ["وَالكَلبُ!", "ال" + "كلب" * 30, "كلب" * 30])
def test_a_word_of_any_length_is_read(written: str) -> None:
    text = Text(written)
    anywhere = make("كلب", "contains", "none", ("folded",))
    assert set(Scanner([anywhere]).scan(text).places[0]) == searched(text, anywhere)
