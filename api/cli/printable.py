"""Readers' text on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """One character for each, so that spans still fit; what steers a terminal is not printed."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
