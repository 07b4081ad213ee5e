"""The judgement of one comment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from moderation.finding import Finding, Source
from moderation.span import Span


class Action(StrEnum):
    """What happens to a comment. The order of severity is allow, flag, reject."""

    ALLOW = "allow"
    FLAG = "flag"
    REJECT = "reject"

    @property
    def severity(self) -> int:
        """0 for allow, 1 for flag, 2 for reject."""
        return _SEVERITY[self]


_SEVERITY = {Action.ALLOW: 0, Action.FLAG: 1, Action.REJECT: 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a comment was not simply allowed: one clause, one source.

    `action` is what this clause alone asks for. `score` is 0..1. `evidence` is for moderators.
    `flag_only` says that its rule was kept from rejecting: a breaker tripped.
    """

    clause: str
    action: Action
    source: Source
    score: float
    spans: tuple[Span, ...] = ()
    evidence: tuple[str, ...] = ()
    mention: bool = False
    flag_only: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """What judged. `model` is None where no classifier ran."""

    rules: str
    policy: str
    model: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Action, reasons with the gravest first, and everything needed to judge again alike.

    `scores` are the classifier's, 0..1 by label. `degraded` says that the classifier should have
    run and did not. `shadow` findings decided nothing; nor did `throttled` ones, whose rules had
    not matched often enough. `seconds` is the time that judging took.
    """

    action: Action
    reasons: tuple[Reason, ...]
    scores: Mapping[str, float]
    versions: Versions
    degraded: bool = False
    shadow: tuple[Finding, ...] = ()
    throttled: tuple[Finding, ...] = ()
    seconds: float = 0.0
