"""Clause labels that are kept without their text."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.annotated import DIGITS, VIOLATION, WEIGHT, annotate, read_annotations
from classifiers.corpora import CorpusError, Example, digest_of, without_duplicates

HEAD = "digest\tclauses\ttarget\tuse\taction\n"
TEXTS = [f"تعليق رقم {number}" for number in range(200)]


def row(text: str, clauses: str, action: str | None = None) -> str:
    action = action or ("allow" if clauses == "-" else "flag")
    return "\t".join((digest_of(text)[:DIGITS], clauses, "person", "use", action)) + "\n"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "annotations.tsv"
    path.write_text(HEAD + "".join(rows), "utf-8")
    return path


def examples(*texts: str) -> tuple[Example, ...]:
    return without_duplicates(Example(text, {"abusive": 1}, "forum") for text in texts)


def test_an_annotated_comment_is_found_by_its_digest_in_any_spelling(tmp_path: Path) -> None:
    path = written(tmp_path, row("يا كلب", "person_insult"), row("صباح الخير", "-"))
    found = annotate(examples("يا كَـلْب!", "صباح الخير"), read_annotations(path))
    assert [dict(example.labels) for example in found] == [
        {"abusive": 1, "person_insult": 1, VIOLATION: 1},
        {"abusive": 1, "person_insult": 0, VIOLATION: 0},
    ]
    assert {example.weight for example in found} == {WEIGHT}


def test_what_no_clause_names_and_a_moderator_would_look_at_is_no_violation_and_no_other(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, row("يحيا القتال", "-", "flag"), row("غيره", "person_insult"))
    (found,) = annotate(examples("يحيا القتال"), read_annotations(path))
    assert found.labels == {"abusive": 1, "person_insult": 0}


def test_what_a_corpus_calls_abusive_stands_for_a_violation_where_nobody_annotated(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, row("غيره", "person_insult"))
    (found,) = annotate(examples("يا كلب"), read_annotations(path))
    assert found.labels == {"abusive": 1, VIOLATION: 1}
    assert found.weight == 1.0


def test_about_a_fifth_is_held_out_and_always_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, *(row(text, "-") for text in TEXTS))
    first = annotate(examples(*TEXTS), read_annotations(path))
    again = annotate(examples(*reversed(TEXTS)), read_annotations(path))
    held_out = {example.text for example in first if example.held_out}
    assert 20 <= len(held_out) <= 60
    assert held_out == {example.text for example in again if example.held_out}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("digest\tclauses\n", ":1:"),
        (HEAD + "abc\t-\tnone\tuse\tallow\n", ":2:"),
        (HEAD + "a" * DIGITS + "\t-\n", ":2:"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "annotations.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusError, match=place):
        read_annotations(path)


def test_the_shipped_annotations_hold_no_text() -> None:
    annotations = read_annotations()
    assert len(annotations) >= 6000
    assert all(len(digest) == DIGITS and int(digest, 16) >= 0 for digest in annotations)
    assert {each.action for each in annotations.values()} == {"allow", "flag", "reject"}
