"""What is judged: a comment and the article under which it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """The article that a comment answers. Everything but the title may be unknown.

    `people` are those whom the article names.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    id: str | None = None
    url: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's comment. `parent` is the text of the comment that it answers.

    `newcomer` says whether it is one of the first of its author; `repeats` how often the same text
    came within a day, this time included. None where it is not known.
    """

    id: str
    text: str
    article: Article | None = None
    author: str | None = None
    parent: str | None = None
    newcomer: bool | None = None
    repeats: int | None = None
