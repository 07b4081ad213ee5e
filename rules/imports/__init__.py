"""Word lists and checks of other systems, carried over into a rule pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from rules.imports.automoderator import read_automoderator
from rules.imports.coral import read_coral
from rules.imports.discourse import read_discourse
from rules.imports.imported import Carried, Imported, ImportingError, Left, Read
from rules.imports.lists import read_words
from rules.imports.pack import Heading, pack_of
from rules.model import Severity

__all__ = ["Carried", "Imported", "ImportingError", "Left", "Origin", "import_rules"]

MOST_CHARACTERS: Final = 4_000_000


class Origin(StrEnum):
    """Whose file it is."""

    WORDS = "words"
    CORAL = "coral"
    DISCOURSE = "discourse"
    AUTOMODERATOR = "automoderator"


_READERS: Final[Mapping[Origin, Callable[[str, Severity], Read]]] = {
    Origin.WORDS: read_words,
    Origin.CORAL: read_coral,
    Origin.DISCOURSE: read_discourse,
    Origin.AUTOMODERATOR: read_automoderator,
}


def import_rules(
    content: str, origin: Origin, *, pack: str, clause: str, severity: Severity, source: str
) -> Imported:
    """A pack of what a file of another system says; nothing of it is dropped in silence.

    `pack` names the pack, `clause` and `severity` are of its rules; what the source only suspects
    is milder. `source` is what the pack calls the file. Raises ImportingError where the file is not
    of that system.
    """
    if len(content) > MOST_CHARACTERS:
        raise ImportingError(f"longer than {MOST_CHARACTERS:,} characters; split the file")
    lines = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    read = _READERS[origin](lines, severity)
    return pack_of(read, Heading(pack, clause, source))
