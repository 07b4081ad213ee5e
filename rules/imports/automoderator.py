"""AutoModerator's keyword checks, as moderators of forums write them in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from moderation.text import fold
from rules.imports.imported import Draft, Entry, ImportingError, Kind, Left, Read
from rules.imports.terms import condition_of, tries_of, usable, weaker
from rules.model import Severity
from rules.remedy import of_syntax
from rules.source import parse

_KEY: Final = re.compile(r"(?P<not>~?)(?P<fields>[a-z_+ ]+?)(#\w+)?\s*(\((?P<how>[^)]*)\))?")
_TEXT: Final = frozenset(("body", "title"))
_ACTIONS: Final = {"remove": True, "spam": True, "filter": False, "report": False}
"""Whether the action refuses, or only asks a moderator."""
_LENGTHS: Final = {
    "body_longer_than": ("at_least", 1),
    "body_shorter_than": ("at_most", -1),
}
_TOLD: Final = frozenset(
    """
    action_reason report_reason comment comment_locked comment_stickied message message_subject
    modmail modmail_subject moderators_exempt priority set_flair set_locked set_sticky set_nsfw
    set_spoiler overwrite_flair
    """.split()
)
"""Keys that change what is said or done beside, and not which comments are found."""
_SILENT: Final = frozenset(("action", "action_reason", "report_reason", "type", "priority"))
_LONGEST_ID: Final = 60
_NOT_YAML: Final = "not valid YAML: "


class _UnsayableError(Exception):
    """A check without which a rule would find more than it was written for."""


@dataclass
class _Parts:
    """What a rule is put together from."""

    conditions: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    tries: list[list[str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def read_automoderator(content: str, severity: Severity) -> Read:
    """The keyword checks of every document that checks the text of comments.

    A document of which a check cannot be said is left out as a whole: without the check its rule
    would find more. Raises ImportingError where nothing is YAML.
    """
    drafts: list[Draft] = []
    left: list[Left] = []
    found = broken = 0
    for number, (first, text) in enumerate(_documents(content), start=1):
        found += 1
        try:
            document = parse(text)
        except (YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = first + (mark.line if mark else 0)
            left.append(Left(line, f"document {number}", _why(error)))
            broken += 1
            continue
        if not isinstance(document, CommentedMap):
            if document is not None:
                left.append(Left(first, f"document {number}", "no mapping of checks"))
            continue
        try:
            drafts.append(_Document(document, first, number, severity, left).draft())
        except _UnsayableError as error:
            left.append(Left(first, f"document {number}", str(error)))
    if broken and broken == found:
        why = left[0].why.removeprefix(_NOT_YAML)
        raise ImportingError(f"not valid YAML, line {left[0].line}: {why}")
    return Read(drafts, left)


def _why(error: Exception) -> str:
    if isinstance(error, MarkedYAMLError):
        return of_syntax(error)[0]
    return f"{_NOT_YAML}{'nests too deep' if isinstance(error, RecursionError) else error}"


def _documents(content: str) -> Iterator[tuple[int, str]]:
    """The documents, each with the number of its first line; one that is broken spoils no other."""
    lines: list[str] = []
    first = 1
    for number, line in enumerate([*content.splitlines(), "---"], start=1):
        if line.rstrip() == "---":
            if any(each.strip() and not each.lstrip().startswith("#") for each in lines):
                yield first, "\n".join(lines)
            lines, first = [], number + 1
        else:
            lines.append(line)


class _Document:
    """One rule of AutoModerator."""

    def __init__(
        self, said: CommentedMap, first: int, number: int, severity: Severity, left: list[Left]
    ) -> None:
        self._said = said
        self._first = first
        self._number = number
        self._severity = severity
        self._left = left

    def draft(self) -> Draft:
        """The rule. Raises _UnsayableError."""
        action = self._action()
        parts = _Parts()
        notes: list[Left] = []
        for key, value in self._said.items():
            self._read(str(key), value, parts, notes)
        if not parts.tries:
            raise _UnsayableError(
                "it has no check of the text of comments that could be carried over"
            )
        self._left.extend(notes)
        conditions = parts.conditions
        reason = self._said.get("action_reason") or self._said.get("report_reason")
        return Draft(
            id=self._name,
            description=str(reason or f"AutoModerator's rule {self._number}")[:200],
            severity=self._severity if _ACTIONS[action] else weaker(self._severity),
            origin=f"AutoModerator: document {self._number}, line {self._first}, action {action}",
            when=conditions[0] if len(conditions) == 1 else {"all": conditions},
            lists=parts.lists,
            tries=_together(parts.tries),
            entries=parts.entries,
        )

    @property
    def _name(self) -> str:
        return f"document-{self._number}"

    def _action(self) -> str:
        action = str(self._said.get("action", "")).strip()
        if action == "approve":
            raise _UnsayableError("it approves: rules here only speak against comments")
        if action not in _ACTIONS:
            raise _UnsayableError(f"its action is {action or 'missing'}, which judges no comment")
        if str(self._said.get("type", "any")) not in {"any", "comment"}:
            raise _UnsayableError("it is for submissions, not for comments")
        return action

    def _read(self, key: str, value: Any, parts: _Parts, notes: list[Left]) -> None:
        line = self._line(key)
        if key in _SILENT:
            return
        if key in _TOLD:
            notes.append(Left(line, key, "what is done beside the action is not carried over"))
            return
        if key in _LENGTHS and isinstance(value, int):
            bound, more = _LENGTHS[key]
            parts.conditions.append({"length": {bound: value + more}})
            return
        matched = _KEY.fullmatch(key)
        fields = {each.strip() for each in matched["fields"].split("+")} if matched else set()
        if matched is None or not fields <= _TEXT or "body" not in fields:
            raise _UnsayableError(
                f"line {line}: `{key}` looks at something that comments do not have"
            )
        if "title" in fields:
            notes.append(Left(line, key, "comments have no title: only the text is looked at"))
        self._check(line, value, matched, parts, notes)

    def _check(
        self, line: int, value: Any, matched: re.Match[str], parts: _Parts, notes: list[Left]
    ) -> None:
        how = {each.strip() for each in (matched["how"] or "includes-word").split(",")}
        if "case-sensitive" in how:
            notes.append(Left(line, matched[0], "case is not looked at"))
        entries: list[Entry] = []
        for at, text in enumerate(value if isinstance(value, list) else [value]):
            entries += self._entries(self._line_in(value, at, line), str(text), how)
        kept, unusable = usable(entries)
        self._left.extend(unusable)
        refuses = bool(matched["not"])
        if not kept or (refuses and len(unusable) > 0):
            raise _UnsayableError(
                f"line {line}: `{matched[0]}` has entries that cannot be carried over"
            )
        name = f"{self._name}-{len(parts.lists) + 1}"
        condition, lists = condition_of(kept, name)
        parts.lists |= lists
        parts.entries += kept
        if refuses:
            parts.conditions.append({"none": [condition]})
        else:
            parts.conditions.append(condition)
            parts.tries.append(tries_of(kept))

    def _entries(self, line: int, text: str, how: set[str]) -> Iterator[Entry]:
        known = {"regex", "includes", "includes-word", "starts-with", "ends-with"}
        known |= {"full-exact", "full-text", "case-sensitive"}
        if unknown := how - known:
            raise _UnsayableError(
                f"line {line}: `{', '.join(sorted(unknown))}` is no way of matching"
            )
        expression = text if "regex" in how else re.escape(fold(text))
        around = _around(how)
        if around is not None:
            yield Entry(line, around.format(expression), "regex")
        elif "regex" in how:
            yield Entry(line, text if "includes" in how else _as_words(text), "regex")
        else:
            kind: Kind = "contains" if "includes" in how else "word"
            yield Entry(line, text, kind)

    def _line(self, key: str) -> int:
        places: Mapping[Any, Any] = self._said.lc.data or {}
        return self._first + int(places[key][0]) if key in places else self._first

    def _line_in(self, value: Any, at: int, line: int) -> int:
        places = getattr(getattr(value, "lc", None), "data", None) or {}
        return self._first + int(places[at][0]) if at in places else line


def _as_words(expression: str) -> str:
    """An expression that matches whole words, as all do that are not said to match in them."""
    before = "" if expression.startswith((r"\b", "^")) else r"\b"
    after = "" if expression.endswith((r"\b", "$")) else r"\b"
    return f"{before}(?:{expression}){after}"


def _around(how: set[str]) -> str | None:
    if "starts-with" in how:
        return r"^\s*(?:{})"
    if "ends-with" in how:
        return r"(?:{})\s*$"
    if "full-exact" in how:
        return r"^\s*(?:{})\s*$"
    return r"^\W*(?:{})\W*$" if "full-text" in how else None


def _together(tries: list[list[str]]) -> list[str]:
    """Texts in which every check finds something, as well as each alone."""
    longest = max(map(len, tries))
    joined = [" ".join(each[at % len(each)] for each in tries if each) for at in range(longest)]
    return [*joined, *(f"{text} {text}" for text in joined)]
