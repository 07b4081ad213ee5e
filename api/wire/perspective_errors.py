"""Errors as Google's services tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api import metrics
from api.complaints import complaint
from api.problems import RETRY_SECONDS, Problem, SafeJSONResponse
from api.wire.dialect import Failure
from moderation.store import StoreUnavailable

ErrorType = Literal[
    "COMMENT_EMPTY",
    "COMMENT_TOO_LONG",
    "NO_REQUESTED_ATTRIBUTES",
    "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
    "INVALID_REQUEST",
]

_ANALYZER_ERROR: Final = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_ERROR_INFO: Final = "type.googleapis.com/google.rpc.ErrorInfo"
_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    503: "UNAVAILABLE",
}


class AnalyzerError(BaseModel):
    """One error; `details` name its type."""

    code: int
    message: str
    status: str
    details: list[dict[str, Any]] = []


class AnalyzerFailure(BaseModel):
    """The body of every error."""

    error: AnalyzerError


class Refused(HTTPException):
    """Raised by a route to answer with an error of Google's form."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.details = details


def refused(error_type: ErrorType, message: str, **about: object) -> Refused:
    """400: the request cannot be answered."""
    return Refused(400, message, [{"@type": _ANALYZER_ERROR, "errorType": error_type, **about}])


def unsupported(attribute: str, languages: Sequence[str]) -> Refused:
    """400: there is no such attribute for a text in these languages."""
    return refused(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {attribute} does not support request languages: {', '.join(languages)}",
        languageNotSupportedByAttributeError={
            "detectedLanguages": list(languages),
            "attribute": attribute,
        },
    )


def no_key() -> Refused:
    """403: there is no key in the request."""
    return Refused(
        403,
        "The request has no API key. Send it as the query parameter `key`; "
        "`moderation keys create --role submit` makes keys.",
    )


def unknown_key() -> Refused:
    """400, as Google answers: the key is none."""
    info = {"@type": _ERROR_INFO, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return Refused(400, "API key not valid. Please pass a valid API key.", [info])


def tell(failure: Failure) -> Response:
    """Any failure of a route in Google's form."""
    if isinstance(failure, StoreUnavailable):
        metrics.STORE_ERRORS.inc()
        headers = {"Retry-After": str(RETRY_SECONDS)}
        failure = Refused(503, "The store cannot be reached; send it again.", headers=headers)
    elif isinstance(failure, RequestValidationError):
        failure = refused("INVALID_REQUEST", _complaint(failure))
    if isinstance(failure, Problem):
        detail = failure.content.get("detail")
        failure = Refused(failure.status_code, f"{failure.detail}. {detail or ''}".strip())
    details = failure.details if isinstance(failure, Refused) else ()
    error: dict[str, object] = {
        "code": failure.status_code,
        "message": failure.detail,
        "status": _STATUS.get(failure.status_code, HTTPStatus(failure.status_code).name),
    }
    if details:
        error["details"] = details
    return SafeJSONResponse(
        {"error": error}, status_code=failure.status_code, headers=failure.headers
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the errors that a route may answer."""
    return {
        status: {"model": AnalyzerFailure, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


def _complaint(failure: RequestValidationError) -> str:
    complaints = (
        f"{'.'.join(map(str, error['loc'][1:])) or 'body'}: {complaint(error)}"
        for error in failure.errors()
    )
    return f"Invalid JSON payload received. {'; '.join(complaints)}"
