"""Coral's external moderation phase."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import ValidationError

from api import metrics
from api.problems import FieldError, Problem, SafeJSONResponse, documented, invalid
from api.service import Service, service_of
from api.wire import coral
from api.wire.coral import Format, PhaseAnswer, PhaseSent
from api.wire.signature import is_signed


def routes(secrets: Sequence[str], exempt_roles: Collection[str] = ()) -> APIRouter:
    """The phase's endpoint. `secrets` are the signing secrets that are valid, several while one
    rolls; without any, nothing is answered. Comments of `exempt_roles` are not judged.
    """
    router = APIRouter(tags=["other services"])

    @router.post(
        "/v1/coral",
        summary="Coral's external moderation phase",
        response_model=PhaseAnswer,
        responses={
            204: {"description": "No opinion: the comment goes on."},
            **documented(401, 413, 422),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": PhaseSent.model_json_schema()}},
            }
        },
    )
    async def moderate(
        request: Request,
        service: Annotated[Service, Depends(service_of)],
        form: Annotated[
            Format, Query(alias="format", description="What the phase is set to send.")
        ] = Format.HTML,
        x_coral_signature: Annotated[
            str, Header(description="`sha256=<hex>`, several by commas while a secret rolls.")
        ] = "",
    ) -> Response:
        """Judges without recording: Coral has its own record and queue. Works while the store is
        down. A comment that is longer than the site judges is held for Coral's moderators.
        """
        body = await request.body()
        if not is_signed(body, x_coral_signature, secrets):
            raise _unsigned(any_secret=bool(secrets))
        sent = _read(body)
        if sent.author.role in exempt_roles:
            return Response(status_code=204)
        comment = sent.judged(form)
        if len(comment.text) > service.settings.comment_characters:
            return _told(coral.HELD)
        # A fifth of a millisecond of work: a thread would cost more than it frees.
        verdict = service.equipment.engine.judge(comment)
        metrics.count(verdict)
        return _told(coral.answer(verdict, service.faces))

    return router


def _told(answer: PhaseAnswer | None) -> Response:
    if answer is None:
        return Response(status_code=204)
    return SafeJSONResponse(answer.model_dump(exclude_none=True))


def _read(body: bytes) -> PhaseSent:
    try:
        # Not pydantic's own reader: it refuses half a surrogate pair, and a comment that is refused
        # here goes on unmoderated.
        return PhaseSent.model_validate(json.loads(body))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        detail = "The body cannot be read as JSON in UTF-8"
        raise invalid([FieldError(detail=detail, pointer="#")]) from None
    except ValidationError as error:
        raise invalid(
            [
                FieldError(detail=each["msg"], pointer="/".join(["#", *map(str, each["loc"])]))
                for each in error.errors(include_input=False, include_url=False)
            ]
        ) from None


def _unsigned(*, any_secret: bool) -> Problem:
    return Problem(
        401,
        "not-signed",
        "The request is not signed by a known secret",
        "X-Coral-Signature fits none of the signing secrets; copy the phase's secret from Coral, "
        "with its `empsec_`, into MODERATION_CORAL_SECRETS."
        if any_secret
        else "No signing secret is set; copy the phase's secret from Coral into "
        "MODERATION_CORAL_SECRETS.",
    )
