"""Perspective's interface, for clients that leave it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import APIKeyHeader, APIKeyQuery, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from api import metrics
from api.judging import previewed
from api.keys import Key, Role
from api.problems import SafeJSONResponse
from api.service import Service, service_of
from api.wire import perspective
from api.wire.dialect import route_class
from api.wire.discovery import VERSION, document
from api.wire.perspective import AnalyzeSent, AnalyzeTold, SuggestSent, SuggestTold
from api.wire.perspective_errors import Refused, documented, no_key, tell, unknown_key
from moderation.store.suggestions import Suggestion

router = APIRouter(tags=["other services"], route_class=route_class(tell))

ServiceHere = Annotated[Service, Depends(service_of)]
_QUERY = APIKeyQuery(name="key", auto_error=False, description="`?key=mod_…`")
_HEADER = APIKeyHeader(name="X-Goog-Api-Key", scheme_name="GoogleKeyHeader", auto_error=False)
_BEARER = HTTPBearer(auto_error=False, description="`Authorization: Bearer mod_…`")


async def _submitter(
    service: ServiceHere,
    query: Annotated[str | None, Depends(_QUERY)],
    header: Annotated[str | None, Depends(_HEADER)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Key:
    secret = query or header or (bearer.credentials if bearer else None)
    if not secret:
        raise no_key()
    key = await service.keys.holder(secret)
    if key is None:
        raise unknown_key()
    if not key.may(Role.SUBMIT):
        raise Refused(403, f"The API key has not the role {Role.SUBMIT}.")
    return key


Submitter = Annotated[Key, Depends(_submitter)]


@router.post(
    "/v1alpha1/comments:analyze",
    summary="Score a comment, as Perspective does",
    response_model=AnalyzeTold,
    responses=documented(400, 403, 413),
)
async def analyze(sent: AnalyzeSent, _: Submitter, service: ServiceHere) -> Response:
    """Judges without recording. Works while the store is down. docs/wire.md tells what the
    attributes mean here.
    """
    comment = sent.judged(service.settings.comment_characters)
    equipment = service.equipment
    (verdict,) = await previewed([comment], service)
    metrics.count(verdict)
    told = perspective.analyzed(sent, comment.text, verdict, equipment.policy)
    return SafeJSONResponse(told.model_dump(exclude_none=True))


@router.post(
    "/v1alpha1/comments:suggestscore",
    summary="Say what a comment's scores should be, as to Perspective",
    response_model=SuggestTold,
    responses=documented(400, 403, 413, 503),
)
async def suggest_score(sent: SuggestSent, key: Submitter, service: ServiceHere) -> Response:
    """Keeps the text and its labels for training; nothing else is done with them."""
    suggestion = Suggestion(
        text=perspective.said(sent.comment, service.settings.comment_characters),
        scores=sent.scores(),
        token=sent.client_token,
        community=sent.community_id,
        key=key.id,
    )
    await service.store.suggestions.add(suggestion)
    return SafeJSONResponse(perspective.suggested(sent).model_dump(exclude_none=True))


@router.get("/$discovery/rest", summary="Discovery document for Google's clients")
async def discovery(
    request: Request, version: Annotated[str, Query(examples=[VERSION])]
) -> Response:
    """Describes this interface at this host. Public, as Google's own."""
    if version != VERSION:
        raise Refused(404, f"There is no version {version!r}; ask for {VERSION}.")
    return SafeJSONResponse(document(str(request.base_url)))
