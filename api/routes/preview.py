"""Judging without recording."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from api import browser_keys, metrics
from api.access import Previewer, sees_evidence
from api.faces import CommenterVerdict, ModeratorVerdict
from api.judging import previewed
from api.problems import FieldError, SafeJSONResponse, documented, invalid
from api.requests import BatchSent, PreviewSent, within_limits
from api.service import Service, service_of

router = APIRouter(tags=["preview"])


class PreviewShown(BaseModel):
    """The verdict on one comment that was not recorded."""

    id: str
    verdict: ModeratorVerdict | CommenterVerdict


class BatchShown(BaseModel):
    """The verdicts in the order of the comments."""

    verdicts: list[PreviewShown]


@router.post(
    "/v1/preview",
    summary="Judge a comment without recording it",
    response_model=PreviewShown,
    responses=documented(401, 403, 413, 422),
)
async def preview(
    sent: PreviewSent, key: Previewer, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """Works while the store is down. Keys with `submit` alone get the commenter's face."""
    comment = within_limits(sent, service.settings)
    comment = browser_keys.unsworn(key, comment)
    (verdict,) = await previewed([comment], service)
    metrics.count(verdict)
    shown = service.faces.of(verdict, comment.text, evidence=sees_evidence(key))
    return SafeJSONResponse(
        PreviewShown.model_construct(id=comment.id, verdict=shown).model_dump(mode="json")
    )


@router.post(
    "/v1/preview/batch",
    summary="Judge several comments without recording them",
    response_model=BatchShown,
    responses=documented(401, 403, 413, 422),
)
async def preview_batch(
    sent: BatchSent, key: Previewer, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """All comments are judged by the same versions; the answers keep their order."""
    limit = service.settings.batch_comments
    if len(sent.comments) > limit:
        detail = f"{len(sent.comments)} comments; at most {limit} in one batch"
        raise invalid([FieldError(detail=detail, pointer="#/comments")])
    comments = [
        within_limits(each, service.settings, f"#/comments/{index}")
        for index, each in enumerate(sent.comments)
    ]
    faces = service.faces
    verdicts = await previewed(comments, service)
    shown = []
    for comment, verdict in zip(comments, verdicts, strict=True):
        metrics.count(verdict)
        face = faces.of(verdict, comment.text, evidence=sees_evidence(key))
        shown.append(PreviewShown.model_construct(id=comment.id, verdict=face))
    return SafeJSONResponse(BatchShown.model_construct(verdicts=shown).model_dump(mode="json"))
