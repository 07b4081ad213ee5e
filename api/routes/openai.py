"""OpenAI's moderations, for clients that know them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api import metrics
from api.access import Submitter, sees_evidence
from api.judging import previewed
from api.problems import SafeJSONResponse
from api.service import Service, service_of
from api.wire import openai
from api.wire.dialect import route_class
from api.wire.openai import ModerationSent, ModerationTold, documented
from moderation.comment import Comment

router = APIRouter(tags=["other services"], route_class=route_class(openai.tell))


@router.post("/moderations", include_in_schema=False)
@router.post(
    "/v1/moderations",
    summary="Judge texts, as OpenAI does",
    response_model=ModerationTold,
    responses=documented(400, 401, 403, 413),
)
async def moderate(
    sent: ModerationSent, key: Submitter, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """Judges without recording, a result for each text; the text parts of one input are judged as
    one. Works while the store is down. docs/wire.md tells what the categories mean here.
    """
    settings, equipment, faces = service.settings, service.equipment, service.faces
    texts = sent.texts(settings.batch_comments, settings.comment_characters)
    verdicts = await previewed([Comment("openai", text) for text in texts], service)
    results = []
    for text, verdict in zip(texts, verdicts, strict=True):
        metrics.count(verdict)
        face = faces.of(verdict, text, evidence=sees_evidence(key))
        results.append(openai.result(verdict, equipment.policy, face))
    return SafeJSONResponse(openai.moderated(results, verdicts[0]).model_dump(mode="json"))
