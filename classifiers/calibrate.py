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


class Line(NamedTuple):
    """probability = logistic(slope * margin + offset)."""

    slope: float
    offset: float


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
