"""The trained detector: calibrated scores of a text, and the stretches that raised them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from classifiers import bundle
from classifiers.annotated import VIOLATION
from classifiers.features import Bag, bag, buckets
from classifiers.model import Model, once
from classifiers.repair import Repaired, Repairer
from moderation.letters import NEWLINE, SPACE
from moderation.span import Span, merge
from moderation.text import Text
from moderation.view import View

MOST_SPANS: Final = 3
"""How many stretches are shown for one label."""

Margins = NDArray[np.float64]
Scores = NDArray[np.float64]
Stretches = tuple[tuple[int, int], ...]
"""Positions of the folded view, ends exclusive."""

_WORTH_SHOWING: Final = 0.3
"""A stretch is shown where it raised the score at least this much of what the strongest did."""


_DOUBTFUL: Final = 0.2
"""A text that scores less as a violation is not read in another way."""
_SURE: Final = 0.6
"""Another reading counts where it scores so much: it is a guess, and most texts have odd words."""


class _Reading(NamedTuple):
    """The scores of the reading of a text that counts, and that reading where it is not the text.

    `text` and `signals` are what was read.
    """

    text: Text
    signals: frozenset[str]
    scores: Scores
    repaired: Repaired | None


class TrainedClassifier:
    """Scores texts by a trained model; threads may share one.

    A text that may be a violation and has words that nobody writes is scored as it may have been
    meant too (see `classifiers.repair`). The scores are those of that reading where it is surely
    one.
    """

    def __init__(self, model: Model, version: str) -> None:
        self._model = model
        self._version = version
        self._repairer = Repairer(model.vocabulary)
        self._violation = model.labels.index(VIOLATION) if VIOLATION in model.labels else None
        # Who asks why asks right after the score: what was read last needs not be read again.
        self._last: _Reading | None = None

    def __reduce__(self) -> tuple[type[TrainedClassifier], tuple[Model, str]]:
        # What was read last is not written down.
        return TrainedClassifier, (self._model, self._version)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model of a bundle. Raises BundleError where the bundle is not to be trusted."""
        loaded = bundle.load(folder)
        return cls(loaded.model, loaded.version)

    @property
    def version(self) -> str:
        """Names the content of the model: equal versions score equally."""
        return self._version

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that are scored."""
        return self._model.labels

    def score(self, text: Text, signals: frozenset[str] = frozenset()) -> Mapping[str, float]:
        """Calibrated probabilities, 0..1, by label."""
        read = self._reading(text, signals)
        return dict(zip(self._model.labels, read.scores.tolist(), strict=True))

    def _reading(self, text: Text, signals: frozenset[str]) -> _Reading:
        last = self._last
        if last is None or last.text is not text or last.signals != signals:
            last = self._last = self._read(text, signals)
        return last

    def _read(self, text: Text, signals: frozenset[str]) -> _Reading:
        scores = self._scores(text, signals)
        as_written = _Reading(text, signals, scores, None)
        head = self._violation
        if head is None or not _DOUBTFUL <= scores[head] < _SURE:
            return as_written
        repaired = self._repairer.repaired(text)
        if repaired is None:
            return as_written
        again = self._scores(repaired.text, signals)
        return as_written if again[head] < _SURE else _Reading(text, signals, again, repaired)

    def _scores(self, text: Text, signals: frozenset[str]) -> Scores:
        present = once(buckets(text, signals, self._model.features))
        return self._model.probabilities(self._model.margins(present))

    def spans(
        self, text: Text, label: str, signals: frozenset[str] = frozenset()
    ) -> tuple[Span, ...]:
        """The stretches that raised the score of one label most; see `explain`."""
        return self.explain(text, (label,), signals)[label]

    def explain(
        self, text: Text, labels: Sequence[str], signals: frozenset[str] = frozenset()
    ) -> Mapping[str, tuple[Span, ...]]:
        """By label: the stretches that raised its score most, at most three, of whole words.

        Without what is read in the stretches the score is lower: that is tried before they are
        given, and none are given where it does not hold. Raises KeyError where the model has no
        such label.
        """
        for label in labels:
            if label not in self._model.labels:
                raise KeyError(f"no label {label!r}; the model has {', '.join(self._model.labels)}")
        repaired = self._reading(text, signals).repaired
        if repaired is None:
            return self._explained(text, labels, signals)
        explained = self._explained(repaired.text, labels, signals)
        return {label: merge(map(repaired.original, spans)) for label, spans in explained.items()}

    def _explained(
        self, text: Text, labels: Sequence[str], signals: frozenset[str]
    ) -> Mapping[str, tuple[Span, ...]]:
        found = bag(text, signals, self._model.features)
        starts, ends = _units(text.folded)
        if not len(starts) or not len(found.buckets):
            return dict.fromkeys(labels, ())
        heads = [self._model.labels.index(label) for label in labels]
        present, place, count = np.unique(found.buckets, return_inverse=True, return_counts=True)
        influences = self._influences(present, count, heads)[place]
        before = self._model.margins(present)
        without: dict[Stretches, Margins] = {}
        explained: dict[str, tuple[Span, ...]] = {}
        for column, (label, head) in enumerate(zip(labels, heads, strict=True)):
            raised = _raised(influences[:, column], found, text.folded, starts)
            chosen = (raised >= max(float(raised.max()) * _WORTH_SHOWING, 1e-9)).nonzero()[0]
            explained[label] = ()
            for units in _choices(chosen, raised):
                stretches = tuple((int(starts[first]), int(ends[last])) for first, last in units)
                if stretches not in without:
                    left = _left(found, present, place, stretches)
                    without[stretches] = self._model.margins(left)
                if without[stretches][head] < before[head]:
                    explained[label] = tuple(text.folded.span(*each) for each in stretches)
                    break
        return explained

    def _influences(
        self, present: NDArray[np.int64], count: NDArray[np.intp], heads: Sequence[int]
    ) -> Margins:
        """By feature present and head: how much the margin owes to one occurrence, to the first
        order.

        A bucket's share is split between its occurrences, of which there are `count`. Leaving a
        feature out shortens the vector too, which the second term accounts for.
        """
        rows = self._model.rows(present)
        sums = rows.sum(axis=0)
        length = max(float(sums[0]), 1.0)
        labels = len(self._model.labels)
        slopes = self._model.network.gradient(sums[1 + labels :] / length**0.5)
        weights = np.zeros((labels + len(slopes), len(heads)))
        weights[heads, range(len(heads))] = 1.0
        weights[labels:] = slopes[:, heads]
        owed = rows[:, 1:] @ weights / length**0.5
        owed -= sums[1:] @ weights * rows[:, :1] / (2.0 * length**1.5)
        return np.asarray(owed / count[:, None], dtype=np.float64)


def _units(view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What can be shown: words, and runs of signs (emoji, say) between spaces or words."""
    kind = np.where(view.is_word, 1, 2)
    kind[(view.codes == SPACE) | (view.codes == NEWLINE)] = 0
    padded = np.zeros(len(kind) + 2, dtype=np.int64)
    padded[1:-1] = kind
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    starts, ends = edges[:-1], edges[1:]
    shown = padded[starts + 1] != 0
    return starts[shown], ends[shown]


def _raised(
    influence: NDArray[np.float64], found: Bag, view: View, starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """By unit: the influence of the features read there, each spread evenly over its characters."""
    density = influence / np.maximum(found.ends - found.starts, 1)
    edges = np.concatenate([found.starts, found.ends])
    change = np.bincount(edges, np.concatenate([density, -density]), len(view.codes) + 1)
    return np.add.reduceat(np.cumsum(change)[:-1], starts)


def _choices(
    chosen: NDArray[np.intp], raised: NDArray[np.float64]
) -> Sequence[list[tuple[int, int]]]:
    """Neighbouring units made one, the strongest stretches in order; then the strongest alone."""
    if not len(chosen):
        return []
    groups = np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1)
    groups.sort(key=lambda group: -float(raised[group].sum()))
    strongest = [(int(group[0]), int(group[-1])) for group in groups[:MOST_SPANS]]
    single = int(chosen[np.argmax(raised[chosen])])
    return [sorted(strongest), strongest[:1], [(single, single)]]


def _left(
    found: Bag, present: NDArray[np.int64], place: NDArray[np.intp], stretches: Stretches
) -> NDArray[np.int64]:
    """The buckets that nothing in the stretches touches, each once; signals stand nowhere and stay.

    What stands in a stretch and again elsewhere is gone too: presence counts, not number. `place`
    says where in `present` each bucket that was found stands.
    """
    touched = np.zeros(len(found.buckets), dtype=np.bool_)
    for start, end in stretches:
        touched |= (found.starts < end) & (found.ends > start)
    left = np.ones(len(present), dtype=np.bool_)
    left[place[touched]] = False
    return present[left]
