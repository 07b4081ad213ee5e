"""Submitting comments and asking what became of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api import browser_keys, metrics, shown
from api.access import Reader, Submitter, sees_evidence
from api.judging import judged, recorded
from api.problems import SafeJSONResponse, documented
from api.requests import CommentSent, within_limits
from api.service import Service, service_of
from api.shown import FullRecordShown, RecordShown
from moderation.comment import Comment
from moderation.store import Record

router = APIRouter(tags=["comments"])


@router.post(
    "/v1/comments",
    summary="Submit a comment",
    status_code=201,
    response_model=FullRecordShown | RecordShown,
    responses={
        200: {
            "model": FullRecordShown | RecordShown,
            "description": "The same text was submitted under this id before: the same decision.",
        },
        **documented(401, 403, 413, 422, 503),
    },
)
async def submit(
    sent: CommentSent, key: Submitter, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """Judges, records, and queues what was flagged.

    `status` says what to do with the comment: `published`, `waiting` for a moderator, or `refused`.
    A text that was submitted under its id before is answered as it was then. Another text under the
    id is a new revision, judged anew; a former one leaves the queue.
    """
    comment = within_limits(sent, service.settings)
    browser_keys.own(key, comment.id)
    comment = browser_keys.unsworn(key, comment)
    record = await accepted(comment, service)
    told = shown.record(record, service.faces, evidence=sees_evidence(key))
    return SafeJSONResponse(
        told.model_dump(mode="json"), status_code=200 if record.repeated else 201
    )


@router.get(
    "/v1/comments/{id:path}",
    summary="What became of a comment",
    response_model=FullRecordShown | RecordShown,
    responses=documented(401, 403, 404, 422, 503),
)
async def status(
    comment_id: Annotated[str, Path(alias="id", max_length=200, examples=["comment-1"])],
    key: Reader,
    service: Annotated[Service, Depends(service_of)],
) -> Response:
    """The present revision, its status and its verdict."""
    browser_keys.own(key, comment_id)
    record = await service.store.get(comment_id)
    told = shown.record(record, service.faces, evidence=sees_evidence(key))
    return SafeJSONResponse(told.model_dump(mode="json"))


async def accepted(comment: Comment, service: Service) -> Record:
    """Judges a comment and records what was decided."""
    comment, verdict = await judged(comment, service)
    record = await recorded(comment, verdict, service)
    if not record.repeated:
        metrics.count(verdict)
        service.challenger.watch(record, service.equipment)
    return record
