"""Two people's edits of one file: told apart, and put together line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Final, Literal

MINE: Final = "<<<<<<< mine"
THEIRS: Final = ">>>>>>> theirs"
_BETWEEN: Final = "======="


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference. `place` heads the lines that follow it."""

    kind: Literal["place", "same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Both edits in one text. `overlaps` counts the places where both changed the same lines."""

    text: str
    overlaps: int


def difference(before: str, after: str) -> tuple[Line, ...]:
    """What changed, with three lines around it; empty where nothing did."""
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    return tuple(map(_line, list(lines)[2:]))


def lines_of(unified: str) -> tuple[Line, ...]:
    """The lines of a unified diff of one file."""
    return tuple(map(_line, unified.split("\n")[2:]))


def merge(base: str, mine: str, theirs: str) -> Merged:
    """My changes of `base` put on top of theirs.

    Where both changed the same lines, both stand there between marks, which no rule file may hold.
    """
    old, ours, others = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    merged: list[str] = []
    overlaps = 0
    for was, my, their in _regions(old, ours, others):
        if their in (my, was):
            merged.extend(my)
        elif my == was:
            merged.extend(their)
        else:
            overlaps += 1
            merged.extend(
                [f"{MINE}\n", *_ended(my), f"{_BETWEEN}\n", *_ended(their), f"{THEIRS}\n"]
            )
    return Merged("".join(merged), overlaps)


def _line(text: str) -> Line:
    if text.startswith("@@"):
        return Line("place", text)
    kinds: dict[str, Literal["added", "removed"]] = {"+": "added", "-": "removed"}
    return Line(kinds.get(text[:1], "same"), text[1:])


def _regions(
    old: Sequence[str], ours: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """The texts side by side, cut where all three agree."""
    mine, theirs = _kept(old, ours), _kept(old, others)
    at = my = their = 0
    for line in range(len(old) + 1):
        stands = line == len(old) or (line in mine and line in theirs)
        if not stands:
            continue
        to_mine = mine[line] if line < len(old) else len(ours)
        to_theirs = theirs[line] if line < len(old) else len(others)
        before = list(old[at:line]), list(ours[my:to_mine]), list(others[their:to_theirs])
        if any(before):
            yield before
        if line < len(old):
            yield [old[line]], [old[line]], [old[line]]
        at, my, their = line + 1, to_mine + 1, to_theirs + 1


def _kept(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """By number of an old line that is there still: its new number."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _ended(lines: list[str]) -> list[str]:
    return [line if line.endswith("\n") else f"{line}\n" for line in lines]
