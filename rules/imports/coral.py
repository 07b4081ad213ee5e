"""Coral's banned and suspect words, as its settings are exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from rules.imports.imported import ImportingError, Left, Read
from rules.imports.lists import read_words
from rules.imports.terms import draft_of, entry_of, weaker
from rules.model import Severity

_LISTS: Final = {
    "banned": "A word that Coral's settings ban",
    "suspect": "A word that Coral's settings suspect",
}
_FORM: Final = 'it should hold {"wordList": {"banned": […], "suspect": […]}}'


def read_coral(content: str, severity: Severity) -> Read:
    """The lists of Coral's settings as JSON, wrapped as GraphQL wraps them or not; or one list as
    plain text, a word a line.

    Suspect words only ask for a moderator. Raises ImportingError.
    """
    if not content.lstrip().startswith(("{", "[")):
        return read_words(content, severity)
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ImportingError(f"not JSON: {error}; {_FORM}") from None
    found = next(_word_lists(said), None)
    if found is None:
        raise ImportingError(f"there is no `wordList`; {_FORM}")
    drafts = []
    left: list[Left] = []
    places = _Places(content)
    for name, words in found.items():
        if name not in _LISTS or not isinstance(words, list):
            left.append(Left(places.line(name), name, "no list of banned or suspect words"))
            continue
        entries = []
        for word in words:
            if isinstance(word, str) and word.strip():
                entries.append(entry_of(places.line(word), word))
            else:
                left.append(Left(places.line(name), json.dumps(word)[:80], "no word"))
        level = severity if name == "banned" else weaker(severity)
        draft, unusable = draft_of(name, _LISTS[name], level, f"Coral: wordList.{name}", entries)
        left += unusable
        drafts += [draft] if draft else []
    return Read(drafts, left)


def _word_lists(said: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(said, dict):
        return
    words = said.get("wordList")
    if isinstance(words, dict):
        yield words
    elif isinstance(said.get("banned"), list) or isinstance(said.get("suspect"), list):
        yield said
    for value in said.values():
        yield from _word_lists(value)


class _Places:
    """Where strings of a JSON text stand: looked for in order, since the parser does not say."""

    def __init__(self, content: str) -> None:
        self._lines = content.splitlines()
        self._at: int = 0

    def line(self, text: str) -> int:
        """The line of a string, from 1; 0 where it is not found."""
        spelled = (json.dumps(text, ensure_ascii=False), json.dumps(text))
        order = [*range(self._at, len(self._lines)), *range(self._at)]
        for at in order:
            if any(each in self._lines[at] for each in spelled):
                self._at = at
                return self._at + 1
        return 0
