"""Clause labels for comments of the corpora, kept without their text.

An annotation file is a table: `digest` (the first 32 hexadecimal digits of the SHA-256 of the
normalised text), `clauses` (codes joined by commas, `-` for none), `target`, `use` (use or mention)
and `action` (what a moderator would do). Who has the corpora can join the two; who has only this
project holds no comment.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from classifiers.corpora import HELD_OUT, CorpusError, Example

DEFAULT: Final = Path(__file__).parent / "annotations" / "comments.tsv"
"""The annotations that are shipped."""

CORPUS: Final = "annotated"
"""Under this name, held-out annotated examples are measured, apart from their corpora. It is the
`raw` label of those to train on, so that they can be weighted apart from their corpus."""

VIOLATION: Final = "violation"
"""The label of a text that breaks any clause."""

WEIGHT: Final = 3.0
"""How much more an annotated example counts than one with its corpus's label alone."""

_PRACTICE: Final = frozenset(("aj",))
"""Corpora whose `abusive` says what a newsroom deleted, for whatever reason."""

DIGITS: Final = 32
_COLUMNS: Final = ("digest", "clauses", "target", "use", "action")
_HELD_OUT_DIGITS: Final = frozenset("012")
"""Digests that end so, three of sixteen, are held out: development, never training."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a reader who knows the terms says of one comment."""

    clauses: frozenset[str]
    target: str
    use: str
    action: str


def read_annotations(path: Path = DEFAULT) -> dict[str, Annotation]:
    """The annotations of a file by digest. Raises CorpusError at the line that is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return dict(_annotations(path, lines))
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error


def annotate(
    examples: Iterable[Example], annotations: Mapping[str, Annotation]
) -> tuple[Example, ...]:
    """The examples, those that are annotated with a label for every clause and VIOLATION.

    A fifth of the annotated is held out, chosen by digest, so that it is the same fifth wherever
    the annotations are used, and measured under CORPUS; the others weigh WEIGHT. For an example
    that nobody annotated, what its corpus calls abusive is the nearest there is to a violation, and
    stands for it.
    """
    clauses = sorted({clause for each in annotations.values() for clause in each.clauses})
    return tuple(_annotated(example, annotations, clauses) for example in examples)


def clause_labels(broken: Iterable[str], clauses: Sequence[str]) -> dict[str, int]:
    """1 or 0 for every clause, and VIOLATION where any is broken."""
    found = frozenset(broken)
    return {clause: int(clause in found) for clause in clauses} | {VIOLATION: int(bool(found))}


def _annotated(
    example: Example, annotations: Mapping[str, Annotation], clauses: Sequence[str]
) -> Example:
    annotation = annotations.get(example.key[:DIGITS])
    if annotation is None:
        if "abusive" not in example.labels:
            return example
        return replace(example, labels={**example.labels, VIOLATION: example.labels["abusive"]})
    labels = {**example.labels, **clause_labels(annotation.clauses, clauses)}
    if example.corpus in _PRACTICE:
        labels.pop("abusive", None)
    if not annotation.clauses and annotation.action == "flag":
        # Something to look at that no clause names: neither a violation nor a comment to let pass.
        del labels[VIOLATION]
    if example.held_out or example.key[DIGITS - 1] in _HELD_OUT_DIGITS:
        return replace(example, labels=labels, corpus=CORPUS, split=HELD_OUT)
    return replace(example, labels=labels, weight=example.weight * WEIGHT, raw=CORPUS)


def _annotations(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, Annotation]]:
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    head = next(rows, [])
    if tuple(head) != _COLUMNS:
        raise CorpusError(f"{path}:1: the columns are {head}; write {' '.join(_COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(_COLUMNS) or len(row[0]) != DIGITS:
            raise CorpusError(
                f"{path}:{number}: a row has {len(_COLUMNS)} columns, a digest of {DIGITS} first"
            )
        digest, clauses, target, use, action = row
        broken = frozenset() if clauses == "-" else frozenset(clauses.split(","))
        yield digest, Annotation(broken, target, use, action)
