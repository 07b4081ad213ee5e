"""Discourse's watched words, as its admin page exports them."""

from __future__ import annotations

import csv
import io
from typing import Final

from rules.imports.imported import Entry, ImportingError, Left, Read
from rules.imports.terms import draft_of, entry_of, weaker
from rules.model import Severity

_STRICT: Final = {
    "block": "A watched word that Discourse blocks",
    "censor": "A watched word that Discourse censors",
    "silence": "A watched word for which Discourse silences the author",
}
_LENIENT: Final = {
    "require_approval": "A watched word that asks for approval",
    "flag": "A watched word that is flagged",
}
_LEFT: Final = {
    "link": "the word is made a link, which breaks no terms",
    "replace": "the word is replaced; comments are not rewritten here",
    "tag": "the topic is tagged; comments have no tags",
}
_PARTLY: Final = {
    "censor": "the comment is rejected instead: words are not masked here",
    "silence": "the comment is rejected; its author is not silenced",
}
_EXPRESSION: Final = frozenset("\\[](|^$+{")
"""Signs that stand in no word: the site has its words read as regular expressions."""


def read_discourse(content: str, severity: Severity) -> Read:
    """The words of an export of all actions (`word,action,replacement,case_sensitive`), or of one
    action as plain text, a word a line, which is read as blocked words.

    Raises ImportingError.
    """
    left: list[Left] = []
    by_action: dict[str, list[Entry]] = {}
    for line, cells in _rows(content):
        word, action, _, case_sensitive = (*cells, "", "", "", "")[:4]
        action = action.strip().lower().replace(" ", "_") or "block"
        if action in _LEFT:
            left.append(Left(line, word, f"{action}: {_LEFT[action]}"))
        elif action not in _STRICT and action not in _LENIENT:
            known = ", ".join((*_STRICT, *_LENIENT, *_LEFT))
            left.append(Left(line, word, f"{action!r} is no action of watched words ({known})"))
        elif word.strip():
            by_action.setdefault(action, []).append(_entry(line, word))
            if case_sensitive.strip().lower() == "true":
                left.append(Left(line, word, "the word is carried, its case is not looked at"))
    drafts = []
    for action, entries in by_action.items():
        strict = action in _STRICT
        draft, unusable = draft_of(
            action.replace("_", "-"),
            (_STRICT | _LENIENT)[action],
            severity if strict else weaker(severity),
            f"Discourse: watched words, action {action}",
            entries,
        )
        left += unusable
        if draft and action in _PARTLY:
            left.append(Left(entries[0].line, action, _PARTLY[action]))
        drafts += [draft] if draft else []
    return Read(drafts, left)


def _entry(line: int, word: str) -> Entry:
    if _EXPRESSION.isdisjoint(word):
        return entry_of(line, word)
    return Entry(line, word.strip(), "regex")


def _rows(content: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(content))
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise ImportingError(f"line {reader.line_num}: {error}; save the export again") from None
    if rows and [cell.strip().lower() for cell in rows[0][1][:2]] == ["word", "action"]:
        return rows[1:]
    return rows
