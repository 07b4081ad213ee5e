"""The seams between the engine and its two detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from moderation.comment import Comment
from moderation.finding import Finding
from moderation.span import Span
from moderation.text import Text


class Matches(Protocol):
    """What the rules matched in one comment, before the classifier's scores are known."""

    @property
    def signals(self) -> frozenset[str]:
        """Names of what matched, for a classifier that weighs what rules found."""

    def findings(self, scores: Mapping[str, float]) -> Sequence[Finding]:
        """The rules that hold, given the classifier's scores (empty where it did not run)."""


class Rules(Protocol):
    """The declarative detector."""

    @property
    def version(self) -> str:
        """Names the content of the rule set: equal versions judge equally."""

    def match(self, comment: Comment, text: Text) -> Matches:
        """Every match in the text and its context."""


class Classifier(Protocol):
    """The trained detector."""

    @property
    def version(self) -> str:
        """Names the content of the model: equal versions score equally."""

    def score(self, text: Text, signals: frozenset[str]) -> Mapping[str, float]:
        """Calibrated probabilities, 0..1, by label."""

    def explain(
        self, text: Text, labels: Sequence[str], signals: frozenset[str]
    ) -> Mapping[str, tuple[Span, ...]]:
        """By label: the stretches that raised its score most."""
