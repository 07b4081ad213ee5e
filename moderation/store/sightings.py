"""How often commenters, texts and matches were seen, for rules that ask.

Counts are of comments, known by their id: a comment that comes again, or is revised, counts once.
Commenters are known by their records; texts expire after a day, matches after the window of their
throttle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from moderation.comment import Article, Comment
from moderation.store.encoding import to_bytes
from moderation.store.library import Library
from moderation.text import Text
from moderation.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a comment's context: None where it was not asked or cannot be known."""

    newcomer: bool | None = None
    repeats: int | None = None


class Sightings:
    """The counts of one namespace. All methods raise StoreUnavailable.

    With `counting` the comment is counted too, where it was not before; without, it is held to be
    the next one, and nothing changes.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    async def see(self, comment: Comment, *, newcomer: bool, repeats: bool, counting: bool) -> Seen:
        """Whether the comment is one of its author's first three on record, and how often its text
        came within a day, this time included; of the two, what is asked.
        """
        author = comment.author or "" if newcomer else ""
        text = _digest(_plain(comment.text)) if repeats else ""
        if not author and not text:
            return Seen()
        new, times = await self._library.transition(
            "sightings_see", _digest(comment.id), comment.id, author, text, int(counting)
        )
        return Seen(new == b"1" if new else None, int(times) if times else None)

    async def passed(
        self, comment: Comment, throttles: Mapping[str, Throttle], *, counting: bool
    ) -> frozenset[str]:
        """Of rules that match a comment, by name, those whose throttle is passed by this match.

        A throttle by author or article is never passed where that is not known.
        """
        asked = [
            (rule, place, throttle)
            for rule, throttle in throttles.items()
            if (place := _place(comment, throttle)) is not None
        ]
        if not asked:
            return frozenset()
        arguments = [
            argument
            for rule, place, throttle in asked
            for argument in (
                _digest(rule, throttle.by, place),
                int(throttle.within.total_seconds() * 1000),
                throttle.matches,
            )
        ]
        passed: Sequence[int] = await self._library.transition(
            "sightings_match", _digest(comment.id), int(counting), *arguments
        )
        return frozenset(rule for (rule, _, _), yes in zip(asked, passed, strict=True) if yes)


def _place(comment: Comment, throttle: Throttle) -> str | None:
    if throttle.by == "site":
        return ""
    return (comment.author if throttle.by == "author" else _known_as(comment.article)) or None


def _known_as(article: Article | None) -> str | None:
    return None if article is None else article.id or article.url or article.title


def _plain(text: str) -> str:
    """The words of a text in one spelling; the folded text itself where it has none."""
    folded = Text(text).folded
    words = (
        folded.text[start:end]
        for start, end in zip(folded.word_starts.tolist(), folded.word_ends.tolist(), strict=True)
    )
    return " ".join(words) or folded.text


def _digest(*parts: str) -> str:
    """Sixteen digits that stand for what a client wrote, whatever its length and characters."""
    return sha256(b"\0".join(map(to_bytes, parts))).hexdigest()[:16]
