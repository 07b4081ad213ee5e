"""The two faces of a verdict: what a commenter may see, and what a moderator sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from moderation.finding import Finding, Source
from moderation.policy import Policy, Wording
from moderation.span import Span, merge
from moderation.text import Text
from moderation.verdict import Action, Reason, Verdict, Versions


class SpanShown(BaseModel):
    """A stretch of the comment. `end` is exclusive."""

    start: int = Field(description="In code points.")
    end: int
    start_utf16: int = Field(description="In UTF-16 units, as JavaScript counts.")
    end_utf16: int
    text: str


class ClauseShown(BaseModel):
    """One broken clause, as the commenter is told."""

    clause: str = Field(examples=["profanity"])
    action: Action
    text: Wording = Field(description="The clause in the publication terms.")
    message: Wording = Field(description="What to tell the commenter.")
    spans: list[SpanShown]


class SourceShown(BaseModel):
    """The rule or the classifier's label that found it."""

    kind: Literal["rule", "model"]
    name: str
    version: str


class ReasonShown(ClauseShown):
    """One reason with its evidence, for moderators."""

    source: SourceShown
    score: float
    evidence: list[str]
    mention: bool = Field(description="The words are quoted, negated or condemned.")
    flag_only: bool = Field(
        False, description="The rule may not reject: it is new and hit too much."
    )


class ShadowShown(BaseModel):
    """What a rule found that decided nothing."""

    clause: str
    source: SourceShown
    score: float
    spans: list[SpanShown]
    evidence: list[str]


class VersionsShown(BaseModel):
    """What judged."""

    rules: str
    policy: str
    model: str | None


class CommenterVerdict(BaseModel):
    """The verdict for the comment form."""

    action: Action
    reasons: list[ClauseShown]


class ModeratorVerdict(BaseModel):
    """The verdict with everything that led to it."""

    action: Action
    reasons: list[ReasonShown]
    scores: dict[str, float]
    versions: VersionsShown
    degraded: bool = Field(description="The classifier should have run and did not.")
    shadow: list[ShadowShown] = Field(description="What rules in shadow found.")
    throttled: list[ShadowShown] = Field(
        [], description="What rules found that act only where they match often."
    )
    seconds: float


class Faces:
    """Shows verdicts in the words of one policy and of the messages of one rule set."""

    def __init__(self, policy: Policy, messages: Mapping[str, Wording]) -> None:
        self._policy = policy
        self._messages = messages

    def of(
        self, verdict: Verdict, original: str, *, evidence: bool
    ) -> ModeratorVerdict | CommenterVerdict:
        """The moderator's face where `evidence` may be seen, else the commenter's."""
        face = self.moderator if evidence else self.commenter
        return face(verdict, original)

    def commenter(self, verdict: Verdict, original: str) -> CommenterVerdict:
        """One reason for each clause; patterns, scores and sources stay inside."""
        text = Text(original)
        by_clause: dict[str, list[Reason]] = {}
        for reason in verdict.reasons:
            by_clause.setdefault(reason.clause, []).append(reason)
        return CommenterVerdict(
            action=verdict.action,
            reasons=[
                ClauseShown(
                    clause=clause,
                    action=reasons[0].action,
                    text=self._clause_text(clause),
                    message=self._message(clause, reasons),
                    spans=_spans(text, merge(s for reason in reasons for s in reason.spans)),
                )
                for clause, reasons in by_clause.items()
            ],
        )

    def moderator(self, verdict: Verdict, original: str) -> ModeratorVerdict:
        """Every reason, source, score and version."""
        text = Text(original)
        return ModeratorVerdict(
            action=verdict.action,
            reasons=[
                ReasonShown(
                    clause=reason.clause,
                    action=reason.action,
                    text=self._clause_text(reason.clause),
                    message=self._message(reason.clause, [reason]),
                    spans=_spans(text, reason.spans),
                    source=_source(reason.source),
                    score=reason.score,
                    evidence=list(reason.evidence),
                    mention=reason.mention,
                    flag_only=reason.flag_only,
                )
                for reason in verdict.reasons
            ],
            scores=dict(verdict.scores),
            versions=_versions(verdict.versions),
            degraded=verdict.degraded,
            shadow=[_shadow(text, finding) for finding in verdict.shadow],
            throttled=[_shadow(text, finding) for finding in verdict.throttled],
            seconds=verdict.seconds,
        )

    def words(self, clause: str, verdict: Verdict) -> tuple[Wording, Wording]:
        """A clause's text and what to tell the commenter whose comment was refused by it."""
        reasons = [reason for reason in verdict.reasons if reason.clause == clause]
        return self._clause_text(clause), self._message(clause, reasons)

    def _clause_text(self, clause: str) -> Wording:
        known = self._policy.clauses.get(clause)
        # A record may outlive the clause that it names.
        return known.text if known else Wording(ar=clause, en=clause)

    def _message(self, clause: str, reasons: Iterable[Reason]) -> Wording:
        for reason in reasons:
            own = self._messages.get(reason.source.name) if reason.source.kind == "rule" else None
            if own is not None:
                return own
        known = self._policy.clauses.get(clause)
        return known.message if known else self._clause_text(clause)


def _spans(text: Text, spans: Iterable[Span]) -> list[SpanShown]:
    return [
        SpanShown(
            start=span.start,
            end=span.end,
            start_utf16=text.utf16(span.start),
            end_utf16=text.utf16(span.end),
            text=text.cut(span),
        )
        for span in spans
    ]


def _source(source: Source) -> SourceShown:
    return SourceShown(kind=source.kind, name=source.name, version=source.version)


def _versions(versions: Versions) -> VersionsShown:
    return VersionsShown(rules=versions.rules, policy=versions.policy, model=versions.model)


def _shadow(text: Text, finding: Finding) -> ShadowShown:
    return ShadowShown(
        clause=finding.clause,
        source=_source(finding.source),
        score=finding.score,
        spans=_spans(text, finding.spans),
        evidence=list(finding.evidence),
    )
