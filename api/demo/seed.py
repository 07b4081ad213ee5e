"""Fills an empty service with the demo's comments and decisions, as the real ones would come."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.demo.newspaper import Step, comments, history
from api.routes.comments import accepted
from api.service import Service
from moderation.store import Conflict, Store
from moderation.store.item import Outcome, Resolution


def steps() -> int:
    """How often `seed` says that it has advanced."""
    return len(comments()) + len(history())


async def seed(
    service: Service, moderators: Mapping[str, str], advanced: Callable[[], None]
) -> None:
    """Submits every comment, then takes the steps of the history.

    `moderators` gives the account id behind each name of the history; `advanced` is called after
    each comment and each step. What was done before is left as it is, so that seeding again, also
    after an interruption, only adds what is missing. Raises StoreUnavailable.
    """
    for comment in comments():
        await accepted(comment, service)
        advanced()
    for number, step in enumerate(history()):
        if step.by is None:
            await _appeal(service.store, step)
        else:
            await _decide(service.store, step, moderators[step.by], request=f"demo-{number}")
        advanced()


async def _appeal(store: Store, step: Step) -> None:
    try:
        await store.appeal(step.comment, step.note)
    except Conflict:
        # It was made before, or rules that have changed let the comment through.
        return


async def _decide(store: Store, step: Step, moderator: str, *, request: str) -> None:
    identifier = (await store.get(step.comment)).item
    if identifier is None:
        # Rules that have changed since the history was written may not flag the comment.
        return
    item = await store.queue.get(identifier)
    if item.resolved is not None and item.resolved.request == request:
        return
    try:
        await store.queue.take(identifier, moderator)
    except Conflict:
        # It was decided before, or somebody holds it now.
        return
    await store.queue.resolve(
        identifier,
        moderator,
        Resolution(Outcome(step.does), step.clause),
        note=step.note,
        request=request,
    )
