"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import metrics
from api.complaints import complaint, unreadable
from moderation.store import Conflict, NotFound, StoreUnavailable

RETRY_SECONDS: Final = 2
"""What `Retry-After` says while the store is down."""


class SafeJSONResponse(JSONResponse):
    """JSON that always encodes: a lone surrogate leaves as the escape `\\udXXX`."""

    def render(self, content: Any) -> bytes:
        """The body, in UTF-8."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


class FieldError(BaseModel):
    """One complaint about one place of a request."""

    detail: str = Field(examples=["Field required"])
    pointer: str | None = Field(
        None, description="JSON Pointer into the body.", examples=["#/text"]
    )
    parameter: str | None = Field(None, description="Name of a query or path parameter.")


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(examples=["urn:moderation:problem:invalid-request"])
    title: str = Field(examples=["The request is not valid"])
    status: int = Field(examples=[422])
    detail: str | None = None
    errors: list[FieldError] | None = None


class Problem(HTTPException):
    """Raised by a route to answer with a problem. `slug` ends the problem's type.

    An HTTPException, so that the framework lets it through wherever a body is being read.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(status, title, headers)
        self.content: dict[str, object] = {
            "type": f"urn:moderation:problem:{slug}",
            "title": title,
            "status": status,
        }
        if detail:
            self.content["detail"] = detail
        if errors:
            self.content["errors"] = [error.model_dump(exclude_none=True) for error in errors]
        self.content.update(members or {})

    def response(self) -> SafeJSONResponse:
        """The answer."""
        return SafeJSONResponse(
            self.content,
            status_code=self.status_code,
            headers=self.headers,
            media_type="application/problem+json",
        )


def invalid(errors: Sequence[FieldError]) -> Problem:
    """422: the request does not say what this route needs."""
    return Problem(422, "invalid-request", "The request is not valid", errors=errors)


def too_large(limit: int) -> Problem:
    """413: the body is larger than the limit, in bytes."""
    return Problem(
        413,
        "too-large",
        "The request is too large",
        f"Send at most {limit} bytes; write Arabic as UTF-8, not as escapes.",
    )


def unavailable() -> Problem:
    """503: the store cannot be reached, so nothing was recorded."""
    return Problem(
        503,
        "store-unavailable",
        "The store cannot be reached",
        "Nothing was recorded. Send the request again; previews work meanwhile.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route may answer."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDetails"}
                }
            },
        }
        for status in statuses
    }


Told = Callable[[Request, Problem], Awaitable[Response]]
"""How one part of the site tells its problems: as pages, say, where the reader is a person."""


def install(app: FastAPI, parts: Mapping[str, Told] | None = None) -> None:
    """Makes every error of the app a problem, and describes problems in its OpenAPI document.

    `parts` says for beginnings of paths how problems are told there; elsewhere it is JSON.
    """
    app.openapi = _describing(app.openapi)  # type: ignore[method-assign]
    for kind, problem_of in _PROBLEMS.items():
        app.add_exception_handler(kind, _handler(problem_of, parts or {}))


def _handler(
    problem_of: Callable[[Exception], Problem], parts: Mapping[str, Told]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def told(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        for beginning, tell in parts.items():
            if request.url.path.startswith(beginning):
                return await tell(request, problem)
        return problem.response()

    return told


def _describing(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def described() -> dict[str, Any]:
        document = openapi()
        template = "#/components/schemas/{model}"
        schema = ProblemDetails.model_json_schema(ref_template=template)
        schemas = document["components"]["schemas"]
        schemas.update(schema.pop("$defs"))
        schemas["ProblemDetails"] = schema
        return document

    return described


def _of_problem(error: Exception) -> Problem:
    assert isinstance(error, Problem)  # noqa: S101
    return error


def _of_invalid_request(error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return invalid([_field_error(each) for each in error.errors()])


def _field_error(error: Mapping[str, Any]) -> FieldError:
    where, *path = error["loc"]
    if where != "body":
        return FieldError(detail=complaint(error), parameter=".".join(map(str, path)))
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        return FieldError(
            detail=f"The body is not JSON: {reason} at character {path[0]}", pointer="#"
        )
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return FieldError(detail=complaint(error), pointer="/".join(["#", *escaped]))


def _of_http_error(error: Exception) -> Problem:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return invalid([FieldError(detail=unreadable(error), pointer="#")])
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-")
    told = None if error.detail == phrase else error.detail
    return Problem(error.status_code, slug, phrase, told, headers=error.headers)


def _of_store_unavailable(_: Exception) -> Problem:
    metrics.STORE_ERRORS.inc()
    return unavailable()


def _of_not_found(error: Exception) -> Problem:
    return Problem(404, "not-found", "There is no such item", str(error))


def _of_conflict(error: Exception) -> Problem:
    assert isinstance(error, Conflict)  # noqa: S101
    return Problem(
        409,
        "conflict",
        "The item's state does not allow this",
        str(error),
        members={"reason": error.reason},
    )


def _of_bug(_: Exception) -> Problem:
    return Problem(500, "internal-error", "The service failed to answer")


_PROBLEMS: Final[Mapping[type[Exception], Callable[[Exception], Problem]]] = {
    Problem: _of_problem,
    RequestValidationError: _of_invalid_request,
    HTTPException: _of_http_error,
    StoreUnavailable: _of_store_unavailable,
    NotFound: _of_not_found,
    Conflict: _of_conflict,
    Exception: _of_bug,
}
