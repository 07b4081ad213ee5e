"""How good scores are: by corpus and by label, on rows that the model did not see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score

from classifiers.corpora import Example
from classifiers.model import Model
from classifiers.rows import Advance, Signals, no_signals, placed, present
from classifiers.train import Recipe, Trained, train

FEWEST_OF_EACH: Final = 20
"""A corpus is measured on a label where it has so many rows of each answer."""

EVERYWHERE: Final = "*"
"""The name under which all corpora together are measured."""

_BINS: Final = 10
_STEPS: Final = np.arange(2, 99) / 100


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Scores and true answers of the rows of one corpus that carry one label."""

    corpus: str
    label: str
    answers: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One corpus on one label. All but the counts are 0..1; `ece` and `brier` are better when low.

    `macro_f1` is at a threshold of 0.5, `macro_f1_tuned` at `threshold`, which was chosen on
    training folds and not on these rows.
    """

    corpus: str
    label: str
    rows: int
    positives: int
    macro_f1: float
    threshold: float
    macro_f1_tuned: float
    auc: float
    average_precision: float
    brier: float
    ece: float

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, rounded to what so many rows can tell."""
        return {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


Thresholds = Mapping[tuple[str, str], float]
"""The best threshold by corpus and label, EVERYWHERE among the corpora."""


def score(
    model: Model,
    examples: Sequence[Example],
    *,
    signals: Signals = no_signals,
    advance: Advance = lambda: None,
) -> NDArray[np.float64]:
    """Calibrated probabilities, a row for each example and a column for each label."""
    matrix = present(examples, model.features, signals, advance)
    margins = model.margins_of(np.asarray(placed(matrix, model) @ model.table, dtype=np.float64))
    return model.probabilities(margins)


def scored(
    examples: Sequence[Example], labels: Sequence[str], scores: NDArray[np.float64]
) -> Iterator[Scored]:
    """The scores apart by corpus and label, where a corpus has enough rows of each answer."""
    corpora = np.array([example.corpus for example in examples])
    for column, label in enumerate(labels):
        answers = np.array([example.labels.get(label, -1) for example in examples])
        for corpus in sorted(set(corpora.tolist())):
            rows = np.flatnonzero((corpora == corpus) & (answers >= 0))
            truth = answers[rows]
            if min(int((truth == 0).sum()), int((truth == 1).sum())) >= FEWEST_OF_EACH:
                yield Scored(corpus, label, truth, scores[rows, column])


def best_threshold(rows: Scored) -> float:
    """The threshold, in steps of 0.01, at which macro-F1 is highest."""
    values = [_macro_f1(rows, step) for step in _STEPS]
    return round(float(_STEPS[int(np.argmax(values))]), 2)


def thresholds(cross_fitted: Iterable[Scored]) -> dict[tuple[str, str], float]:
    """The best threshold of every corpus and label, and of each label over all corpora."""
    groups = list(cross_fitted)
    chosen = {(rows.corpus, rows.label): best_threshold(rows) for rows in groups}
    for label in sorted({rows.label for rows in groups}):
        chosen[EVERYWHERE, label] = best_threshold(together(groups, label))
    return chosen


def together(groups: Iterable[Scored], label: str) -> Scored:
    """The rows of all corpora on one label."""
    mine = [rows for rows in groups if rows.label == label]
    return Scored(
        EVERYWHERE,
        label,
        np.concatenate([rows.answers for rows in mine]),
        np.concatenate([rows.scores for rows in mine]),
    )


def measure(rows: Scored, chosen: Thresholds) -> Measure:
    """Every number for one corpus and label; without its own threshold, by the label's."""
    threshold = chosen.get((rows.corpus, rows.label), chosen.get((EVERYWHERE, rows.label), 0.5))
    return Measure(
        corpus=rows.corpus,
        label=rows.label,
        rows=len(rows.answers),
        positives=int(rows.answers.sum()),
        macro_f1=_macro_f1(rows, 0.5),
        threshold=threshold,
        macro_f1_tuned=_macro_f1(rows, threshold),
        auc=float(roc_auc_score(rows.answers, rows.scores)),
        average_precision=float(average_precision_score(rows.answers, rows.scores)),
        brier=float(brier_score_loss(rows.answers, rows.scores)),
        ece=expected_calibration_error(rows),
    )


def expected_calibration_error(rows: Scored) -> float:
    """The mean gap between score and share of positives, over ten bins of score (Naeini 2015)."""
    bins = np.minimum((rows.scores * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    gaps = np.abs(np.bincount(bins, rows.scores, _BINS) - np.bincount(bins, rows.answers, _BINS))
    return float(gaps.sum() / counts.sum())


def cross_fitted(trained: Trained) -> list[Scored]:
    """The training rows, scored by heads that did not see them."""
    return list(scored(trained.examples, trained.model.labels, trained.cross_fitted))


def leave_one_out(
    examples: Sequence[Example],
    corpus: str,
    recipe: Recipe,
    *,
    signals: Signals = no_signals,
    advance: Advance = lambda: None,
) -> list[Scored]:
    """All rows of one corpus, scored by a model that was trained on the other corpora alone.

    Rows of other corpora that are held out stay out of training here too.
    """
    others = [example for example in examples if example.corpus != corpus and not example.held_out]
    mine = [example for example in examples if example.corpus == corpus]
    model = train(others, recipe, signals=signals, advance=advance).model
    return list(scored(mine, model.labels, score(model, mine, signals=signals)))


def _macro_f1(rows: Scored, threshold: float) -> float:
    predicted = rows.scores >= threshold
    return float(f1_score(rows.answers, predicted, average="macro", zero_division=0.0))
