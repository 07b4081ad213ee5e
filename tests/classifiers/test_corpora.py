"""Reading labelled comments, each text once."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from classifiers.corpora import CorpusError, digest_of, normalised, read, without_duplicates

from .conftest import example


def test_a_file_name_says_corpus_and_split(corpus: Callable[..., Path]) -> None:
    corpus("forum.dev", [{"text": "نص أول", "abusive": 1}])
    folder = corpus("tweets", [{"text": "نص ثان", "hate": 0, "label_raw": "clean"}])
    held_out, free = read(folder).examples
    assert (held_out.corpus, held_out.split, held_out.held_out) == ("forum", "dev", True)
    assert (free.corpus, free.split, free.held_out, free.raw) == ("tweets", "train", False, "clean")


def test_a_field_that_is_missing_is_not_annotated(corpus: Callable[..., Path]) -> None:
    folder = corpus("forum", [{"text": "نص", "abusive": 0, "hate": None}])
    assert read(folder).examples[0].labels == {"abusive": 0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كلب", "كَـلْـب"),
        ("مقال جميل", "مقال، جميل!!"),
        ("@someone شكرا", "شكرا"),
        ("شكرا https://example.org/a?b=1", "شكرا"),
        ("RT @USER: أهلا", "اهلا URL"),
    ],
)
def test_texts_that_read_alike_are_one_text(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)
    assert digest_of(one) == digest_of(other)


def test_texts_that_say_otherwise_are_two_texts() -> None:
    assert digest_of("مقال جميل") != digest_of("مقال قبيح")
    assert digest_of("😀") != digest_of("😡")


def test_a_held_out_row_wins_over_its_copies_in_other_corpora() -> None:
    kept = without_duplicates(
        [
            example("مقال جميل", "tweets", abusive=1),
            example("مَقال جميل!", "forum", "dev", abusive=0),
            example("شيء آخر", "tweets", abusive=1),
        ]
    )
    assert [(one.corpus, one.held_out, one.labels["abusive"]) for one in kept] == [
        ("forum", True, 0),
        ("tweets", False, 1),
    ]


def test_copies_share_their_labels_and_drop_those_they_disagree_on() -> None:
    (kept,) = without_duplicates(
        [example("نص", abusive=1, hate=0), example("نص", "tweets", abusive=0, profanity=1)]
    )
    assert kept.labels == {"hate": 0, "profanity": 1}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "forum.jsonl.gz:2: not JSON"),
        ('["text"]', "forum.jsonl.gz:2: a row is an object"),
        ('{"text": 1}', "forum.jsonl.gz:2: a row is an object"),
        ('{"text": "نص", "hate": "yes"}', "forum.jsonl.gz:2: `hate` is 'yes'; write 0 or 1"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, line: str, complaint: str) -> None:
    with gzip.open(tmp_path / "forum.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"text": "نص"}\n' + line + "\n")
    with pytest.raises(CorpusError) as error:
        read(tmp_path)
    assert complaint in str(error.value)


def test_a_file_that_is_not_gzipped_is_named(tmp_path: Path) -> None:
    (tmp_path / "forum.jsonl.gz").write_text("{}")
    with pytest.raises(CorpusError, match=r"forum\.jsonl\.gz: not gzipped"):
        read(tmp_path)


def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no corpus found; give a folder that holds \*\.jsonl"):
        read(tmp_path)
