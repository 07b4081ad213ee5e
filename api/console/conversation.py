"""Comments where they stand: under their articles, the newest first, and decided on from there.

Several articles are shown together: a queue for a group of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from api.console.access import Moderator, Senior
from api.console.addresses import local
from api.console.clauses import clauses_of
from api.console.judged import judged
from api.console.render import page
from api.console.work import Work
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.comment import Article
from moderation.store import (
    Item,
    Outcome,
    Record,
    Resolution,
    ReviewKind,
    Search,
    Status,
)
from moderation.store.encoding import to_milliseconds, to_moment
from moderation.store.limits import LONGEST_ID

PATH: Final = "/console/conversation"
router = APIRouter(prefix=PATH)

LISTED: Final = 30
MOST_ARTICLES: Final = 20
_CALLS: Final = 5
"""How often an article is asked for more while a filter leaves pages short."""

ServiceHere = Annotated[Service, Depends(service_of)]
Back = Annotated[str, Form(max_length=15_000)]


class Looking(BaseModel):
    """Which articles, and which of their comments. `before` is in milliseconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    article: list[Annotated[str, Field(max_length=LONGEST_ID)]] = Field(
        [], max_length=MOST_ARTICLES
    )
    status: Literal["", "published", "waiting", "refused"] = ""
    before: Annotated[str, Field(pattern=r"^[0-9]{0,14}$")] = ""

    @property
    def articles(self) -> list[str]:
        """Each article once."""
        return list(dict.fromkeys(filter(None, self.article)))

    @property
    def query(self) -> str:
        """The same as part of an address, from the newest comment on."""
        pairs = [("article", each) for each in self.articles]
        return urlencode([*pairs, ("status", self.status)] if self.status else pairs)


@router.get("")
async def conversation(
    request: Request, signed: Moderator, service: ServiceHere, looking: Annotated[Looking, Query()]
) -> Response:
    """The comments under some articles; without one, the articles to choose from."""
    store, clauses = service.store, clauses_of(service.equipment.policy)
    descriptions = service.equipment.descriptions
    work = Work(service, signed.account.id)
    records, before = await _under(work, looking)
    lists = await store.review.all()
    return page(
        request,
        "conversation.html",
        signed=signed,
        looking=looking,
        articles={each: await _article(work, each) for each in looking.articles},
        watched={each.name for each in lists.articles},
        reviewed=await work.reviewed(),
        shown=[judged(record, clauses, descriptions) for record in records],
        older=before,
        clauses=clauses,
        facets=await work.facets(),
        fresh=lambda: uuid4().hex,
    )


@router.post("/decide")
async def decide(
    request: Request,
    signed: Moderator,
    service: ServiceHere,
    comment: Annotated[str, Form(min_length=1, max_length=LONGEST_ID)],
    outcome: Annotated[Literal["approve", "reject"], Form()],
    clause: Annotated[str, Form(max_length=200)] = "",
    request_id: Annotated[str, Form(alias="request", max_length=200)] = "",
    back: Back = "",
) -> Response:
    """Decides on a comment, whatever became of it. Sent again, a request counts once."""
    clauses = clauses_of(service.equipment.policy)
    if outcome == "reject" and clause not in clauses:
        detail = f"A rejection names a clause of the policy: {', '.join(clauses)}"
        raise invalid([FieldError(detail=detail, pointer="#/clause")])
    resolution = Resolution(Outcome(outcome), clause if outcome == "reject" else None)
    work = Work(service, signed.account.id)
    item = await _decided(work, comment, resolution, request_id)
    await service.care.count(signed.account.id, [item])
    if "hx-request" not in request.headers:
        return RedirectResponse(local(f"{PATH}?{back}"), 303)
    return page(
        request,
        "conversation_one.html",
        signed=signed,
        each=judged(await work.record(comment), clauses, service.equipment.descriptions),
        clauses=clauses,
        reviewed=await work.reviewed(),
        back=back,
        many=back.count("article=") > 1,
        item=item,
        fresh=lambda: uuid4().hex,
    )


@router.post("/review")
async def review(
    signed: Senior,
    service: ServiceHere,
    kind: Annotated[Literal["articles", "authors"], Form()],
    name: Annotated[str, Form(min_length=1, max_length=LONGEST_ID)],
    listed: Annotated[Literal["yes", "no"], Form()],
    back: Back = "",
) -> Response:
    """Puts an article or an author on the watch list, or takes it off."""
    lists = service.store.review
    change = lists.add if listed == "yes" else lists.remove
    try:
        await change(ReviewKind(kind), name, by=signed.account.id)
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#/name")]) from error
    return RedirectResponse(local(f"{PATH}?{back}"), 303)


async def _decided(work: Work, comment: str, resolution: Resolution, request: str) -> Item:
    last = (await work.record(comment)).item
    if request and last is not None:
        resolved = (await work.get(last)).resolved
        if resolved and (resolved.request, resolved.moderator) == (request, work.moderator):
            # The answer to the first time was lost: the store gives it again.
            return (await work.resolve(last, resolution, request=request))[0]
    item = await work.reopen(comment)
    return (await work.resolve(item.id, resolution, request=request))[0]


async def _under(work: Work, looking: Looking) -> tuple[Sequence[Record], str]:
    """The newest comments of all articles together, and where older ones begin ('' at the end)."""
    until = to_moment(int(looking.before)) if looking.before else None
    status = Status(looking.status) if looking.status else None
    found: list[Record] = []
    for article in looking.articles:
        found += await _newest(work, Search(article=article, status=status, until=until))
    found.sort(key=lambda record: record.submitted, reverse=True)
    if len(found) <= LISTED:
        return found, ""
    last = found[LISTED - 1].submitted
    # The next page begins before a time: those of one moment must stand on one page.
    shown = [record for record in found if record.submitted >= last]
    return shown, str(to_milliseconds(last)) if len(shown) < len(found) else ""


async def _newest(work: Work, search: Search) -> list[Record]:
    """One more than fit a page, so that it is known whether there are older ones."""
    found: list[Record] = []
    cursor = None
    for _ in range(_CALLS):
        page_of = await work.search(search, limit=LISTED + 1 - len(found), cursor=cursor)
        found += page_of.records
        cursor = page_of.cursor
        if cursor is None or len(found) > LISTED:
            break
    return found


async def _article(work: Work, article: str) -> Article:
    """What the newest comment under an article says of it."""
    records = (await work.search(Search(article=article), limit=1)).records
    told = records[0].revision.comment.article if records else None
    return told or Article(title="", id=article)
