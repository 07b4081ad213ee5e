"""What is wrong with a request, in words for whoever sent it.

What was sent is never repeated: it may be long, and it is a commenter's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException

_NOT_JSON: Final = "The body was not sent as JSON; send the header `Content-Type: application/json`"
_EMPTY: Final = "The body is empty; send JSON"


def complaint(error: Mapping[str, Any]) -> str:
    """One error of a RequestValidationError, or of pydantic."""
    if tuple(error["loc"]) == ("body",):
        if error["type"] == "missing":
            return _EMPTY
        if isinstance(error.get("input"), bytes):
            return _NOT_JSON
    worded = _WORDED.get(error["type"])
    return worded(error) if worded else str(error["msg"])


def unreadable(error: HTTPException) -> str:
    """Why the framework could not read a body, for which it answers 400."""
    cause = error.__cause__
    if isinstance(cause, RecursionError):
        return "The body nests too deep to be read"
    if isinstance(cause, UnicodeDecodeError):
        return f"The body is not UTF-8: {cause.reason} at byte {cause.start}"
    return "The body cannot be read"


def _of_validator(error: Mapping[str, Any]) -> str:
    return str(error["ctx"]["error"])


def _too_short(error: Mapping[str, Any]) -> str:
    least = error["ctx"]["min_length"]
    return "is empty" if least == 1 else f"at least {least} {_counted(error)} are expected"


def _too_long(error: Mapping[str, Any]) -> str:
    return f"at most {error['ctx']['max_length']} {_counted(error)} are taken"


def _counted(error: Mapping[str, Any]) -> str:
    return "characters" if isinstance(error.get("input"), str) else "items"


_WORDED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "value_error": _of_validator,
    "too_short": _too_short,
    "string_too_short": _too_short,
    "too_long": _too_long,
    "string_too_long": _too_long,
    "extra_forbidden": lambda _: "unknown key",
    "model_attributes_type": lambda _: "an object is expected",
    "model_type": lambda _: "an object is expected",
    "dict_type": lambda _: "an object is expected",
}
