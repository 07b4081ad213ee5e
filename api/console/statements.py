"""The statement of reasons for a refusal, to its commenter (as in article 17 of the EU's DSA).

It tells the measure, the facts, the ground in the publication terms, the part that automated means
had, and how to appeal until when. It says what the commenter may know: never a rule or a score.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.console.language import Language, Words
from api.faces import Faces, SpanShown
from moderation.policy import Wording
from moderation.store import Conflict, Decider, Decision, Record, Status
from moderation.verdict import Verdict

AppealState = Literal["open", "waiting", "upheld", "closed"]


class Facts(BaseModel):
    """What the refusal is about. `spans` are the words in question; none: the text as a whole."""

    told: str
    text: str
    submitted: datetime
    spans: list[SpanShown]


class GroundTold(BaseModel):
    """The clause of the publication terms, in its own words, and why the comment breaks it."""

    told: str
    clause: str
    text: str
    why: str


class Automated(BaseModel):
    """Whether automated means found the comment, and whether they decided on it."""

    told: str
    found: bool
    decided: bool


class Redress(BaseModel):
    """What the commenter can do. `appeal` is open, waiting, upheld (the refusal was) or closed."""

    told: str
    appeal: AppealState
    until: datetime = Field(description="Appeals are taken up to then.")


class Statement(BaseModel):
    """A statement of reasons in one language. Each part tells itself in a sentence or two."""

    comment: str
    revision: int
    lang: Language
    decided: datetime
    title: str
    measure: str
    facts: Facts
    ground: GroundTold
    automated: Automated
    redress: Redress


def statement(
    record: Record, faces: Faces, language: Language, *, until: datetime, now: datetime
) -> Statement:
    """The statement of a refused record; `until` is when appeals end.

    Raises Conflict (`not_refused`) where the comment is not refused.
    """
    decision, verdict = record.decision, record.revision.verdict
    if record.status is not Status.REFUSED or decision is None:
        raise Conflict(
            "not_refused", f"comment `{record.id}` is not refused: only a refusal states reasons"
        )
    words = Words(language)
    clause = decision.clause or ""
    text, message = (_in(wording, language) for wording in faces.words(clause, verdict))
    return Statement(
        comment=record.id,
        revision=record.revision.number,
        lang=language,
        decided=decision.at,
        title=words("statement.title"),
        measure=words("statement.measure", day=words.day(decision.at)),
        facts=_facts(record, clause, faces, words),
        ground=GroundTold(
            told=words("statement.ground", text=text), clause=clause, text=text, why=message
        ),
        automated=_automated(decision, verdict, words),
        redress=_redress(record, words, until, now),
    )


def _facts(record: Record, clause: str, faces: Faces, words: Words) -> Facts:
    comment = record.revision.comment
    told = faces.commenter(record.revision.verdict, comment.text)
    spans = [span for reason in told.reasons if reason.clause == clause for span in reason.spans]
    title = comment.article.title if comment.article else ""
    where = words("statement.under", title=title) if title else words("statement.under_article")
    about = words("statement.words" if spans else "statement.whole")
    facts = words("statement.facts", day=words.day(record.submitted), where=where)
    return Facts(
        told=f"{facts} {about}", text=comment.text, submitted=record.submitted, spans=spans
    )


def _automated(decision: Decision, verdict: Verdict, words: Words) -> Automated:
    decided = decision.by is Decider.MACHINE
    found = decided or bool(verdict.reasons)
    way = "decided" if decided else "found" if found else "unused"
    return Automated(told=words(f"statement.automated_{way}"), found=found, decided=decided)


def _redress(record: Record, words: Words, until: datetime, now: datetime) -> Redress:
    appeal = record.appeal
    state: AppealState = "open" if now < until else "closed"
    if appeal is not None:
        state = "waiting" if appeal.outcome is None else "upheld"
    told = words(f"statement.appeal_{state}", day=words.day(appeal.at if appeal else until))
    return Redress(told=f"{told} {words('statement.elsewhere')}", appeal=state, until=until)


def _in(wording: Wording, language: Language) -> str:
    return wording.ar if language == "ar" else wording.en
