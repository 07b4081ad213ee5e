"""A small network that all labels share, beside the linear heads.

Each feature has a vector; the mean of a text's vectors goes through one hidden layer, from which
every label is read (a deep averaging network, Iyyer et al. 2015). Words that stand in the same
places come to have like vectors, so that what one label or one corpus teaches serves the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEAK: Final = 0.05
"""What a hidden unit lets through of what is below zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The layers behind the vectors, which stand in the model's table.

    `hidden` has a row for each number of a vector and a column for each hidden unit, `bias` an
    entry for each unit; `output` has a column and `level` an entry for each label.
    """

    hidden: Numbers
    bias: Numbers
    output: Numbers
    level: Numbers

    @classmethod
    def silent(cls, labels: int) -> Self:
        """A network without vectors, which adds nothing."""
        return cls(np.zeros((0, 0)), np.zeros(0), np.zeros((0, labels)), np.zeros(labels))

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return int(self.hidden.shape[0])

    def margins(self, vectors: Numbers) -> Numbers:
        """What is added to the margin of each label; the last axis is that of the vector."""
        units = vectors @ self.hidden + self.bias
        margins: Numbers = np.maximum(units, LEAK * units) @ self.output + self.level
        return margins

    def gradient(self, vector: Numbers) -> Numbers:
        """By number of the vector and label: how fast the margin rises with it, at one text."""
        units = vector @ self.hidden + self.bias
        gradient: Numbers = self.hidden @ (np.where(units > 0, 1.0, LEAK)[:, None] * self.output)
        return gradient

    def weighted(self, shares: Numbers) -> Network:
        """The same network whose margin counts so much, by label."""
        return Network(self.hidden, self.bias, self.output * shares, self.level * shares)

    def to_mapping(self) -> dict[str, Any]:
        """Plain arrays, for a bundle."""
        return {
            "hidden": self.hidden,
            "bias": self.bias,
            "output": self.output,
            "level": self.level,
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError or ValueError where it is not."""
        hidden, bias, output, level = (
            np.asarray(mapping[name], np.float64) for name in ("hidden", "bias", "output", "level")
        )
        if hidden.shape[1:] != bias.shape or output.shape != (*bias.shape, *level.shape):
            raise ValueError(f"layers of {hidden.shape} and {output.shape} do not fit together")
        return cls(hidden, bias, output, level)
