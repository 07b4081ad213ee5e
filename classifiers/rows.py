"""Examples as the rows of a sparse matrix, made by the features that serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifiers.corpora import Example
from classifiers.features import Features, buckets
from classifiers.model import Model, once
from moderation.text import Text

Advance = Callable[[], object]
"""Called when a unit of work is done."""

Signals = Callable[[Example, Text], frozenset[str]]
"""What the rules find in an example."""


def no_signals(_example: Example, _text: Text) -> frozenset[str]:
    """For training without rules."""
    return frozenset()


def present(
    examples: Sequence[Example],
    features: Features,
    signals: Signals = no_signals,
    advance: Advance = lambda: None,
) -> csr_matrix:
    """A row for each example: 1 in the buckets that are present. `advance` is called once a row."""
    rows: list[NDArray[np.int32]] = []
    for example in examples:
        text = Text(example.text)
        rows.append(once(buckets(text, signals(example, text), features)).astype(np.int32))
        advance()
    pointers = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=pointers[1:])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    data = np.ones(len(columns), dtype=np.float32)
    return csr_matrix((data, columns, pointers), shape=(len(rows), features.buckets))


def placed(matrix: csr_matrix, model: Model) -> csr_matrix:
    """Rows over buckets as rows over the table of a model."""
    shape = (matrix.shape[0], len(model.table))
    return csr_matrix((matrix.data, model.index[matrix.indices], matrix.indptr), shape=shape)


def rarity(matrix: csr_matrix) -> NDArray[np.float32]:
    """The inverse document frequency of each column, smoothed."""
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    rarities: NDArray[np.float32] = np.log((1 + matrix.shape[0]) / (1 + frequency)) + 1
    return rarities.astype(np.float32)


def scaled(matrix: csr_matrix, rarities: NDArray[np.float32]) -> csr_matrix:
    """Each row as its rarities, at length one (or shorter, where the row's length is below one)."""
    lengths = np.sqrt(np.maximum(matrix @ np.square(rarities), 1.0))
    data = rarities[matrix.indices] / np.repeat(lengths, np.diff(matrix.indptr)).astype(np.float32)
    return csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
