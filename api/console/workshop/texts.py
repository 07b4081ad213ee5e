"""Rule files as text: which rules stand where in them, and how browsers send them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_PACK: Final = re.compile(r"^pack:[ \t]*['\"]?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)
_LIST_KEY: Final = re.compile(r"^lists:[ \t]*$", re.MULTILINE)
_ITEM: Final = re.compile(r"( *)- +id:[ \t]*['\"]?([a-z0-9][a-z0-9_-]*)['\"]?[ \t]*(?:#.*)?")
_NAME: Final = re.compile(r"  ([a-z0-9][a-z0-9_-]*):")


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one rule. `line` is the first, counted from 1."""

    rule: str
    line: int
    text: str


def as_sent(text: str) -> str:
    """A text from a form: browsers send lines that end in CR and LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def pack_name(text: str) -> str | None:
    """What a pack calls itself; None where the text does not say."""
    found = _PACK.search(text)
    return found[1] if found else None


def blocks(text: str) -> Iterator[Block]:
    """The rules of a pack that begin with their id, as they are written, broken or not."""
    lines = text.split("\n")
    begins = [(at, found) for at, line in enumerate(lines) if (found := _ITEM.fullmatch(line))]
    for at, found in begins:
        end = at + 1
        while end < len(lines) and _belongs(lines[end], len(found[1])):
            end += 1
        while _is_apart(lines[end - 1]):
            end -= 1
        yield Block(found[2], at + 1, "\n".join(lines[at:end]))


def rules_in(texts: Mapping[str, str]) -> Mapping[str, tuple[str, Block]]:
    """By `pack/rule`: the file that it stands in, and its lines there."""
    found = {}
    for file, text in texts.items():
        pack = pack_name(text)
        if pack and file.endswith(".yaml"):
            found.update({f"{pack}/{block.rule}": (file, block) for block in blocks(text)})
    return found


def list_names(texts: Mapping[str, str]) -> list[str]:
    """The term lists of all packs as `pack/list`, for completion."""
    found: list[str] = []
    for text in texts.values():
        pack, begins = pack_name(text), _LIST_KEY.search(text)
        if pack and begins:
            for line in text[begins.end() :].lstrip("\n").split("\n"):
                if line and not line.startswith((" ", "#")):
                    break
                if named := _NAME.match(line):
                    found.append(f"{pack}/{named[1]}")
    return sorted(found)


def _belongs(line: str, indent: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip(" ")) > indent


def _is_apart(line: str) -> bool:
    """Whether a line after a rule is empty or a comment: those speak of what follows."""
    return not line.strip() or line.lstrip().startswith("#")
