"""What parser and validator complain of, in the words of whoever writes rules, with a remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

from pydantic_core import ErrorDetails
from ruamel.yaml.error import MarkedYAMLError

from rules.sentence import Foreign, sentence

Told = tuple[str, str]
"""What is wrong, and what to do."""

_QUOTE: Final = "check the indentation, and quote text that holds `: ` or `#`"
_SYNTAX: Final = tuple(
    (re.compile(pattern), message, remedy)
    for pattern, message, remedy in (
        (r"found character '\\t'", "a tab", "indent with spaces"),
        (
            r"found character '(?P<a>.)' that cannot start",
            "a text cannot begin with `{a}`",
            "put it in quotes",
        ),
        (
            r"found duplicate key \"(?P<a>[^\"]*)\"",
            "the key `{a}` stands twice",
            "take one of them out",
        ),
        (
            r"found undefined alias '(?P<a>.*)'",
            "no anchor `&{a}` stands before `*{a}`",
            "put a text that begins with `*` in quotes",
        ),
        (
            r"expected <block end>",
            "the line does not begin in the column of its neighbours",
            "keys of one mapping and items of one list begin in the same column",
        ),
        (r"mapping values are not allowed here", "`: ` is not allowed here", _QUOTE),
        (
            r"could not find expected ':'",
            "a key without `:` after it",
            "write `key: value`, and indent text that goes on in a new line",
        ),
        (
            r"expected ',' or '(?P<a>[\]}])'",
            "`,` or `{a}` is missing before this place",
            "part items by `,` and close what is open; put text that holds `,` or a bracket in "
            "quotes",
        ),
        (
            r"that does not exist: (?P<a>.*)",
            "a date, time or number that does not exist: {a}",
            "write dates as `2027-01-31`, and put text that looks like one in quotes",
        ),
        (r"found unexpected end of stream", "a quotation mark is not closed", "close it"),
    )
)
"""What ruamel.yaml says, and what it means."""

_PATTERNS: Final = (
    (
        "^[a-z0-9]",
        "a name has small Latin letters, digits, `-` and `_`",
        "`description` is for people, in any script",
    ),
    (r"^\d+\.\d+", "a version is three numbers", "write `1.0.0`"),
)
"""How expressions for names and versions begin, and what they ask for."""
_EMPTY: Final = {
    "string_too_short": ("is empty", "write a text, or take the key out"),
    "too_short": ("is empty", "add an item, or take the key out"),
}
_NOTHING: Final = ("a text is expected", "write a text, or take it out")
_IN_QUOTES: Final = 'put it in quotes: "{given}"'
_EXPECTED: Final = {
    "string_type": ("a text is expected", _IN_QUOTES),
    "bool_type": ("`true` or `false` is expected", ""),
    "bool_parsing": ("`true` or `false` is expected", ""),
    "tuple_type": ("a list is expected", "write `[first, second]`"),
    "list_type": ("a list is expected", "write `[first, second]`"),
    "finite_number": ("a number with an end is expected", "write its digits"),
}
_CHOICES: Final = frozenset(("literal_error", "enum"))
_BOUNDS: Final = {
    "greater_than_equal": ("Input should be greater than or equal to {bound}", "ge"),
    "less_than_equal": ("Input should be less than or equal to {bound}", "le"),
    "string_too_long": ("String should have at most {bound} characters", "max_length"),
}
"""What is said of values out of bounds, and what the validator calls the bound."""
_NUMBERS: Final = frozenset(
    ("int_parsing", "int_type", "int_from_float", "float_parsing", "float_type")
)
_TEXTS: Final = frozenset(("Term", "Example"))
"""Models that a plain text may stand for."""
_MAPPINGS: Final = frozenset(("model_type", "model_attributes_type", "dict_type"))


_EXPRESSIONS: Final = (
    (r"missing \)|unexpected \)", "close every parenthesis, or write `\\(` for the character"),
    (r"missing closing \]", "close every `[`, or write `\\[` for the character"),
    (r"no argument for repetition", "write `\\*`, `\\+` or `\\?` for the character"),
)
"""What RE2 says of an expression, and what to do; for all else there is its limit."""
_MOST_NAMES: Final = 12


def of_syntax(error: MarkedYAMLError) -> Told:
    """What keeps a file from being YAML."""
    said = str(error.problem or error.context or error)
    for pattern, message, remedy in _SYNTAX:
        if found := pattern.search(said):
            groups = found.groupdict()
            what = sentence(message, **groups) if groups else message
            return sentence("not valid YAML: {what}", what=what), remedy
    return sentence("not valid YAML: {what}", what=Foreign(said)), _QUOTE


def of_encoding(content: bytes, error: UnicodeDecodeError) -> Told:
    """What keeps a file from being UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16, and not UTF-8", "save it as UTF-8"
    byte = content[error.start]
    return (
        sentence(
            "not UTF-8: byte 0x{byte} stands here; Arabic files of old are often Windows-1256",
            byte=f"{byte:02X}",
        ),
        "save it as UTF-8; `iconv -f windows-1256 -t utf-8 OLD > NEW` converts such a file",
    )


def of_expression(message: str) -> str:
    """What to do about an expression of which RE2 says this."""
    for pattern, remedy in _EXPRESSIONS:
        if re.search(pattern, message):
            return remedy
    return "RE2 has no look-around and no back-references"


def nearest_list(name: str, declared: Iterable[str]) -> str:
    """The lists that `pack/list`, which no pack has, was perhaps meant to name."""
    known = sorted(declared)
    near = difflib.get_close_matches(name, known, n=3)
    own = name.partition("/")[2]
    near.extend(other for other in known if other.endswith(f"/{own}") and other not in near)
    if near:
        return did_you_mean(*(f"`{other}`" for other in near))
    if not known:
        return "declare it under `lists`"
    names = ", ".join(known[:_MOST_NAMES])
    more = sentence(" and {count} more", count=len(known) - _MOST_NAMES)
    return sentence(
        "lists are: {names}{more}", names=names, more=more if len(known) > _MOST_NAMES else ""
    )


def did_you_mean(*near: str) -> str:
    """The question whether one of these names was meant, as they are to be told."""
    *others, last = near
    asked = reduce(_either, reversed(others), last)
    return sentence("did you mean {near}?", near=asked)


def _either(second: str, first: str) -> str:
    return sentence("{first} or {second}", first=first, second=second)


def of_value(detail: ErrorDetails, pattern: str | None = None) -> Told:
    """What is wrong with a value, as the validator found it. `pattern` is what its place asks."""
    given = detail["input"]
    message, remedy = _of_detail(detail, pattern)
    if isinstance(given, str | int | float) and given != "":
        message = sentence("{message}, not {given}", message=message, given=_shown(given))
    return message, remedy


def _of_detail(detail: ErrorDetails, pattern: str | None) -> Told:
    given, kind, context = detail["input"], detail["type"], detail.get("ctx", {})
    if kind in _CHOICES:
        expected = str(context["expected"])
        known = re.findall(r"'[^']*'", expected) or [expected]
        *others, last = known
        either = _either(last, ", ".join(others)) if others else last
        message = sentence("Input should be {known}", known=either)
        return message, _near(given, [name.strip("'") for name in known])
    if kind == "value_error":
        # What the model's own validators say.
        return context["error"].args[0], ""
    if kind == "string_type" and (pattern or "").startswith(_PATTERNS[1][0]):
        return _PATTERNS[1][1:]
    if kind in _BOUNDS:
        asked, bound = _BOUNDS[kind]
        return sentence(asked, bound=context[bound]), ""
    if kind == "too_short" and context["min_length"] > 1:
        return sentence("at least {bound} items are expected", bound=context["min_length"]), ""
    unknown = sentence("the value does not fit: {what}", what=Foreign(detail["msg"]))
    return _of_kind(kind, context, given) or (unknown, "")


def _of_kind(kind: str, context: Mapping[str, Any], given: object) -> Told | None:
    if kind == "string_pattern_mismatch":
        asked = str(context["pattern"])
        return next(
            ((message, remedy) for begin, message, remedy in _PATTERNS if asked.startswith(begin)),
            None,
        )
    if kind in _EMPTY:
        return _EMPTY[kind] if context["min_length"] == 1 else None
    if kind in _MAPPINGS:
        return _of_mapping(str(context.get("class_name", "")), given)
    if kind in _NUMBERS:
        return "a number is expected", _in_digits(given)
    if kind not in _EXPECTED:
        return None
    message, remedy = _EXPECTED[kind]
    if kind == "string_type":
        remedy = _NOTHING[1] if given is None else sentence(remedy, given=str(given))
    return message, remedy


def _of_mapping(name: str, given: object) -> Told:
    if name in _TEXTS and given is None:
        return _NOTHING
    if name in _TEXTS and isinstance(given, bool | int | float):
        text = str(given).lower() if isinstance(given, bool) else given
        return "a text is expected", sentence(_IN_QUOTES, given=str(text))
    if name == "Condition":
        words = given if isinstance(given, str) else "..."
        operator = sentence("write its operator: `{{ word: [{words}] }}`", words=words)
        return "a condition is expected", operator
    return "keys are expected", "write `key: value`, indented under the key"


def _shown(given: float | str) -> str:
    return str(given).lower() if isinstance(given, bool) else repr(given)


def _near(given: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1) if isinstance(given, str) else []
    return did_you_mean(f"`{near[0]}`") if near else ""


def _in_digits(given: object) -> str:
    """Digits of another script are numbers to people, and texts to YAML."""
    if isinstance(given, str) and given.strip().isdecimal() and not given.isascii():
        return sentence("write the digits 0 to 9: `{digits}`", digits=str(int(given)))
    return ""
