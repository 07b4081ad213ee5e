"""Coral's external moderation phase."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import APIKeyHeader

from api import metrics
from api.judging import previewed
from api.problems import Problem, SafeJSONResponse, documented
from api.service import Service, service_of
from api.wire import coral
from api.wire.coral import Format, PhaseAnswer, PhaseSent
from api.wire.coral_settings import CoralSettings
from api.wire.signature import is_signed

_SIGNATURES: Final = APIKeyHeader(
    name="X-Coral-Signature",
    scheme_name="CoralSignature",
    auto_error=False,
    description="`sha256=<hex>`, the HMAC-SHA256 of the body; several by commas while a secret "
    "rolls.",
)


def routes(settings: CoralSettings) -> APIRouter:
    """The phase's endpoint."""
    secrets = [secret.get_secret_value() for secret in settings.secrets]
    # A comment that is refused here goes on unmoderated: nothing is refused that can be read.
    router = APIRouter(tags=["other services"], strict_content_type=False)

    @router.post(
        "/v1/coral",
        summary="Coral's external moderation phase",
        response_model=PhaseAnswer,
        responses={
            204: {"description": "No opinion: the comment goes on."},
            **documented(401, 413, 422),
        },
    )
    async def moderate(
        sent: PhaseSent,
        request: Request,
        signatures: Annotated[str | None, Depends(_SIGNATURES)],
        service: Annotated[Service, Depends(service_of)],
        form: Annotated[
            Format, Query(alias="format", description="What the phase is set to send.")
        ] = Format.HTML,
    ) -> Response:
        """Judges without recording: Coral has its own record and queue. Works while the store is
        down. A body that is longer than the site judges, its markup included, is held for Coral's
        moderators.
        """
        if not is_signed(await request.body(), signatures or "", secrets):
            raise _unsigned(any_secret=bool(secrets))
        if sent.author.role in settings.exempt_roles:
            return Response(status_code=204)
        comment = sent.judged(form, service.settings.comment_characters)
        if comment is None:
            return _told(coral.HELD)
        (verdict,) = await previewed([comment], service)
        metrics.count(verdict)
        return _told(coral.answer(verdict, service.faces))

    return router


def _told(answer: PhaseAnswer | None) -> Response:
    if answer is None:
        return Response(status_code=204)
    return SafeJSONResponse(answer.model_dump(exclude_none=True))


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
