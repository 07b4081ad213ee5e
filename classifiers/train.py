"""Labelled examples into a model: one logistic regression for each label.

The corpora disagree on how much is abusive, because they were collected and judged differently. So
each head has, in training, an intercept for every corpus; the corpora then agree on what words
mean without agreeing on a base rate. The intercepts are dropped afterwards: a comment on a site
comes from no corpus, and calibration sets the level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from classifiers.calibrate import platt
from classifiers.corpora import Example
from classifiers.features import Features
from classifiers.model import Model
from classifiers.rows import Advance, Signals, no_signals, present, rarity, scaled

WEIGHTS: Final[Mapping[str, float]] = {"aj": 0.25, "aj:-1": 0.1, "authored": 3.0, "grammar": 0.5}
"""How much rows of a corpus, or of one source label of a corpus, count; others count 1.

A comment that moderators deleted (`aj`, -1) was often deleted for other reasons than abuse; the
fillings of one template resemble one another.
"""

SEED: Final = 20
"""The seed of everything that is drawn, unless another is given."""

_TOLERANCE: Final = 0.01
"""Finer took two and a half times as long and scored the same on development rows."""

FEWEST: Final = 20
"""A label is trained where at least so many examples carry each answer."""


class TrainingError(ValueError):
    """The examples do not suffice; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that training depends on, besides the examples.

    `regularisation` is the inverse strength of the penalty. `rarity_power` bends the inverse
    document frequency. `source_scale` is how freely a corpus may have its own intercept.
    `telling_floor` is what a feature counts that does not tell the answers apart, beside the
    log-ratio of one that does. `signal_scale` is how much more a signal of the rules counts
    than an n-gram as rare. `folds` is how many parts the cross-fitting has.
    """

    features: Features = field(default_factory=Features)
    regularisation: float = 2.0
    rarity_power: float = 1.5
    source_scale: float = 5.0
    telling_floor: float = 0.3
    signal_scale: float = 6.0
    folds: int = 5
    seed: int = SEED
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, for a manifest."""
        names = (
            "regularisation",
            "rarity_power",
            "source_scale",
            "telling_floor",
            "signal_scale",
            "folds",
            "seed",
        )
        return {
            "features": self.features.to_mapping(),
            **{name: getattr(self, name) for name in names},
            "weights": dict(self.weights),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError or TypeError on what it cannot be."""
        return cls(**{**mapping, "features": Features.from_mapping(mapping["features"])})

    def weight(self, example: Example) -> float:
        """How much an example counts."""
        by_corpus = self.weights.get(example.corpus, 1.0)
        return example.weight * self.weights.get(f"{example.corpus}:{example.raw}", by_corpus)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model, and the calibrated scores of its own examples by heads that never saw them.

    `cross_fitted` has a row for each example and a column for each label, NaN where the example
    does not carry the label.
    """

    model: Model
    examples: tuple[Example, ...]
    cross_fitted: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    matrix: csr_matrix
    sources: csr_matrix
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    coefficients: NDArray[np.float64]
    intercept: float

    def margins(self, matrix: csr_matrix) -> NDArray[np.float64]:
        return np.asarray(matrix @ self.coefficients + self.intercept, dtype=np.float64)


def labels_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """The labels that enough examples carry with both answers, in alphabetical order."""
    counts: dict[str, list[int]] = {}
    for example in examples:
        for label, answer in example.labels.items():
            counts.setdefault(label, [0, 0])[answer] += 1
    return tuple(sorted(label for label, count in counts.items() if min(count) >= FEWEST))


def fits(labels: Sequence[str], recipe: Recipe) -> int:
    """How often a head is fitted: how many times `train` calls `advance`, after the rows."""
    return len(labels) * (recipe.folds + 1)


def train(
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    signals: Signals = no_signals,
    advance: Advance = lambda: None,
) -> Trained:
    """A model for every label that the examples suffice for.

    Held-out examples are refused: TrainingError. The same examples in the same order and the same
    recipe give the same model. `advance` is called once for each example and for each fit.
    """
    if any(example.held_out for example in examples):
        raise TrainingError(
            "held-out examples among the training examples; pass Corpora.training()"
        )
    labels = labels_of(examples)
    if not labels:
        raise TrainingError(
            f"no label has {FEWEST} examples of each answer among {len(examples)}; give more rows, "
            "or rows with 0/1 fields such as `abusive`"
        )
    matrix = present(examples, recipe.features, signals, advance)
    # A sum that is split between threads rounds otherwise where there are more cores.
    with threadpool_limits(limits=1):
        return _trained(examples, labels, matrix, recipe, advance)


def _trained(
    examples: Sequence[Example],
    labels: tuple[str, ...],
    matrix: csr_matrix,
    recipe: Recipe,
    advance: Advance,
) -> Trained:
    # Buckets that no row has would only make every fit longer.
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=recipe.features.buckets))
    matrix = matrix[:, used]
    rarities = rarity(matrix) ** np.float32(recipe.rarity_power)
    rarities[used >= recipe.features.first_signal] *= np.float32(recipe.signal_scale)
    rows = _Rows(
        scaled(matrix, rarities),
        _sources(examples, recipe.source_scale),
        np.array([recipe.weight(example) for example in examples]),
    )
    answers = _answers(examples, labels)
    strata = np.unique([example.corpus for example in examples], return_inverse=True)[1]
    heads: list[_Head] = []
    lines: list[tuple[float, float]] = []
    unseen = np.full(answers.shape, np.nan)
    for column in range(len(labels)):
        known = np.flatnonzero(~np.isnan(answers[:, column]))
        truth = answers[known, column].astype(np.int64)
        margins = _cross_fit(rows, known, truth, strata, recipe, advance)
        line = platt(margins, truth, rows.weights[known])
        unseen[known, column] = margins * line.slope + line.offset
        heads.append(_fit(rows, known, truth, recipe))
        lines.append(line)
        advance()
    coefficients = np.stack([head.coefficients for head in heads], axis=1) * rarities[:, None]
    table = np.zeros((recipe.features.buckets, 1 + len(labels)), dtype=np.float16)
    table[used] = np.concatenate([np.square(rarities)[:, None], coefficients], axis=1)
    model = Model(
        recipe.features,
        labels,
        table.astype(np.float32),
        np.array([head.intercept for head in heads]),
        np.array([slope for slope, _ in lines]),
        np.array([offset for _, offset in lines]),
    )
    return Trained(model, tuple(examples), 1.0 / (1.0 + np.exp(-unseen)))


def _cross_fit(
    rows: _Rows,
    known: NDArray[np.intp],
    truth: NDArray[np.int64],
    strata: NDArray[np.intp],
    recipe: Recipe,
    advance: Advance,
) -> NDArray[np.float64]:
    """The margin of every row by a head that was fitted without the row's fold."""
    margins = np.zeros(len(known))
    folds = StratifiedKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    with_rare_strata_joined = _joined(strata[known] * 2 + truth, recipe.folds)
    for learn, judge in folds.split(known, with_rare_strata_joined):
        head = _fit(rows, known[learn], truth[learn], recipe)
        margins[judge] = head.margins(rows.matrix[known[judge]])
        advance()
    return margins


def _joined(strata: NDArray[np.intp], least: int) -> NDArray[np.intp]:
    """Strata too small to be in every fold join the largest one of the same answer."""
    joined = strata.copy()
    for answer in (0, 1):
        values, counts = np.unique(strata[strata % 2 == answer], return_counts=True)
        small = np.isin(strata, values[counts < least])
        joined[small] = values[np.argmax(counts)]
    return joined


def _fit(rows: _Rows, known: NDArray[np.intp], truth: NDArray[np.int64], recipe: Recipe) -> _Head:
    part, sources, weights = rows.matrix[known], rows.sources[known], rows.weights[known]
    telling = _telling(part, truth, weights * _balance(sources, truth, weights))
    telling = (telling + recipe.telling_floor).astype(np.float32)
    part.data *= telling[part.indices]
    regression = LogisticRegression(
        C=recipe.regularisation, solver="liblinear", random_state=recipe.seed, tol=_TOLERANCE
    )
    regression.fit(hstack([part, sources], format="csr"), truth, sample_weight=weights)
    coefficients = regression.coef_[0, : part.shape[1]] * telling
    return _Head(coefficients, float(regression.intercept_[0]))


def _telling(
    part: csr_matrix, truth: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """By bucket: the size of the log-ratio of its shares among either answer's features.

    Scaling features so before a discriminative fit (Wang and Manning 2012, NB-SVM) spends the
    penalty on what tells the answers apart.
    """
    ones = csr_matrix((np.ones_like(part.data), part.indices, part.indptr), shape=part.shape)
    with_one = ones.T @ (weights * truth) + 1.0
    with_zero = ones.T @ (weights * (1 - truth)) + 1.0
    ratio = np.log((with_one / with_one.sum()) / (with_zero / with_zero.sum()))
    return np.asarray(np.abs(ratio), dtype=np.float64)


def _balance(
    sources: csr_matrix, truth: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """By row: the factor by which both answers weigh the same within each corpus.

    A corpus's own words then do not look telling because much of that corpus is abusive.
    """
    group = sources.indices.astype(np.int64) * 2 + truth
    totals = np.bincount(group, weights, minlength=2 * sources.shape[1]).reshape(-1, 2)
    factors = totals.sum(axis=1, keepdims=True) / 2 / np.maximum(totals, 1e-9)
    return np.asarray(factors.reshape(-1)[group], dtype=np.float64)


def _sources(examples: Sequence[Example], scale: float) -> csr_matrix:
    names = sorted({example.corpus for example in examples})
    columns = np.array([names.index(example.corpus) for example in examples])
    data = np.full(len(examples), scale, dtype=np.float32)
    shape = (len(examples), len(names))
    return csr_matrix((data, (np.arange(len(examples)), columns)), shape=shape)


def _answers(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.float64]:
    answers = np.full((len(examples), len(labels)), np.nan)
    for row, example in enumerate(examples):
        for column, label in enumerate(labels):
            if label in example.labels:
                answers[row, column] = example.labels[label]
    return answers
