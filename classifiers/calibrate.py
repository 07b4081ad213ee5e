"""Margins into probabilities, from margins of rows that the head did not see.

Platt scaling (1999): a line and the logistic function, two numbers for each label. It keeps the
order of the scores and, unlike isotonic regression, gives no plateaus: a publisher's threshold
moves what it decides smoothly, and a label with few positives is not fitted to single rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

_UNPENALISED = 1e6
_MOST = 100.0
"""So many times as much as the linear head the network may count, where that knows nothing."""
_LEAST = 1e-9


class Line(NamedTuple):
    """probability = logistic(slope * margin + offset)."""

    slope: float
    offset: float


class Blend(NamedTuple):
    """probability = logistic(slope * (linear + share * network) + offset), of two margins."""

    slope: float
    share: float
    offset: float


def blend(
    linear: NDArray[np.float64],
    network: NDArray[np.float64],
    answers: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> Blend:
    """What fits the answers best of two margins, as `platt` of one.

    Where the network adds nothing to the linear head it has no share.
    """
    fitted = LogisticRegression(C=_UNPENALISED, max_iter=1000)
    fitted.fit(np.stack([linear, network], axis=1), answers, sample_weight=weights)
    of_linear, of_network = fitted.coef_[0].tolist()
    share = max(of_network, 0.0) / max(of_linear, of_network / _MOST, _LEAST)
    line = platt(linear + share * network, answers, weights)
    return Blend(line.slope, share, line.offset)


def platt(
    margins: NDArray[np.float64], answers: NDArray[np.int64], weights: NDArray[np.float64]
) -> Line:
    """The line that fits the answers best, in the sense of weighted log loss.

    `margins` must come from heads that were trained without the rows. A head whose margins do not
    rise with the answers knows nothing: its line is level, at the share of positives.
    """
    fitted = LogisticRegression(C=_UNPENALISED, max_iter=1000)
    fitted.fit(margins[:, np.newaxis], answers, sample_weight=weights)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope > 0:
        return Line(slope, offset)
    share = float(np.average(answers, weights=weights))
    return Line(0.0, float(np.log(share / (1 - share))))
