"""What clients send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from api.characters import Prose
from api.problems import FieldError, invalid
from api.settings import Settings
from moderation.comment import Article, Comment
from moderation.text import Text


def _is_one_line(value: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise ValueError("control characters are not allowed")
    return value


def says_something(value: str) -> str:
    """The text itself. Raises ValueError for one that shows nothing to a reader."""
    if not value or not Text(value).folded.text.strip():
        raise ValueError("the text is empty")
    return value


Line = Annotated[Prose, Field(max_length=1_000), AfterValidator(_is_one_line)]
Identifier = Annotated[Prose, Field(min_length=1, max_length=200), AfterValidator(_is_one_line)]


class _Sent(BaseModel):
    # Strict: a number is not taken for a string, nor a word for a truth value.
    model_config = ConfigDict(extra="forbid", strict=True)


class ArticleSent(_Sent):
    """The article under which the comment stands."""

    title: Line = Field("", examples=["الأمن يفكك خلية جهادية"])
    authors: list[Line] = Field([], max_length=50, examples=[["سليم الخطيب"]])
    id: Identifier | None = Field(None, examples=["article-7"])
    url: Line | None = None
    section: Line | None = Field(None, examples=["أخبار"])
    tags: list[Line] = Field([], max_length=100)
    people: list[Line] = Field(
        [], max_length=100, description="Who is named in the article.", examples=[["سامي الحداد"]]
    )

    def article(self) -> Article:
        """The value that the engine reads."""
        return Article(
            title=self.title,
            authors=tuple(self.authors),
            id=self.id,
            url=self.url,
            section=self.section,
            tags=tuple(self.tags),
            people=tuple(self.people),
        )


class CommentSent(_Sent):
    """A reader's comment."""

    id: Identifier = Field(
        description="Names the comment at the publisher.", examples=["comment-1"]
    )
    text: Annotated[Prose, AfterValidator(says_something)] = Field(
        description="The comment as it was written, in plain text: markup is not taken out.",
        examples=["تحقيق جيد، لكن أين مصادر الكاتب؟"],
    )
    article: ArticleSent | None = None
    author: Line | None = Field(
        None, description="Pseudonymous id of the commenter.", examples=["reader-12"]
    )
    parent: Prose | None = Field(
        None, description="Text of the comment that this one answers.", examples=["رأيي مختلف"]
    )
    newcomer: bool | None = Field(
        None,
        description="Whether it is one of its author's first comments. Where it is not said, the "
        "first three on record are.",
    )
    repeats: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="How often the same text came within a day, this time included. Counted here "
        "where it is not said.",
    )

    def comment(self) -> Comment:
        """The value that the engine judges."""
        return Comment(
            id=self.id,
            text=self.text,
            article=self.article.article() if self.article else None,
            author=self.author,
            parent=self.parent,
            newcomer=self.newcomer,
            repeats=self.repeats,
        )


class AppealSent(_Sent):
    """What a commenter says against a refusal."""

    text: Annotated[Prose, Field(max_length=2_000), AfterValidator(says_something)] = Field(
        description="For the moderator who judges it anew.", examples=["لم أقصد أحدا بعينه"]
    )


class PreviewSent(CommentSent):
    """A comment that is judged and not recorded; it needs no id."""

    id: Identifier = Field("preview", examples=["draft-1"])


class BatchSent(_Sent):
    """Comments that are judged together."""

    comments: list[PreviewSent] = Field(min_length=1)


class ClaimSent(_Sent):
    """How many items a moderator takes, and of which kind."""

    count: int = Field(1, ge=1, le=50, description="How many items to lease.")
    clause: Identifier | None = Field(None, examples=["person_insult"])
    article: Identifier | None = Field(None, examples=["article-7"])
    section: Line | None = Field(None, examples=["أخبار"])
    escalated: bool = Field(False, description="Take escalated items in place of waiting ones.")


class ResolveSent(_Sent):
    """A moderator's decision."""

    outcome: Literal["approve", "reject", "escalate"]
    clause: Identifier | None = Field(
        None,
        description="The clause that the comment breaks; a rejection needs it.",
        validate_default=True,
    )
    note: Annotated[Prose, Field(max_length=2_000)] | None = Field(
        None, description="For other moderators.", examples=["نقد قاس لكنه مشروع"]
    )

    @field_validator("clause")
    @classmethod
    def _only_with_a_rejection(cls, clause: str | None, info: ValidationInfo) -> str | None:
        outcome = info.data.get("outcome")
        if outcome == "reject" and clause is None:
            raise ValueError("a rejection names the clause that the comment breaks")
        if outcome in {"approve", "escalate"} and clause is not None:
            raise ValueError("only a rejection names a clause")
        return clause


def within_limits(sent: CommentSent, settings: Settings, place: str = "#") -> Comment:
    """The comment to judge. Raises Problem (422) where a text is longer than the site allows."""
    limit = settings.comment_characters
    errors = [
        FieldError(
            detail=f"{len(text)} characters; at most {limit} are judged", pointer=f"{place}/{name}"
        )
        for name, text in (("text", sent.text), ("parent", sent.parent or ""))
        if len(text) > limit
    ]
    if errors:
        raise invalid(errors)
    return sent.comment()
