"""Judging with what the service remembers: context, throttles and breakers.

Rules that ask nothing of the store cost no round trip before the verdict.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from api.service import Service
from api.wiring import Equipment
from moderation.comment import Comment
from moderation.dialect import guess
from moderation.store import Record, Store, StoreUnavailable
from moderation.text import Text
from moderation.verdict import Verdict

_NONE: frozenset[str] = frozenset()


async def judged(comment: Comment, service: Service) -> tuple[Comment, Verdict]:
    """The comment with its context, and the verdict on it, counted. Raises StoreUnavailable.

    The same comment may be judged again: it is counted once.
    """
    equipment, store = service.equipment, service.store
    if equipment.engine.rules.context:
        comment = await _in_context(comment, equipment, store, counting=True)
    verdict = _judge(equipment, service, comment)
    if lifted := await _lifted(comment, verdict, equipment, store, counting=True):
        verdict = _judge(equipment, service, comment, lifted)
    if await service.breaker.count(comment, verdict, equipment.policy.breaker):
        verdict = _judge(equipment, service, comment, lifted)
    return comment, verdict


async def recorded(comment: Comment, verdict: Verdict, service: Service) -> Record:
    """The record of a comment and its verdict, with the dialect that its words tell of."""
    dialect = guess(Text(comment.text))
    return await service.store.submit(comment, verdict, dialect=dialect)


async def previewed(comments: Sequence[Comment], service: Service) -> list[Verdict]:
    """The verdicts on comments that are not recorded and not counted, by one set of versions.

    Where the store does not answer, they are those of comments of which nothing is known.
    """
    equipment, store = service.equipment, service.store
    if equipment.engine.rules.context:
        comments = await _all_in_context(comments, equipment, store)
    if len(comments) == 1:
        # A fifth of a millisecond of work: a thread would cost more than it frees.
        verdicts = [_judge(equipment, service, comments[0])]
    else:
        verdicts = await asyncio.to_thread(
            lambda: [_judge(equipment, service, comment) for comment in comments]
        )
    if not equipment.engine.rules.throttles:
        return verdicts
    try:
        for at, (comment, verdict) in enumerate(zip(comments, verdicts, strict=True)):
            if lifted := await _lifted(comment, verdict, equipment, store, counting=False):
                verdicts[at] = _judge(equipment, service, comment, lifted)
    except StoreUnavailable:
        pass
    return verdicts


async def _all_in_context(
    comments: Sequence[Comment], equipment: Equipment, store: Store
) -> list[Comment]:
    found = list(comments)
    try:
        for at, comment in enumerate(comments):
            found[at] = await _in_context(comment, equipment, store, counting=False)
    except StoreUnavailable:
        pass
    return found


async def _in_context(
    comment: Comment, equipment: Equipment, store: Store, *, counting: bool
) -> Comment:
    """The comment with what rules ask of it. What was sent with it counts before what was seen."""
    asked = equipment.engine.rules.context
    seen = await store.sightings.see(
        comment,
        newcomer=comment.newcomer is None and "newcomer" in asked,
        repeats=comment.repeats is None and "repeats" in asked,
        counting=counting,
    )
    newcomer = seen.newcomer if comment.newcomer is None else comment.newcomer
    repeats = seen.repeats if comment.repeats is None else comment.repeats
    return replace(comment, newcomer=newcomer, repeats=repeats)


async def _lifted(
    comment: Comment, verdict: Verdict, equipment: Equipment, store: Store, *, counting: bool
) -> frozenset[str]:
    """The rules that matched the comment and whose throttle is passed by it."""
    if not verdict.throttled:
        return _NONE
    declared = equipment.engine.rules.throttles
    matched = {name: declared[name] for name in {each.source.name for each in verdict.throttled}}
    return await store.sightings.passed(comment, matched, counting=counting)


def _judge(
    equipment: Equipment, service: Service, comment: Comment, lifted: frozenset[str] = _NONE
) -> Verdict:
    flag_only = service.breaker.flag_only(equipment.policy.breaker)
    return equipment.engine.judge(comment, lifted=lifted, flag_only=flag_only)
