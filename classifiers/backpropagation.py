"""Teaching the network that all labels share (see `network`).

Stochastic gradient descent on the log loss of every label that a row carries, with a step for each
parameter that shrinks as it moves (AdaGrad, Duchi et al. 2011). In each step most features of a row
are hidden, so that no few words decide (word dropout). As in the linear heads, each corpus has a
level of its own, which is dropped afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

from classifiers.network import LEAK, Network

Singles = NDArray[np.float32]

_BATCH: Final = 256
_START: Final = 1e-6
"""What the sum of squared gradients begins with."""
_SPREAD: Final = 0.3
"""The standard deviation of the vectors at the start."""
_DECAY: Final = 1e-7


@dataclass(frozen=True, slots=True)
class NetworkRecipe:
    """How the network is made. `width` is that of a vector, 0 for no network; `units` are hidden
    ones; `hidden_share` is how many features of a row are left out in a step; `rate` and
    `vector_rate` are the sizes of the first steps, of layers and of vectors.
    """

    width: int = 48
    units: int = 48
    hidden_share: float = 0.7
    epochs: int = 5
    rate: float = 0.08
    vector_rate: float = 0.3

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, for a manifest."""
        return asdict(self)


class Taught(NamedTuple):
    """A vector for each feature, and the layers behind them."""

    vectors: Singles
    network: Network


def teach(
    rows: csr_matrix,
    answers: NDArray[np.float64],
    sources: NDArray[np.intp],
    weights: NDArray[np.float64],
    recipe: NetworkRecipe,
    seed: int,
    advance: Callable[[], object],
) -> Taught:
    """A network taught on rows of length 1.

    `answers` has a column for each label, NaN where a row does not carry it; `sources` numbers the
    corpora. `advance` is called once for each epoch. Equal arguments give equal numbers.
    """
    random = np.random.default_rng(seed)
    labels = answers.shape[1]
    vectors = _normal(random, _SPREAD, rows.shape[1], recipe.width)
    hidden = _normal(random, recipe.width**-0.5, recipe.width, recipe.units)
    output = _normal(random, recipe.units**-0.5, recipe.units, labels)
    layers = [hidden, _zeros(recipe.units), output, _zeros(labels)]
    levels = _zeros(int(sources.max()) + 1, labels)
    moved = [np.full_like(layer, _START) for layer in (*layers, levels)]
    moved_vectors = np.full(rows.shape[1], _START, dtype=np.float32)
    known = ~np.isnan(answers)
    truth = np.where(known, answers, 0).astype(np.float32)
    weight = (known * weights[:, None]).astype(np.float32)
    for _ in range(recipe.epochs):
        order = random.permutation(rows.shape[0])
        for batch in np.split(order, range(_BATCH, len(order), _BATCH)):
            seen = _partly_hidden(rows[batch], random, recipe.hidden_share)
            mean = seen @ vectors
            units = mean @ layers[0] + layers[1]
            reached = np.maximum(units, np.float32(LEAK) * units)
            margins = reached @ layers[2] + layers[3] + levels[sources[batch]]
            off = (expit(margins) - truth[batch]) * weight[batch] / np.float32(_BATCH)
            back = (off @ layers[2].T) * np.where(units > 0, np.float32(1), np.float32(LEAK))
            by_level = np.zeros_like(levels)
            np.add.at(by_level, sources[batch], off)
            by_mean = back @ layers[0].T
            steps = [mean.T @ back, back.sum(0), reached.T @ off, off.sum(0), by_level]
            for layer, step, squares in zip((*layers, levels), steps, moved, strict=True):
                _move(layer, step, squares, np.float32(recipe.rate))
            by_feature = seen.T.tocsr()
            there = np.flatnonzero(np.diff(by_feature.indptr))
            change = by_feature[there] @ by_mean + np.float32(_DECAY) * vectors[there]
            moved_vectors[there] += (change**2).mean(1)
            size = np.float32(recipe.vector_rate) / np.sqrt(moved_vectors[there])
            vectors[there] -= size[:, None] * change
        advance()
    return Taught(vectors, Network(*(layer.astype(np.float64) for layer in layers)))


def _move(layer: Singles, step: Singles, squares: Singles, rate: np.float32) -> None:
    squares += step**2
    layer -= rate * step / np.sqrt(squares)


def _partly_hidden(rows: csr_matrix, random: np.random.Generator, share: float) -> csr_matrix:
    left = random.random(len(rows.data)) > share
    data = rows.data * left / np.float32(1 - share)
    return csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape)


def _normal(random: np.random.Generator, spread: float, *shape: int) -> Singles:
    return (random.normal(size=shape) * spread).astype(np.float32)


def _zeros(*shape: int) -> Singles:
    return np.zeros(shape, dtype=np.float32)
