"""What a golden item looks like: a comment as this site's commenters send them.

Its id, author and article are made after those that came lately, so that nothing about it is out of
the ordinary; no commenter's name is used.
"""

from __future__ import annotations

import re
import string
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from random import Random, SystemRandom
from typing import Final

from moderation.comment import Article, Comment
from moderation.dialect import guess
from moderation.engine import Engine
from moderation.store import Mark, NotFound, Record, Store
from moderation.store.review import ReviewLists
from moderation.text import Text
from moderation.verdict import Action, Verdict
from rules.people import spelled_first_names

_SAMPLE: Final = 50
_TRIES: Final = 40
_TOKEN: Final = re.compile(r"[0-9A-Za-z]*[0-9][0-9A-Za-z]*")
_NUMBERED: Final = re.compile("([A-Za-z]*)([0-9]+)")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_KEPT_OF_UUID: Final = (14, 19)
"""Where a UUID says what kind it is."""
_ARABIC: Final = re.compile("[\u0621-\u064a]")


@dataclass(frozen=True, slots=True)
class Guise:
    """A golden item as a comment in the queue."""

    comment: Comment
    verdict: Verdict
    marks: tuple[Mark, ...]
    dialect: str | None


async def guise_of(
    text: str, title: str, store: Store, engine: Engine, random: Random | None = None
) -> Guise | None:
    """How a text of a golden item can come up; None while it cannot without standing out.

    What the machine publishes comes into a queue by the watch list alone.
    """
    random = random or SystemRandom()
    records: Sequence[Record] = (await store.recent(_SAMPLE)).records
    lists = await store.review.all()
    plain = engine.judge(Comment("", text, Article(title) if title else None))
    if plain.action is Action.ALLOW:
        watched = [record for record in records if _is_watched(record, lists)]
        if not watched and not lists.authors:
            return None
        records = watched or records
    sample = random.choice(records) if records else None
    comment = Comment(
        id=await _new_id(sample, store, random),
        text=text,
        article=await _article(title, sample, records, store, random),
        author=await _new_author(records, store, random),
    )
    comment = replace(comment, newcomer=comment.author is not None or None)
    verdict = _flagged(engine.judge(comment))
    marks = [Mark.NEW_COMMENTER] if comment.author else []
    if comment.article and _stands_watched(comment.article, lists):
        marks.append(Mark.WATCHED)
    elif verdict.action is Action.ALLOW:
        marks.append(Mark.ALWAYS_REVIEW)
    return Guise(comment, verdict, tuple(marks), guess(Text(text)))


def _flagged(verdict: Verdict) -> Verdict:
    """What the machine refuses does not wait in a queue: here it is as if its rules were young."""
    if verdict.action is not Action.REJECT:
        return verdict
    reasons = tuple(
        replace(reason, action=Action.FLAG) if reason.action is Action.REJECT else reason
        for reason in verdict.reasons
    )
    return replace(verdict, action=Action.FLAG, reasons=reasons)


def _is_watched(record: Record, lists: ReviewLists) -> bool:
    article = record.revision.comment.article
    return article is not None and _stands_watched(article, lists)


def _stands_watched(article: Article, lists: ReviewLists) -> bool:
    return article.id in {each.name for each in lists.articles} or article.section in {
        each.name for each in lists.sections
    }


async def _article(
    title: str,
    sample: Record | None,
    records: Sequence[Record],
    store: Store,
    random: Random,
) -> Article | None:
    """An article of late: that of the title, or any; one of another title is a new one."""
    lately = [record.revision.comment.article for record in records]
    for article in lately:
        if article is not None and title and article.title == title:
            return article
    near = sample.revision.comment.article if sample else None
    if not title:
        return near
    if near is None or near.id is None:
        return Article(title)

    async def is_free(article: str) -> bool:
        return not (await store.under(article, limit=1)).records

    return Article(title, id=await _new(near.id, is_free, random), section=near.section)


async def _new_id(sample: Record | None, store: Store, random: Random) -> str:
    async def is_free(identifier: str) -> bool:
        try:
            await store.get(identifier)
        except NotFound:
            return True
        return False

    return await _new(sample.id if sample else "c-10000", is_free, random)


async def _new_author(records: Sequence[Record], store: Store, random: Random) -> str | None:
    authors = [each.revision.comment.author for each in records]
    sample = random.choice(authors) if authors else None
    if sample is None:
        return None

    async def is_free(author: str) -> bool:
        return (await store.authors.history(author)).submitted == 0

    if _TOKEN.search(sample):
        return await _new(sample, is_free, random)
    names = [
        name
        for name in spelled_first_names()
        if bool(_ARABIC.search(name)) == bool(_ARABIC.search(sample))
    ]
    words = max(1, len(sample.split()))
    for attempt in range(_TRIES):
        author = " ".join(random.sample(names, words + attempt // 20))
        if await is_free(author):
            return author
    return f"{author} {random.randrange(100)}"


async def _new(sample: str, is_free: Callable[[str], Awaitable[bool]], random: Random) -> str:
    for attempt in range(_TRIES):
        found = like(sample, random, whole=attempt > _TRIES // 2)
        if found != sample and await is_free(found):
            return found
    return f"{found}{random.randrange(10**6, 10**7)}"


def like(sample: str, random: Random, *, whole: bool = False) -> str:
    """An id made like another: its digits, and letters among them, changed in their second half.

    One without digits gets some. `whole` changes them all.
    """
    if _UUID.fullmatch(sample):
        return "".join(
            character if at in _KEPT_OF_UUID else _another(character, random, "abcdef")
            for at, character in enumerate(sample)
        )
    if not _TOKEN.search(sample):
        return f"{sample}-{random.randrange(1000, 10000)}"

    return _TOKEN.sub(lambda token: _changed(token[0], random, whole=whole), sample)


def _changed(token: str, random: Random, *, whole: bool) -> str:
    # «reader7» is a word and a number; «k3x9q» is neither.
    numbered = _NUMBERED.fullmatch(token)
    word, rest = numbered.groups() if numbered else ("", token)
    kept = 0 if whole else len(rest) // 2
    changed = (_another(each, random, string.ascii_lowercase) for each in rest[kept:])
    return word + rest[:kept] + "".join(changed)


def _another(character: str, random: Random, letters: str) -> str:
    if character.isdigit():
        return random.choice(string.digits)
    if not character.isalpha():
        return character
    other = random.choice(letters)
    return other.upper() if character.isupper() else other
