"""Coral's external moderation phase: what it sends, and what it understands.

Coral drops an answer with a value that it does not know, and the comment goes on unmoderated: hence
an answer says as little as it can.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.faces import Faces
from api.wire.markup import visible_text
from moderation.comment import Article, Comment
from moderation.verdict import Action, Verdict


class Format(StrEnum):
    """The form of bodies that the phase is set to send."""

    HTML = "html"
    PLAIN = "plain"


class _Sent(BaseModel):
    # Releases of Coral add keys; what is not read is let pass.
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class PhaseComment(_Sent):
    """The comment. It has no id yet."""

    body: str | None = Field(None, examples=["<div>تحقيق جيد</div>"])
    parent_id: str | None = Field(None, alias="parentID")


class PhaseAuthor(_Sent):
    """Who wrote it."""

    id: str | None = None
    role: str | None = Field(None, examples=["COMMENTER", "STAFF"])


class PhaseStory(_Sent):
    """The article, without its title."""

    id: str | None = None
    url: str | None = None


class PhaseSent(_Sent):
    """One comment that is posted or edited."""

    action: Literal["NEW", "EDIT"] = "NEW"
    comment: PhaseComment
    author: PhaseAuthor = PhaseAuthor()
    story: PhaseStory = PhaseStory()

    def judged(self, form: Format, longest: int) -> Comment | None:
        """The value that the engine judges; None where the body, markup included, has more than
        `longest` code points."""
        body = self.comment.body or ""
        if len(body) > longest:
            return None
        return Comment(
            id="coral",
            text=visible_text(body) if form is Format.HTML else body,
            article=Article(id=self.story.id, url=self.story.url),
            author=self.author.id,
        )


class RejectionReason(BaseModel):
    """Why, as Coral tells the commenter."""

    code: str = Field(examples=["HATE_SPEECH"])
    detailedExplanation: str  # noqa: N815 - Coral's name


class ModerationAction(BaseModel):
    """A rejection as newer releases of Coral take it."""

    status: Literal["REJECTED"] = "REJECTED"
    rejectionReason: RejectionReason  # noqa: N815


class FlagAction(BaseModel):
    """A flag that moderators see on the comment."""

    actionType: Literal["FLAG"] = "FLAG"  # noqa: N815
    reason: Literal["COMMENT_DETECTED_TOXIC"] = "COMMENT_DETECTED_TOXIC"


class PhaseAnswer(BaseModel):
    """What becomes of the comment."""

    status: Literal["SYSTEM_WITHHELD", "REJECTED"]
    actions: list[FlagAction] | None = None
    moderationAction: ModerationAction | None = None  # noqa: N815


HELD: Final = PhaseAnswer(status="SYSTEM_WITHHELD", actions=[FlagAction()])
"""Coral withholds the comment and queues it for its moderators."""

CODES: Final = {
    "author_insult": "ABUSIVE",
    "person_insult": "ABUSIVE",
    "profanity": "OFFENSIVE",
    "sanctities": "OFFENSIVE",
    "divine_insult": "OFFENSIVE",
    "religion_attack": "HATE_SPEECH",
    "sectarian_incitement": "HATE_SPEECH",
    "racist_incitement": "HATE_SPEECH",
}
"""Coral's code for each clause; a clause that a site adds is told as OTHER_CODE."""
OTHER_CODE: Final = "OFFENSIVE"


def answer(verdict: Verdict, faces: Faces) -> PhaseAnswer | None:
    """Coral's form of a verdict; None where it has no opinion."""
    if verdict.action is Action.ALLOW:
        return None
    if verdict.action is Action.FLAG:
        return HELD
    clause = verdict.reasons[0].clause
    _, message = faces.words(clause, verdict)
    reason = RejectionReason(code=CODES.get(clause, OTHER_CODE), detailedExplanation=message.ar)
    return PhaseAnswer(status="REJECTED", moderationAction=ModerationAction(rejectionReason=reason))
