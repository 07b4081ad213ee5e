"""A linear model with one head for each label, and a network that all share, as plain arrays.

Features are present or absent. What a text's features say is added up, bucket by bucket, and
divided by the length of the vector of their rarities (inverse document frequencies), so that a long
text is no surer than a short one. Linear weights and the vectors of the network (see `network`)
stand in one table and are read with one gather; a line and the logistic function make a probability
of a margin (Platt 1999).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Features
from classifiers.lexicon import Lexicon
from classifiers.network import Network
from classifiers.vocabulary import NO_WORDS, Vocabulary

Numbers = NDArray[np.float64]
_ONES: Final = np.ones(4096, dtype=np.float32)
_LARGEST: Final = 127
"""The largest number of a vector in a byte."""
_LARGEST_HALF: Final = float(np.finfo(np.float16).max)
_LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Weights of all heads, and the calibration of each.

    `index` says for each bucket in which row of `table` it stands, 0 for what training never saw;
    row 0 is zeros. A row is the square of the bucket's rarity, then its weight for each label in
    the order of `labels`, then its vector, rarity included in both. `intercepts`, `slopes` and
    `offsets` have an entry for each label: probability = logistic(slope * margin + offset).
    `vocabulary` are the words of what it was trained on, by which slips are told from words.
    """

    features: Features
    labels: tuple[str, ...]
    index: NDArray[np.int32]
    table: NDArray[np.float32]
    intercepts: Numbers
    slopes: Numbers
    offsets: Numbers
    network: Network
    vocabulary: Vocabulary = NO_WORDS

    def rows(self, present: NDArray[np.int64]) -> Numbers:
        """The rows of buckets."""
        return self.table.take(self.index.take(present), axis=0).astype(np.float64)

    def margins(self, present: NDArray[np.int64]) -> Numbers:
        """The uncalibrated score for each label. `present` names each bucket once."""
        rows = self.table.take(self.index.take(present), axis=0)
        # A product with ones takes a tenth of the time of `sum` in double precision, and moves a
        # score by less than a millionth.
        ones = _ONES[: len(rows)] if len(rows) <= len(_ONES) else np.ones(len(rows), np.float32)
        return self.margins_of((ones @ rows).astype(np.float64))

    def margins_of(self, sums: Numbers) -> Numbers:
        """The margins by the sums of rows of the table; the last axis runs over their columns."""
        means = sums[..., 1:] / np.sqrt(np.maximum(sums[..., :1], 1.0))
        linear = means[..., : len(self.labels)] + self.intercepts
        margins: Numbers = linear + self.network.margins(means[..., len(self.labels) :])
        return margins

    def probabilities(self, margins: Numbers) -> Numbers:
        """Calibrated margins, 0..1; the last axis runs over the labels."""
        exponent = np.minimum(np.maximum(margins * self.slopes + self.offsets, -60.0), 60.0)
        return np.asarray(1.0 / (1.0 + np.exp(-exponent)), dtype=np.float64)

    def grown(self, buckets: NDArray[np.integer[Any]]) -> Model:
        """The same model with rows of zeros for buckets that it never saw."""
        new = np.unique(buckets)
        new = new[self.index[new] == 0]
        index = self.index.copy()
        index[new] = np.arange(len(new), dtype=np.int32) + len(self.table)
        rows = np.zeros((len(new), self.table.shape[1]), dtype=np.float32)
        return replace(self, index=index, table=np.concatenate([self.table, rows]))

    def to_mapping(self) -> dict[str, Any]:
        """Plain values and arrays. Weights are kept in half precision, vectors in a byte a number,
        which moves a score by less than a thousandth.
        """
        buckets = np.flatnonzero(self.index)
        table = self.table[self.index[buckets]]
        # A rarity that is larger than half precision holds would make every score NaN.
        linear = table[:, : 1 + len(self.labels)].clip(-_LARGEST_HALF, _LARGEST_HALF)
        linear = linear.astype(np.float16)
        rarities = np.sqrt(linear[:, :1].astype(np.float32))
        vectors = np.divide(
            table[:, linear.shape[1] :],
            rarities,
            out=np.zeros((len(table), self.network.width), dtype=np.float32),
            where=rarities > 0,
        )
        steps = np.maximum(np.abs(vectors).max(axis=0, initial=0.0), _LEAST) / _LARGEST
        return {
            "features": self.features.to_mapping(),
            "labels": list(self.labels),
            "buckets": buckets.astype(np.int32),
            "linear": linear,
            "vectors": np.rint(vectors / steps).astype(np.int8),
            "steps": steps.astype(np.float32),
            "intercepts": self.intercepts,
            "slopes": self.slopes,
            "offsets": self.offsets,
            "network": self.network.to_mapping(),
            "vocabulary": self.vocabulary.to_mapping(),
            "lexicon": self.features.lexicon.to_mapping(),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError, TypeError or ValueError where it is not."""
        lexicon = Lexicon.from_mapping(mapping["lexicon"])
        features = replace(Features.from_mapping(mapping["features"]), lexicon=lexicon)
        labels = tuple(mapping["labels"])
        network = Network.from_mapping(mapping["network"])
        words = mapping.get("vocabulary")
        vocabulary = NO_WORDS if words is None else Vocabulary.from_mapping(words)
        buckets = np.asarray(mapping["buckets"])
        linear = np.asarray(mapping["linear"], dtype=np.float32)
        vectors = np.asarray(mapping["vectors"]) * np.asarray(mapping["steps"], dtype=np.float32)
        intercepts, slopes, offsets = calibration = [
            np.asarray(mapping[name], np.float64) for name in ("intercepts", "slopes", "offsets")
        ]
        if linear.shape != (len(buckets), 1 + len(labels)):
            raise ValueError(
                f"weights of {linear.shape} for {len(buckets)} buckets, {len(labels)} labels"
            )
        if vectors.shape != (len(buckets), network.width) or len(network.level) != len(labels):
            raise ValueError(f"vectors of {vectors.shape} for a network of {network.width}")
        if any(each.shape != (len(labels),) for each in calibration):
            raise ValueError(f"calibration vectors do not have {len(labels)} entries")
        if len(buckets) and not 0 <= buckets.min() <= buckets.max() < features.buckets:
            raise ValueError(f"buckets beyond the {features.buckets} that there are")
        index = np.zeros(features.buckets, dtype=np.int32)
        index[buckets] = np.arange(1, 1 + len(buckets), dtype=np.int32)
        rows = np.concatenate([linear, vectors * np.sqrt(linear[:, :1])], axis=1)
        table = np.concatenate([np.zeros((1, rows.shape[1])), rows]).astype(np.float32)
        return cls(features, labels, index, table, intercepts, slopes, offsets, network, vocabulary)


def once(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each bucket once, in order."""
    ordered = np.sort(found)
    new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]
