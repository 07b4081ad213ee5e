"""The seams between the engine and its two detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from moderation.comment import Comment
from moderation.finding import Finding
from moderation.span import Span
from moderation.text import Text
from moderation.throttle import Throttle

Context = Literal["newcomer", "repeats"]
"""What of a comment's context is not in it and has to be remembered."""


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

    @property
    def context(self) -> frozenset[Context]:
        """Which of a comment's remembered context some rule reads."""

    @property
    def throttles(self) -> Mapping[str, Throttle]:
        """By name of a rule that acts only where it matches often: how often."""

    @property
    def expirations(self) -> Mapping[str, datetime]:
        """By name of a rule that ends by itself: when."""

    @property
    def fingerprints(self) -> Mapping[str, str]:
        """By name of a rule that may decide something: a hash of everything that it matches by."""

    def match(
        self,
        comment: Comment,
        text: Text,
        *,
        at: datetime | None = None,
        untold: frozenset[str] = frozenset(),
    ) -> Matches:
        """Every match in the text and its context, by the rules in force at a time (now, where none
        is given). Rules named in `untold` are no signals."""


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
