"""Labelled comments from many sources, in one form, each text once.

A reader yields examples; what trains and what evaluates knows examples alone. A new source is a
new function that yields them, and a label that no code names yet needs none: heads are trained for
whatever labels the examples carry.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from moderation.text import fold

LABELS: Final = ("abusive", "hate", "profanity")
"""The labels that a corpus file may annotate."""

HELD_OUT: Final = "dev"
"""The split that is never trained on."""

_SUFFIX: Final = ".jsonl.gz"
_MENTION_OR_ADDRESS: Final = re.compile(
    r"@\w*|https?://\S+|www\.\S+|\b(?:rt|url|user)\b", re.IGNORECASE
)
_NOT_A_WORD: Final = re.compile(r"[\W_]+")


class CorpusError(ValueError):
    """A corpus folder or file cannot be read; the message says where and what to write instead."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text.

    `labels` maps a label to 0 or 1; a label that is missing is not annotated, and the example then
    takes no part in that label, neither in training nor in evaluation. `weight` is how much the
    example counts in training. `split` is "train", "dev" or whatever a source calls it. `raw` is
    the source's own label, by which a weight may be chosen.
    """

    text: str
    labels: Mapping[str, int]
    corpus: str
    split: str = "train"
    weight: float = 1.0
    raw: str = ""
    key: str = field(default="", compare=False)

    @property
    def held_out(self) -> bool:
        """Whether the example may be evaluated on but never trained on."""
        return self.split == HELD_OUT


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus file as it was read: for the manifest of a bundle. `digest` is its SHA-256."""

    name: str
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class Corpora:
    """Examples of a folder, each text once, and the files that they came from."""

    examples: tuple[Example, ...]
    sources: tuple[Source, ...]
    duplicates: int

    def training(self) -> tuple[Example, ...]:
        """The examples that may be trained on."""
        return tuple(example for example in self.examples if not example.held_out)

    def held_out(self) -> tuple[Example, ...]:
        """The examples that are only evaluated on."""
        return tuple(example for example in self.examples if example.held_out)


def normalised(text: str) -> str:
    """The form in which two texts are the same text.

    The folded view without mentions, addresses and punctuation, words apart by one space. Emoji
    and signs count as punctuation unless nothing else is left.
    """
    words = _NOT_A_WORD.sub(" ", fold(_MENTION_OR_ADDRESS.sub(" ", text))).strip()
    return words or fold(text).strip()


def digest_of(text: str) -> str:
    """The SHA-256 of the normalised text, in hexadecimal: names a text without holding it."""
    return sha256(normalised(text).encode()).hexdigest()


def read(folder: Path) -> Corpora:
    """Every `*.jsonl.gz` of a folder, in the order of their names, each text once.

    Raises CorpusError where the folder holds none, or a row is not as `docs/model.md` describes.
    """
    paths = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    if not paths:
        raise CorpusError(
            f"{folder}: no corpus found; give a folder that holds *{_SUFFIX} files "
            "(gzipped JSON Lines with `text` and 0/1 fields, see docs/model.md)"
        )
    examples: list[Example] = []
    sources: list[Source] = []
    for path in paths:
        rows = list(_rows(path))
        examples.extend(rows)
        sources.append(Source(path.name, sha256(path.read_bytes()).hexdigest(), len(rows)))
    kept = without_duplicates(examples)
    return Corpora(kept, tuple(sources), len(examples) - len(kept))


def without_duplicates(examples: Iterable[Example]) -> tuple[Example, ...]:
    """Each normalised text once, in the order given; a held-out row wins over one to train on.

    Rows of one text that are all of the winning kind become one example. Where they disagree on a
    label, that label is dropped: nobody knows it. Text that normalises to nothing is left out.
    """
    groups: dict[str, list[Example]] = {}
    for example in examples:
        key = digest_of(example.text)
        groups.setdefault(key, []).append(replace(example, key=key))
    return tuple(_one(group) for group in groups.values() if normalised(group[0].text))


def _one(group: list[Example]) -> Example:
    winners = [example for example in group if example.held_out] or group
    votes: dict[str, set[int]] = {}
    for example in winners:
        for label, value in example.labels.items():
            votes.setdefault(label, set()).add(value)
    agreed = {label: min(values) for label, values in votes.items() if len(values) == 1}
    return replace(winners[0], labels=agreed)


def _rows(path: Path) -> Iterator[Example]:
    corpus, _, split = path.name.removesuffix(_SUFFIX).partition(".")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _example(line, corpus, split or "train", f"{path}:{number}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not gzipped UTF-8 JSON Lines ({error})") from error


def _example(line: str, corpus: str, split: str, place: str) -> Example:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{place}: not JSON ({error.msg}, column {error.colno})") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise CorpusError(
            f'{place}: a row is an object with a string `text`, such as {{"text": "…"}}'
        )
    labels: dict[str, int] = {}
    for label in LABELS:
        value = row.get(label)
        if value is None:
            continue
        if value not in (0, 1):
            raise CorpusError(
                f"{place}: `{label}` is {value!r}; write 0 or 1, or leave the field out where the "
                "source does not annotate it"
            )
        labels[label] = int(value)
    return Example(row["text"], labels, corpus, split, raw=str(row.get("label_raw", "")))
