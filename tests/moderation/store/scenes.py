"""Situations in which tests begin."""

from __future__ import annotations

from moderation.comment import Article
from moderation.store import Item, Outcome, Resolution, Store
from moderation.verdict import Action
from tests.moderation.store.samples import ARTICLE, comment, verdict

APPROVE = Resolution(Outcome.APPROVE)
REJECT = Resolution(Outcome.REJECT, "person_insult")
ESCALATE = Resolution(Outcome.ESCALATE)


async def flagged(
    store: Store, name: str, text: str = "يا كلب", *, score: float = 0.7, article: Article = ARTICLE
) -> str:
    """The item of a flagged comment that waits."""
    record = await store.submit(comment(name, text, article), verdict(Action.FLAG, score=score))
    assert record.item is not None
    return record.item


async def resolved(
    store: Store, name: str, moderator: str = "m-1", resolution: Resolution = REJECT
) -> str:
    """The item of a comment that a moderator decided."""
    item = await flagged(store, name)
    await store.queue.take(item, moderator)
    await store.queue.resolve(item, moderator, resolution)
    return item


def names(items: tuple[Item, ...]) -> list[str]:
    """The comments of items, in their order."""
    return [item.comment.id for item in items]


async def kinds(store: Store, comment_id: str) -> list[tuple[str, str]]:
    """What the trail tells of a comment: kinds and actors."""
    return [(entry.kind, entry.actor) for entry in await store.audit.of(comment_id)]
