"""Text as clients may send it: every character of Unicode but NUL."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def unsuited(text: str) -> str | None:
    """What is wrong with the characters of a text; None where nothing is."""
    # JSON can write half a surrogate pair; no reader of the answers could be given it back.
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "half of a surrogate pair is no character"
    if "\0" in text:
        return "the NUL character is not allowed"
    return None


def _suited(value: str) -> str:
    if told := unsuited(value):
        raise ValueError(told)
    return value


Prose = Annotated[str, AfterValidator(_suited)]
"""A text of any length and of several lines."""
