"""Labels of other services' moderators become a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.labels import FILE, row, write
from classifiers.corpora import read
from moderation.store.suggestions import Suggestion


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        ({"TOXICITY": 1.0}, {"abusive": 1}),
        ({"TOXICITY": 0.0}, {"abusive": 0}),
        ({"TOXICITY": 0.0, "INSULT": 0.5}, {"abusive": 1}),
        ({"PROFANITY": 1.0, "IDENTITY_ATTACK": 0.2}, {"profanity": 1, "hate": 0}),
    ],
)
def test_attributes_are_labels(scores: dict[str, float], labels: dict[str, int]) -> None:
    made = row(Suggestion("نص", scores))
    assert made is not None
    assert {key: made[key] for key in made if key not in {"text", "label_raw"}} == labels


def test_an_attribute_without_a_label_makes_no_row() -> None:
    assert row(Suggestion("نص", {"THREAT": 1.0})) is None


def test_the_file_is_a_corpus_that_training_reads(tmp_path: Path) -> None:
    suggestions = [
        Suggestion("يا حمار", {"TOXICITY": 1.0}),
        Suggestion("شكرا", {"TOXICITY": 0.0}),
        Suggestion("سنرى", {"THREAT": 1.0}),
    ]
    assert write(tmp_path, suggestions) == 2
    assert write(tmp_path, suggestions) == 2, "it is replaced whole"
    examples = read(tmp_path).examples
    assert [(each.text, dict(each.labels)) for each in examples] == [
        ("يا حمار", {"abusive": 1}),
        ("شكرا", {"abusive": 0}),
    ]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_half_a_surrogate_pair_that_the_store_holds_does_not_stop_the_others(
    tmp_path: Path,
) -> None:
    suggestions = [
        Suggestion("يا \ud800 حمار", {"TOXICITY": 1.0}),
        Suggestion("شكرا", {"TOXICITY": 0.0}),
    ]
    assert write(tmp_path, suggestions) == 2
    assert [each.text for each in read(tmp_path).examples] == ["يا ? حمار", "شكرا"]
