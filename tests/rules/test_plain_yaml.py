"""What libyaml reads is what the careful reader reads, or is left to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from rules.errors import RulesError
from rules.format import formatted
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY, pack_paths
from rules.plain_yaml import Unusual, plain_values
from rules.source import MOST_VALUES, Source, _plain, parse

DOCUMENT = """
pack: example
version: 1.0.0
description:
  ar: "مثال"
  en: >-
    folded
    twice
lists:
  words: {match: word, terms: [كلب, 'it''s', "a\\tb", 7mar, 2a7a, 0.5, 12, "true", true, '']}
rules:
- id: first
  when: &word {word: [حمار]}
- id: second
  when: {any: [*word, {regex: '\\p{L}+'}]}
  text: |
    one

     two
"""


@pytest.mark.parametrize("path", [*pack_paths(DEFAULT_PACKS), DEFAULT_POLICY], ids=lambda p: p.stem)
def test_what_is_shipped_is_plain(path: Path) -> None:
    written = path.read_text("utf-8")
    assert plain_values(written, MOST_VALUES) == _plain(parse(written))


@pytest.mark.parametrize(
    "written",
    [
        "a: !!str 5",
        "a: ! 5",
        "%YAML 1.1\n---\na: b",
        "a: 0x1f",
        "a: 1_000",
        "a: 12:30",
        "a: 2026-01-01",
        "a: ~",
        "a:",
        "a: yes",
        "a: .inf",
        "a: 1e3",
        "a: 1\na: 2",
        "5: a",
        "<<: {a: b}",
        "a: &a [*a]",
        "a: |\n   \n  b",
        "a: |-#\n  b",
        "a: >+#\n  b",
        "a: &y:hello",
        "a: ['b':'c']",
        '{"a":!!str 3}',
        "[[b]!!set c]",
        "a: b\u2028c",
        "a: [" * 60 + "]" * 60,
        "a: [",
        "",
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_left_to_the_careful_one(written: str) -> None:
    with pytest.raises(Unusual):
        plain_values(written, MOST_VALUES)


def test_a_document_without_slips_is_plain() -> None:
    assert plain_values(DOCUMENT, MOST_VALUES) == _plain(parse(DOCUMENT))


def test_what_is_named_is_counted_wherever_it_is_meant() -> None:
    written = "a: &a [1, 2, 3]\nb: &b [*a, *a]\nc: [*b, *b]"
    assert plain_values(written, 100) == _plain(parse(written))
    with pytest.raises(Unusual):
        plain_values(written, 20)


@settings(max_examples=300, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(DOCUMENT)),
            st.integers(0, 3),
            st.sampled_from(
                [*"{}[],:#-?&*!|>'\"%@`\n\t=<~.019exyn", "\n- ", "\n  ", ": ", " #", "\r"]
            ),
        ),
        max_size=3,
    )
)
def test_a_document_with_slips_is_read_alike(slips: list[tuple[int, int, str]]) -> None:
    written = DOCUMENT
    for at, taken, put in slips:
        written = written[:at] + put + written[at + taken :]
    try:
        values = plain_values(written, MOST_VALUES)
    except Unusual:
        return
    try:
        assert values == _plain(parse(written))
    except YAMLError:
        # A comment or a colon that libyaml lets pass is told where the file is checked.
        return


def test_what_libyaml_alone_lets_pass_is_told_and_breaks_no_command(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(
        "pack: example\nversion: 1.0.0\ndescription: # why\n  A pack.\n\nrules: []\n", "utf-8"
    )
    source = Source.open(path)
    assert source.place(("rules",)) == (1, 1)
    with pytest.raises(RulesError, match="a comment stands between a key and its value"):
        formatted(source)
