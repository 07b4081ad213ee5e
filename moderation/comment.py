"""What is judged: a comment and the article under which it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """The article that a comment answers. Everything but the title may be unknown."""

    title: str = ""
    authors: tuple[str, ...] = ()
    id: str | None = None
    url: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's comment. `parent` is the text of the comment that it answers."""

    id: str
    text: str
    article: Article | None = None
    author: str | None = None
    parent: str | None = None
