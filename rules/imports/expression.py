"""Regular expressions of other systems: as RE2 reads them over the folded text, and a text that one
matches, for the examples that every rule carries."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from threading import Lock
from typing import Any, Final

import re2

from moderation.text import fold

_OF_CATEGORY: Final = {
    "CATEGORY_DIGIT": "1",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": "ب",
    "CATEGORY_NOT_DIGIT": "ب",
    "CATEGORY_NOT_SPACE": "ب",
    "CATEGORY_NOT_WORD": " ",
}
_CANDIDATES: Final = "ب1 a-"
_MOST_REPEATS: Final = 50


_PIECE: Final = re.compile(
    r"""
    (?P<escape>\\(?:[pP](?:\{\^?\w+\}|\w)|x(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})|.))
    | (?P<bracket>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<group>\(\?(?:P?<\w+>|[a-zA-Z-]*:|[a-zA-Z-]+\)))
    | (?P<letters>[^\W\d_]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ONE_AT_A_TIME: Final = Lock()
"""What is warned of is a setting of the whole process."""
_WORD: Final = r"\pL\pN_"
_QUIET: Final = re2.Options()
_QUIET.log_errors = False


def in_re2(expression: str) -> str:
    """An expression with the letters that the folded text has, and with words that may be Arabic:
    RE2's own `\\w` and `\\b` know Latin letters alone.

    Raises ValueError where it cannot be said in RE2.
    """

    def said(found: re.Match[str]) -> str:
        before, after = expression[: found.start()], expression[found.end() :]
        match found.lastgroup:
            case "letters":
                return fold(found[0])
            case "bracket":
                return _bracket(found[0])
            case "escape":
                return _escape(found[0], starts=_starts(before), ends=_ends(after))
        return found[0]

    made = _PIECE.sub(said, expression)
    try:
        re2.compile(made, _QUIET)
    except re2.error as error:
        reason = error.args[0]
        told = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"RE2, which takes linear time, does not know it: {told}") from None
    return made


def _starts(before: str) -> bool:
    return not before or bool(re.search(r"(?:^|[|(]|\(\?[a-zA-Z:<>-]+)\^?$", before))


def _ends(after: str) -> bool:
    return not after or after[0] in "|)$"


def _escape(escape: str, *, starts: bool, ends: bool) -> str:
    if escape == r"\w":
        return f"[{_WORD}]"
    if escape == r"\W":
        return f"[^{_WORD}]"
    if escape != r"\b":
        return escape
    if starts or ends:
        return f"(?:^|[^{_WORD}])" if starts else f"(?:$|[^{_WORD}])"
    raise ValueError(r"RE2 knows `\b` of Latin words alone; here only one at an end can be said")


def _bracket(bracket: str) -> str:
    if r"\W" in bracket:
        raise ValueError(r"`\W` between brackets cannot be said of Arabic words")
    inner = bracket.replace(r"\w", _WORD)
    return re.sub(r"\\.|[^\W\d_]", lambda found: _folded_letter(found[0]), inner)


def _folded_letter(letter: str) -> str:
    return letter if letter.startswith("\\") else fold(letter) or letter


def example_of(expression: str) -> str:
    """A short text that an expression should match; empty where none is found."""
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            # What `re` may read otherwise one day is no matter of the expression's author.
            warnings.simplefilter("ignore", FutureWarning)
            # The parser of the standard library, which has no public name.
            tree = import_module("re._parser").parse(expression)
    except (re.error, ImportError, RecursionError, OverflowError):
        return ""
    return _text(tree)


def _text(tree: Any) -> str:
    return "".join(_of(str(operator), argument) for operator, argument in tree)


def _of(operator: str, argument: Any) -> str:
    match operator:
        case "LITERAL":
            made = chr(argument)
        case "NOT_LITERAL":
            made = next(each for each in _CANDIDATES if ord(each) != argument)
        case "ANY":
            made = _CANDIDATES[0]
        case "IN":
            made = _one_of(argument)
        case "BRANCH":
            made = _text(argument[1][0])
        case "SUBPATTERN":
            made = _text(argument[-1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            made = _text(argument[2]) * min(int(argument[0]), _MOST_REPEATS)
        case _:
            made = ""
    return made


def _one_of(items: Any) -> str:
    if str(items[0][0]) == "NEGATE":
        refused = "".join(_one_of([item]) for item in items[1:])
        return next((each for each in _CANDIDATES if each not in refused), "")
    operator, argument = items[0]
    match str(operator):
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return chr(argument[0])
        case "CATEGORY":
            return _OF_CATEGORY.get(str(argument), "")
    return ""
