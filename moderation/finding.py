"""What a detector found: a clause that a text may break, how surely, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moderation.span import Span


@dataclass(frozen=True, slots=True)
class Source:
    """Who found it: a rule of a pack version, or a label of a model version."""

    kind: Literal["rule", "model"]
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause, found once. Detectors know nothing of actions; the policy decides.

    `score` is 0..1. `spans` are code points of the original text and may be empty (a rule on
    context alone). `evidence` is for moderators, never for commenters. `mention` says that the
    words stand in a frame of mention (quoted, negated, condemned) and not of use. A `shadow`
    finding is recorded and decides nothing; neither does a `throttled` one, whose rule acts only
    where it matches often.
    """

    clause: str
    score: float
    source: Source
    spans: tuple[Span, ...] = ()
    evidence: tuple[str, ...] = ()
    mention: bool = False
    shadow: bool = False
    throttled: bool = False
