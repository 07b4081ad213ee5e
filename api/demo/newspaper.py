"""What the demo shows: articles, readers' comments, and what moderators did with some of them.

All of it is invented, in JSON Lines beside this module.

articles   id, title, authors, section
comments   id, article, author, text and, for a reply, the id of the comment it answers; in the
           order of their coming
history    the steps that follow, in order; see `Step`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from moderation.comment import Article, Comment


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Line = TypeVar("Line", bound=_Line)


class _ArticleLine(_Line):
    id: str
    title: str
    authors: tuple[str, ...]
    section: str


class _CommentLine(_Line):
    id: str
    article: str
    author: str
    text: str
    parent: str | None = None


class Step(_Line):
    """What became of a comment. A moderator acts, or its author appeals with `note` as the words.

    `by` is the name of one of the demo's accounts; None where the author acts.
    """

    comment: str
    does: Literal["approve", "reject", "escalate", "appeal"]
    by: str | None = None
    clause: str | None = None
    note: str = ""


@cache
def article(identifier: str) -> Article:
    """An article of the newspaper. Raises KeyError for an unknown id."""
    return _articles()[identifier]


@cache
def comments() -> tuple[Comment, ...]:
    """Every comment, in the order of their coming."""
    lines = tuple(_read("comments.jsonl", _CommentLine))
    texts = {line.id: line.text for line in lines}
    return tuple(
        Comment(
            id=line.id,
            text=line.text,
            article=article(line.article),
            author=line.author,
            parent=None if line.parent is None else texts[line.parent],
        )
        for line in lines
    )


@cache
def history() -> tuple[Step, ...]:
    """What moderators and appealing authors did, in order."""
    return tuple(_read("history.jsonl", Step))


@cache
def _articles() -> dict[str, Article]:
    return {
        line.id: Article(id=line.id, title=line.title, authors=line.authors, section=line.section)
        for line in _read("articles.jsonl", _ArticleLine)
    }


def _read(name: str, model: type[Line]) -> Iterator[Line]:
    for line in (files("api.demo") / name).read_text("utf-8").splitlines():
        yield model.model_validate_json(line)
