"""A trained model, taught by decisions alone: for whoever has not the corpora that it came from.

The weights stay, and a correction is added to them where decisions call for one. It is found by
penalised logistic regression with the model's own margin as an offset, beside examples that the
model already knew, so that it does not forget them. Decisions are mostly about comments that were
flagged, which says nothing of how many of all comments break the terms: so the level of their
answers is an intercept of their own, which is dropped, and the calibration stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from classifiers.calibrate import platt
from classifiers.corpora import Example
from classifiers.model import Model
from classifiers.rows import Advance, Signals, no_signals, placed, present
from classifiers.train import FEWEST, SEED, Recipe, TrainingError

STRENGTHS: Final = (0.01, 0.1, 1.0, 10.0)
"""Inverse strengths of the penalty that are tried."""

_FOLDS: Final = 3
_SOURCE_SCALE: Final = 5.0
_MOST_STEPS: Final = 100
_TOLERANCE: Final = 1e-6
"""Finer took longer and chose the same."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of one label. `gain` is how much lower the log loss of unseen decisions was,
    both sides calibrated.

    `strength` is None where no correction was better than chance (two standard errors), and the
    label stays as it was.
    """

    label: str
    decisions: int
    gain: float
    strength: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """The corrected model, and what was done to each label that decisions suffice for."""

    model: Model
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """One label: rows with their answers, their logits so far, and how steep those are."""

    rows: csr_matrix
    sources: csr_matrix
    truth: Numbers
    weights: Numbers
    logits: Numbers
    slope: float


def refine(
    model: Model,
    decisions: Sequence[Example],
    known: Sequence[Example],
    *,
    signals: Signals = no_signals,
    seed: int = SEED,
    advance: Advance = lambda: None,
) -> Refined:
    """The model, corrected by decisions, beside examples that it knew.

    Neither may hold held-out examples. `advance` is called for each of both. Raises TrainingError
    where the decisions suffice for no label of the model.
    """
    examples = [*decisions, *known]
    if any(example.held_out for example in examples):
        raise TrainingError("held-out examples among those to learn from; pass training()")
    labels = [label for label in model.labels if _suffices(decisions, label)]
    if not labels:
        raise TrainingError(
            f"no label of the model has {FEWEST} decisions of each answer among "
            f"{len(decisions)}; decide more, or train with --corpora"
        )
    found = present(examples, model.features, signals, advance)
    # What the model never saw may be learned now. It lengthens no text, so that no other changes.
    grown = model.grown(found.indices)
    matrix = placed(found, grown)
    table = grown.table.copy()
    sums = np.asarray(matrix @ table, dtype=np.float64)
    former = grown.margins_of(sums)
    lengths = np.sqrt(np.maximum(sums[:, 0], 1.0))
    rarities = np.sqrt(table[:, 0])
    rarities[rarities == 0] = rarities.max()
    data = rarities[matrix.indices] / np.repeat(lengths, np.diff(matrix.indptr))
    rows = csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    recipe = Recipe(features=model.features)
    weights = np.array([recipe.weight(example) for example in examples])
    sources = _sources(examples)
    is_decision = np.arange(len(examples)) < len(decisions)
    corrections: list[Correction] = []
    # A sum that is split between threads rounds otherwise where there are more cores.
    with threadpool_limits(limits=1):
        for label in labels:
            column = model.labels.index(label)
            answers = np.array([example.labels.get(label, -1) for example in examples])
            mine = np.flatnonzero(answers >= 0)
            slope = float(model.slopes[column])
            task = _Task(
                rows[mine],
                sources[mine],
                answers[mine].astype(np.float64),
                weights[mine],
                slope * former[mine, column] + model.offsets[column],
                slope,
            )
            correction, change = _corrected(task, is_decision[mine], label, seed)
            corrections.append(correction)
            if change is not None:
                table[:, 1 + column] += (change * rarities).astype(np.float32)
    changed = any(correction.strength is not None for correction in corrections)
    return Refined(replace(grown, table=table) if changed else model, tuple(corrections))


def _suffices(decisions: Sequence[Example], label: str) -> bool:
    answers = [example.labels[label] for example in decisions if label in example.labels]
    return min(sum(answers), len(answers) - sum(answers)) >= FEWEST


def _corrected(
    task: _Task, is_decision: NDArray[np.bool_], label: str, seed: int
) -> tuple[Correction, Numbers | None]:
    """The strength that did best on decisions unseen, and the change by it on all rows."""
    decided = np.flatnonzero(is_decision)
    others = np.flatnonzero(~is_decision)
    unseen: dict[float | None, Numbers] = {
        strength: np.zeros(len(decided)) for strength in (None, *STRENGTHS)
    }
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    for learn, judge in folds.split(decided, task.truth[decided]):
        seen = np.concatenate([decided[learn], others])
        for strength, logits in unseen.items():
            logits[judge] = _apply(task, decided[judge], *_fit(task, seen, strength))
    losses = {strength: _loss(logits, task.truth[decided]) for strength, logits in unseen.items()}
    best = min(STRENGTHS, key=lambda strength: float(losses[strength].mean()))
    gains = losses[None] - losses[best]
    gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
    if gain <= 2 * error:
        return Correction(label, len(decided), gain, None), None
    change, _ = _fit(task, np.arange(len(task.truth)), best)
    return Correction(label, len(decided), gain, best), change


def _loss(logits: Numbers, truth: Numbers) -> Numbers:
    """The log loss of each row once the logits are calibrated: being less sure is no knowledge."""
    slope, offset = platt(logits, truth.astype(np.int64), np.ones(len(truth)))
    calibrated = slope * logits + offset
    return np.asarray(np.logaddexp(0.0, calibrated) - truth * calibrated, dtype=np.float64)


def _fit(task: _Task, at: NDArray[np.intp], strength: float | None) -> tuple[Numbers, Numbers]:
    """A change of the weights and an intercept by source; no change where strength is None."""
    sources, truth = task.sources[at], task.truth[at]
    width = 0 if strength is None else task.rows.shape[1]
    used = np.zeros(0, dtype=np.intp)
    features = sources
    if strength is not None:
        rows = task.rows[at]
        used = np.flatnonzero(np.bincount(rows.indices, minlength=width))
        features = hstack([rows[:, used], sources], format="csr")
    penalty = np.full(features.shape[1], 1.0 / (strength or 1.0))
    penalty[len(used) :] = 1.0
    start = task.logits[at]
    by_row = features.T.tocsr()

    def loss(values: Numbers) -> tuple[float, Numbers]:
        logits = start + task.slope * (features @ values)
        rest = 1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))) - truth
        lost = task.weights[at] @ (np.logaddexp(0.0, logits) - truth * logits)
        slopes = task.slope * (by_row @ (task.weights[at] * rest)) + penalty * values
        return float(lost + 0.5 * penalty @ np.square(values)), slopes

    found = minimize(
        loss,
        np.zeros(features.shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MOST_STEPS, "ftol": _TOLERANCE},
    ).x
    change = np.zeros(task.rows.shape[1])
    change[used] = found[: len(used)]
    return change, found[len(used) :]


def _apply(task: _Task, at: NDArray[np.intp], change: Numbers, levels: Numbers) -> Numbers:
    added = task.rows[at] @ change + task.sources[at] @ levels
    return np.asarray(task.logits[at] + task.slope * added, dtype=np.float64)


def _sources(examples: Sequence[Example]) -> csr_matrix:
    names = sorted({example.corpus for example in examples})
    columns = np.array([names.index(example.corpus) for example in examples])
    data = np.full(len(examples), _SOURCE_SCALE)
    shape = (len(examples), len(names))
    return csr_matrix((data, (np.arange(len(examples)), columns)), shape=shape)
