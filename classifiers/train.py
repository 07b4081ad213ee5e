"""Labelled examples into a model: a logistic regression for each label, and a network for all.

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
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from classifiers.backpropagation import NetworkRecipe, Taught, teach
from classifiers.calibrate import Blend, blend
from classifiers.corpora import Example
from classifiers.features import Features
from classifiers.model import Model
from classifiers.network import Network
from classifiers.rows import Advance, Signals, no_signals, present, rarity, scaled
from classifiers.vocabulary import Vocabulary

WEIGHTS: Final[Mapping[str, float]] = {
    "aj": 0.25,
    "aj:-1": 0.1,
    "aj:annotated": 1.0,
    "authored": 2.2,
    "grammar": 0.5,
    "misspelled": 0.5,
}
"""How much rows of a corpus, or of one source label of a corpus, count; others count 1.

A comment that moderators deleted (`aj`, -1) was often deleted for other reasons than abuse; the
fillings of one template resemble one another, and a sentence its copy.
"""

COMPOSED: Final = frozenset(("authored", "grammar", "misspelled"))
"""Corpora that were written and not found. They teach; what a probability means is learned from
rows that were found, where there are enough of them."""

COPIES: Final = frozenset(("grammar", "misspelled"))
"""Of those, what repeats the words of others, or their misspellings: no evidence of a word."""

SEED: Final = 21
"""The seed of everything that is drawn, unless another is given."""

_TOLERANCE: Final = 0.01
"""Finer took two and a half times as long and scored the same on development rows."""

_CALIBRATING: Final = 100
"""A label is calibrated by rows that were found where they hold so many of each answer."""

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
    than an n-gram as rare. An n-gram is read where at least `fewest_rows` have it. `folds` is how
    many parts the cross-fitting has.
    """

    features: Features = field(default_factory=Features)
    regularisation: float = 2.0
    rarity_power: float = 1.5
    source_scale: float = 5.0
    telling_floor: float = 0.3
    signal_scale: float = 6.0
    fewest_rows: int = 6
    network: NetworkRecipe = field(default_factory=NetworkRecipe)
    folds: int = 3
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
            "fewest_rows",
            "folds",
            "seed",
        )
        return {
            "features": self.features.to_mapping(),
            "network": self.network.to_mapping(),
            **{name: getattr(self, name) for name in names},
            "weights": dict(self.weights),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError or TypeError on what it cannot be."""
        features = Features.from_mapping(mapping["features"])
        network = NetworkRecipe(**mapping["network"])
        return cls(**{**mapping, "features": features, "network": network})

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
    """How often heads are fitted, and epochs of the network: how many times `train` calls `advance`
    after the rows.
    """
    epochs = recipe.network.epochs if recipe.network.width else 0
    return (len(labels) + epochs) * (recipe.folds + 1)


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
    # An n-gram of few rows tells of those rows; a signal is rare because its rule is new.
    fewest = np.ones(recipe.features.buckets, dtype=np.int64)
    fewest[: recipe.features.first_signal] = recipe.fewest_rows
    counts = np.bincount(matrix.indices, minlength=recipe.features.buckets)
    used = np.flatnonzero(counts >= fewest)
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
    found = np.array([example.corpus not in COMPOSED for example in examples])
    networks = _networks(rows, answers, strata, recipe, advance)
    heads: list[_Head] = []
    blends: list[Blend] = []
    unseen = np.full(answers.shape, np.nan)
    for column in range(len(labels)):
        known = np.flatnonzero(~np.isnan(answers[:, column]))
        truth = answers[known, column].astype(np.int64)
        margins, head = _cross_fit(rows, known, truth, strata, recipe, advance)
        added = networks.unseen[known, column]
        at = _telling_rows(found[known], truth)
        mixed = blend(margins[at], added[at], truth[at], rows.weights[known][at])
        unseen[known, column] = mixed.slope * (margins + mixed.share * added) + mixed.offset
        heads.append(head)
        blends.append(mixed)
    coefficients = np.stack([head.coefficients for head in heads], axis=1)
    index = np.zeros(recipe.features.buckets, dtype=np.int32)
    index[used] = np.arange(1, 1 + len(used), dtype=np.int32)
    table = np.concatenate([rarities[:, None], coefficients, networks.taught.vectors], axis=1)
    table *= rarities[:, None]
    model = Model(
        recipe.features,
        labels,
        index,
        np.concatenate([np.zeros((1, table.shape[1])), table]).astype(np.float32),
        np.array([head.intercept for head in heads]),
        np.array([mixed.slope for mixed in blends]),
        np.array([mixed.offset for mixed in blends]),
        networks.taught.network.weighted(np.array([mixed.share for mixed in blends])),
        Vocabulary.of(example.text for example in examples if example.corpus not in COPIES),
    )
    # What is measured is what a bundle will hold.
    model = Model.from_mapping(model.to_mapping())
    return Trained(model, tuple(examples), expit(unseen))


def _telling_rows(found: NDArray[np.bool_], truth: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The rows to calibrate by: those that were found, where each answer has enough of them."""
    answers = np.bincount(truth[found], minlength=2)
    return found if answers.min() >= _CALIBRATING else np.ones(len(truth), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Networks:
    """A network of all rows, and the margins of each row by one that never saw its fold."""

    taught: Taught
    unseen: NDArray[np.float64]


def _networks(
    rows: _Rows,
    answers: NDArray[np.float64],
    strata: NDArray[np.intp],
    recipe: Recipe,
    advance: Advance,
) -> _Networks:
    unseen = np.zeros(answers.shape)
    if not recipe.network.width:
        nothing = np.zeros((rows.matrix.shape[1], 0), dtype=np.float32)
        return _Networks(Taught(nothing, Network.silent(answers.shape[1])), unseen)

    def taught(at: NDArray[np.intp]) -> Taught:
        part, sources = rows.matrix[at], rows.sources.indices[at]
        weights = rows.weights[at]
        return teach(part, answers[at], sources, weights, recipe.network, recipe.seed, advance)

    everything = np.arange(len(strata))
    folds = StratifiedKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    for learn, judge in folds.split(everything, _joined(strata * 2, recipe.folds)):
        found = taught(learn)
        unseen[judge] = found.network.margins(rows.matrix[judge] @ found.vectors)
    return _Networks(taught(everything), unseen)


def _cross_fit(
    rows: _Rows,
    known: NDArray[np.intp],
    truth: NDArray[np.int64],
    strata: NDArray[np.intp],
    recipe: Recipe,
    advance: Advance,
) -> tuple[NDArray[np.float64], _Head]:
    """The margin of every row by a head that was fitted without the row's fold; and a head of all.

    Fits run beside one another: the solver does not hold the interpreter, and draws no numbers.
    """
    folds = StratifiedKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    with_rare_strata_joined = _joined(strata[known] * 2 + truth, recipe.folds)
    parts = list(folds.split(known, with_rare_strata_joined))
    learned = [np.arange(len(known)), *(learn for learn, _ in parts)]
    beside = Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    heads: list[_Head] = []
    for head in beside(delayed(_fit)(rows, known[at], truth[at], recipe) for at in learned):
        heads.append(head)
        advance()
    margins = np.zeros(len(known))
    for (_, judge), head in zip(parts, heads[1:], strict=True):
        margins[judge] = head.margins(rows.matrix[known[judge]])
    return margins, heads[0]


def _joined(strata: NDArray[np.intp], least: int) -> NDArray[np.intp]:
    """Strata too small to be in every fold join the largest one of the same answer."""
    joined = strata.copy()
    for answer in (0, 1):
        values, counts = np.unique(strata[strata % 2 == answer], return_counts=True)
        if not len(values):
            continue
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
