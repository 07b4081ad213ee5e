"""What the service answers instead of a result, with its problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx


class ModerationError(Exception):
    """The service refused or could not be reached.

    `status` is the HTTP status, None where no answer came. `problem` holds the problem details:
    `type`, `title`, `detail`, and `errors` with a `pointer` each.
    """

    def __init__(self, message: str, status: int | None, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status, self.problem)


class InvalidRequestError(ModerationError):
    """What was sent is not what the service needs (422), or is too large (413)."""


class NotAllowedError(ModerationError):
    """The key is not valid (401) or has not the role (403)."""


class NotFoundError(ModerationError):
    """There is no such comment or queue item (404)."""


class ConflictError(ModerationError):
    """The item is not in the state that this needs (409); `reason` is for programs."""

    @property
    def reason(self) -> str:
        """`waiting`, `held`, `expired`, `resolved`, `late`, … as docs/api.md lists them."""
        return str(self.problem.get("reason", ""))


class UnavailableError(ModerationError):
    """The service cannot be reached, or takes no requests now, after all attempts."""


_BY_STATUS: Mapping[int, type[ModerationError]] = {
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    413: InvalidRequestError,
    422: InvalidRequestError,
    429: UnavailableError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def error_of(response: httpx.Response) -> ModerationError:
    """The error that an answer tells."""
    problem = _problem(response)
    title = problem.get("title", response.reason_phrase)
    said = [str(problem["detail"])] if problem.get("detail") else []
    for each in problem.get("errors", ()):
        place = each.get("pointer") or each.get("parameter")
        said.append(f"{place}: {each['detail']}" if place else str(each["detail"]))
    message = f"{response.status_code} {title}" + (f": {'; '.join(said)}" if said else "")
    kind = _BY_STATUS.get(response.status_code, ModerationError)
    return kind(message, response.status_code, problem)


def unreached(error: httpx.TransportError, address: str) -> UnavailableError:
    """The error where no answer came."""
    told = str(error) or type(error).__name__
    return UnavailableError(f"{address} does not answer: {told}", None, {})


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    # A proxy on the way may answer in its own words.
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
