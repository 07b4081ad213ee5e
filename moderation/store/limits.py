"""How long and how many what callers give may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST_AT_ONCE: Final = 200
LONGEST_NOTE: Final = 2000
LONGEST_NAME: Final = 200
LONGEST_ID: Final = 500
LONGEST_APPEAL: Final = 2000
DEFAULT_LEASE: Final = timedelta(minutes=5)
DEFAULT_UNDO_WINDOW: Final = timedelta(seconds=30)


def check_moderator(moderator: str) -> None:
    """Raises ValueError for an id that is empty or too long."""
    if not 0 < len(moderator) <= LONGEST_NAME:
        raise ValueError(f"a moderator's id has 1 to {LONGEST_NAME} characters")


def check_count(count: int, most: int = MOST_AT_ONCE) -> None:
    """Raises ValueError for fewer than one and more than `most`."""
    if not 0 < count <= most:
        raise ValueError(f"{count} were asked for; 1 to {most} can be")


def check_text(name: str, text: str, longest: int) -> None:
    """Raises ValueError for a text that is empty or too long, in code points."""
    if not text.strip():
        raise ValueError(f"{name} is empty")
    if len(text) > longest:
        raise ValueError(f"{name} has {len(text)} characters; at most {longest} fit")


def check_resolving(note: str, request: str) -> None:
    """Raises ValueError for a note or a request id that is too long; both may be empty."""
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"the note has {len(note)} characters; at most {LONGEST_NOTE} fit")
    if len(request) > LONGEST_NAME:
        raise ValueError(f"a request id has at most {LONGEST_NAME} characters")


def milliseconds(duration: timedelta, name: str, least: int = 1) -> int:
    """A duration as the functions read it. Raises ValueError where it is shorter than `least`."""
    whole = duration // timedelta(milliseconds=1)
    if whole < least:
        raise ValueError(f"{name} lasts longer than {duration}")
    return whole
