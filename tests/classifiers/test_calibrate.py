"""Margins into probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.calibrate import Line, platt


def probability(line: Line, margin: float) -> float:
    return float(1 / (1 + np.exp(-(line.slope * margin + line.offset))))


def test_the_share_of_positives_at_a_margin_is_its_probability() -> None:
    margins = np.repeat([-1.0, 1.0], 1000)
    answers = np.concatenate([np.arange(1000) < 100, np.arange(1000) < 800]).astype(np.int64)
    line = platt(margins, answers, np.ones(2000))
    assert probability(line, -1.0) == pytest.approx(0.1, abs=0.002)
    assert probability(line, 1.0) == pytest.approx(0.8, abs=0.002)


def test_rows_count_by_their_weight() -> None:
    margins = np.repeat([-1.0, 1.0], 200)
    answers = np.tile([0, 1], 200)
    line = platt(margins, answers, np.where(answers == 1, 3.0, 1.0))
    assert probability(line, 0.0) == pytest.approx(0.75, abs=0.002)


def test_a_head_that_knows_nothing_is_level_at_the_share_of_positives() -> None:
    """Else its scores would be turned upside down."""
    margins = np.repeat([-1.0, 1.0], 100)
    answers = np.concatenate([np.arange(100) < 40, np.arange(100) < 10]).astype(np.int64)
    line = platt(margins, answers, np.ones(200))
    assert line.slope == 0.0
    assert probability(line, 5.0) == pytest.approx(0.25)
