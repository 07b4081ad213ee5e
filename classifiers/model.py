"""A linear model with one head for each label, as plain arrays.

Features are present or absent. A text's margin for a label is the sum of the weights of the buckets
present, over the length of the vector of their rarities (inverse document frequencies), so that a
long text is no surer than a short one; a line and the logistic function make a probability of it
(Platt 1999). All heads are read with one gather.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Features

Numbers = NDArray[np.float64]
_ONES: Final = np.ones(4096)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Weights of all heads, and the calibration of each.

    `table` has a row for each bucket: first the square of its rarity, then its weight for each
    label, rarity included, in the order of `labels`. `intercepts`, `slopes` and `offsets` have an
    entry for each label: probability = logistic(slope * (margin + intercept) + offset).
    """

    features: Features
    labels: tuple[str, ...]
    table: NDArray[np.float32]
    intercepts: Numbers
    slopes: Numbers
    offsets: Numbers

    def sums(self, present: NDArray[np.int64]) -> Numbers:
        """The sum of the rows of the buckets present."""
        # A product with ones sums in double precision in half the time that `sum` takes.
        rows = self.table.take(present, axis=0).astype(np.float64)
        ones = _ONES[: len(rows)] if len(rows) <= len(_ONES) else np.ones(len(rows))
        sums: Numbers = ones @ rows
        return sums

    def margins(self, present: NDArray[np.int64]) -> Numbers:
        """The uncalibrated score for each label. `present` names each bucket once."""
        sums = self.sums(present)
        margins: Numbers = sums[1:] / max(float(sums[0]), 1.0) ** 0.5 + self.intercepts
        return margins

    def probabilities(self, margins: Numbers) -> Numbers:
        """Calibrated margins, 0..1; the last axis runs over the labels."""
        exponent = np.minimum(np.maximum(margins * self.slopes + self.offsets, -60.0), 60.0)
        return np.asarray(1.0 / (1.0 + np.exp(-exponent)), dtype=np.float64)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values and arrays. Weights are kept in half precision."""
        return {
            "features": self.features.to_mapping(),
            "labels": list(self.labels),
            "table": self.table.astype(np.float16),
            "intercepts": self.intercepts,
            "slopes": self.slopes,
            "offsets": self.offsets,
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError, TypeError or ValueError where it is not."""
        features = Features.from_mapping(mapping["features"])
        labels = tuple(mapping["labels"])
        table = np.ascontiguousarray(mapping["table"], dtype=np.float32)
        vectors = [
            np.asarray(mapping[name], np.float64) for name in ("intercepts", "slopes", "offsets")
        ]
        if table.shape != (features.buckets, 1 + len(labels)):
            raise ValueError(
                f"a table of {table.shape} for {features.buckets} buckets, {len(labels)} labels"
            )
        if any(vector.shape != (len(labels),) for vector in vectors):
            raise ValueError(f"calibration vectors do not have {len(labels)} entries")
        return cls(features, labels, table, *vectors)


def once(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each bucket once, in order."""
    ordered = np.sort(found)
    new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]
