"""Why a comment was refused, and the commenter's appeal: for programs, and as pages for readers.

The pages work without script. They are opened by a form that carries a browser key, so that neither
the key nor the comment's id stands in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from api import browser_keys, shown
from api.access import Reader, sees_evidence
from api.console.language import Language, Words
from api.console.statements import Statement, statement
from api.forms import Fields, fields_of, key_of
from api.pages import page
from api.problems import Problem, SafeJSONResponse, documented, unavailable
from api.requests import AppealSent
from api.service import Service, service_of
from api.shown import FullRecordShown, RecordShown
from moderation.store import Conflict, NotFound, StoreUnavailable
from moderation.store.limits import LONGEST_APPEAL

router = APIRouter(tags=["comments"])

ServiceHere = Annotated[Service, Depends(service_of)]
CommentId = Annotated[str, Path(alias="id", max_length=200, examples=["comment-1"])]

_AGAIN: Final = frozenset({429, 503})
"""Statuses after which the same appeal may be sent again."""


@router.get(
    "/v1/comments/{id:path}/statement",
    summary="Why a comment was refused",
    response_model=Statement,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **documented(401, 403, 404, 409, 422, 503),
    },
)
async def stated(
    request: Request,
    comment_id: CommentId,
    key: Reader,
    service: ServiceHere,
    lang: Annotated[Language, Query(description="`ar` or `en`.")] = "ar",
) -> Response:
    """The statement of reasons for a refusal, for its commenter: facts, ground, the part of
    automated means, and how to appeal. A page where `Accept` asks for HTML."""
    browser_keys.own(key, comment_id)
    told = await _statement(comment_id, lang, service)
    if "text/html" in request.headers.get("accept", ""):
        return _page(lang, told)
    return SafeJSONResponse(told.model_dump(mode="json"))


@router.post(
    "/v1/comments/{id:path}/appeal",
    summary="Appeal against a refusal",
    status_code=201,
    response_model=FullRecordShown | RecordShown,
    responses=documented(401, 403, 404, 409, 413, 422, 503),
)
async def appeal(
    comment_id: CommentId, sent: AppealSent, key: Reader, service: ServiceHere
) -> Response:
    """Brings a refused comment back to the queue with its commenter's words, for another moderator
    than the one who refused it. It stays refused until then. One appeal for each text."""
    browser_keys.own(key, comment_id)
    await service.store.appeal(comment_id, sent.text)
    record = await service.store.get(comment_id)
    told = shown.record(record, service.faces, evidence=sees_evidence(key))
    return SafeJSONResponse(told.model_dump(mode="json"), status_code=201)


@router.post(browser_keys.STATEMENT_PATH, include_in_schema=False)
async def opened(request: Request, service: ServiceHere) -> Response:
    """The statement as a page, with a form for the appeal: fields `key`, `id`, `lang`, `url`."""
    fields = await fields_of(request)
    return await _answered(fields, request, service)


@router.post(browser_keys.APPEAL_PATH, include_in_schema=False)
async def appealed(request: Request, service: ServiceHere) -> Response:
    """Takes an appeal from the page: the same fields, and `text`."""
    fields = await fields_of(request)
    return await _answered(fields, request, service, appealing=True)


async def _answered(
    fields: Fields, request: Request, service: Service, *, appealing: bool = False
) -> Response:
    """The statement after what was asked for, or the page that says why there is none."""
    words = Words(fields.lang)
    status, notice = 200, ""
    try:
        key = await key_of(fields, request, service)
        browser_keys.own(key, fields["id"])
        if appealing:
            status, notice = await _appeal(fields, words, service)
        told = await _statement(fields["id"], fields.lang, service)
    except (NotFound, Conflict) as error:
        found = 404 if isinstance(error, NotFound) else 409
        return _page(fields.lang, None, found, missing=True, back=fields.back(key))
    except (StoreUnavailable, Problem) as error:
        problem = error if isinstance(error, Problem) else unavailable()
        again = appealing and problem.status_code in _AGAIN
        return _page(
            fields.lang,
            None,
            problem.status_code,
            headers=problem.headers,
            notice=words("statement.again") if again else "",
            about=fields.about(fields["id"]),
            text=fields["text"],
        )
    return _page(
        fields.lang,
        told,
        status,
        notice=notice,
        about=fields.about(fields["id"]),
        text="" if status == 200 else fields["text"],
        newsroom=fields.newsroom(fields["id"]),
        back=fields.back(key),
    )


async def _appeal(fields: Fields, words: Words, service: Service) -> tuple[int, str]:
    """How an appeal of a form went: a status, and what to say of it where it was not taken."""
    try:
        sent = AppealSent(text=fields.text)
    except ValidationError:
        if not fields.text.strip():
            return 422, words("statement.empty")
        return 422, words("statement.long", count=LONGEST_APPEAL)
    try:
        await service.store.appeal(fields["id"], sent.text)
    except Conflict as conflict:
        if conflict.reason != "appealed":
            raise
        return 409, words("statement.second")
    return 200, ""


async def _statement(comment: str, language: Language, service: Service) -> Statement:
    record = await service.store.get(comment)
    # What is decided is kept so long, and can be appealed against while it is.
    kept = timedelta(days=service.settings.retention_days)
    until = record.decision.at + kept if record.decision else record.submitted + kept
    return statement(record, service.faces, language, until=until, now=datetime.now(UTC))


def _page(
    language: Language,
    told: Statement | None,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    missing: bool = False,
    notice: str = "",
    about: list[tuple[str, str]] | None = None,
    text: str = "",
    newsroom: str | None = None,
    back: str | None = None,
) -> Response:
    return page(
        "statement.html",
        status,
        headers,
        lang=language,
        words=Words(language),
        told=told,
        missing=missing,
        notice=notice,
        about=about,
        text=text,
        newsroom=newsroom,
        longest=LONGEST_APPEAL,
        back=back,
    )
