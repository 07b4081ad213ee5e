"""What a scan found, in numbers that can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

BINS: Final = 20
"""Bins of a score histogram, each 0.05 wide."""


@dataclass(slots=True)
class Tally:
    """Counts over rows. Clauses and sources count once for each row that they were reasons of.

    `scores` are histograms by label, `by_clause` actions by clause.
    """

    judged: int = 0
    failed: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    by_clause: dict[str, Counter[str]] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)
    scores: dict[str, list[int]] = field(default_factory=dict)

    def count(self, answer: Mapping[str, Any]) -> None:
        """Counts one answer in the form of `moderation check --format jsonl`."""
        if "error" in answer:
            self.failed += 1
            return
        self.judged += 1
        self.actions[answer["action"]] += 1
        for clause in {reason["clause"] for reason in answer["reasons"]}:
            self.by_clause.setdefault(clause, Counter())[answer["action"]] += 1
        self.sources.update({reason["source"] for reason in answer["reasons"]})
        for label, score in answer["scores"].items():
            histogram = self.scores.setdefault(label, [0] * BINS)
            histogram[min(int(score * BINS), BINS - 1)] += 1

    def add(self, other: Tally) -> None:
        """Adds what another found."""
        self.judged += other.judged
        self.failed += other.failed
        self.actions.update(other.actions)
        self.sources.update(other.sources)
        for clause, actions in other.by_clause.items():
            self.by_clause.setdefault(clause, Counter()).update(actions)
        for label, histogram in other.scores.items():
            own = self.scores.setdefault(label, [0] * BINS)
            self.scores[label] = [a + b for a, b in zip(own, histogram, strict=True)]

    def dump(self) -> dict[str, Any]:
        """As JSON says it."""
        return {
            "judged": self.judged,
            "failed": self.failed,
            "actions": dict(self.actions),
            "clauses": {clause: dict(actions) for clause, actions in self.by_clause.items()},
            "sources": dict(self.sources.most_common()),
            "scores": self.scores,
        }

    @classmethod
    def load(cls, said: Mapping[str, Any]) -> Self:
        """The reverse of `dump`."""
        return cls(
            judged=said["judged"],
            failed=said["failed"],
            actions=Counter(said["actions"]),
            by_clause={clause: Counter(actions) for clause, actions in said["clauses"].items()},
            sources=Counter(said["sources"]),
            scores={label: list(histogram) for label, histogram in said["scores"].items()},
        )
