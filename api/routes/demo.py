"""An article with the comment form under it, to be tried out."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.demo.newspaper import article
from api.keys import Role
from api.origins import origin_of
from api.pages import page
from api.problems import Problem
from api.service import Service, service_of
from moderation.store import NotFound, Record
from moderation.store.record import Status

ARTICLE: Final = article("demo-article")
_KEY_NAME: Final = "demo article"
_ORIGINS_AT_MOST: Final = 16
_ENTRIES: Final = 300
"""So many of the latest entries of the audit are searched for comments under the article."""
_MONTHS: Final = (
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()
)


def create_router() -> APIRouter:
    """The demo's page. It makes itself browser keys, one for each origin it is called by."""
    router = APIRouter(include_in_schema=False)
    keys: dict[str, str] = {}
    making = asyncio.Lock()

    @router.get("/demo")
    async def demo(request: Request, service: Annotated[Service, Depends(service_of)]) -> Response:
        origin = _origin(request)
        async with making:
            if origin not in keys:
                if len(keys) >= _ORIGINS_AT_MOST:
                    raise Problem(403, "origin-not-allowed", "The demo has too many names")
                keys[origin] = await _make_key(service, origin)
        comments = await _published(service)
        return page(
            "demo.html",
            article=ARTICLE,
            url=f"{origin}/demo",
            key=keys[origin],
            terms=[clause.text.ar for clause in service.equipment.policy.clauses.values()],
            comments=[(record.revision.comment.text, record.submitted) for record in comments],
            longest=service.settings.comment_characters,
            day=day,
        )

    return router


def day(moment: datetime) -> str:
    """A date and time in Arabic, UTC."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}، {moment:%H:%M}"


def _origin(request: Request) -> str:
    try:
        return origin_of(f"{request.url.scheme}://{request.url.netloc}")
    except ValueError:
        raise Problem(403, "origin-not-allowed", "The request names no host") from None


async def _make_key(service: Service, origin: str) -> str:
    # Secrets are not kept, so that a service that was started again cannot go on with its old one.
    for key in await service.keys.all():
        if key.name == _KEY_NAME and key.origins == {origin}:
            await service.keys.revoke(key.id)
    _, secret = await service.keys.create(_KEY_NAME, [Role.SUBMIT], [origin])
    return secret


async def _published(service: Service) -> list[Record]:
    """What stands under the article, the latest first."""
    audit = service.store.audit
    head = await audit.head()
    entries = await audit.read(after=max(0, head.number - _ENTRIES), limit=_ENTRIES)
    found = []
    for comment in dict.fromkeys(entry.comment for entry in reversed(entries)):
        try:
            record = await service.store.get(comment)
        except NotFound:
            continue
        article = record.revision.comment.article
        if article and article.id == ARTICLE.id and record.status is Status.PUBLISHED:
            found.append(record)
    return sorted(found, key=lambda record: record.submitted, reverse=True)
