"""A rule's conditions in the words of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.console.language import Words
from rules.model import Condition, Frame, Range

_TERMS: Final = ("word", "stem", "phrase", "contains")
_TEXTS: Final = ("regex", "emoji", "list", "section", "tag", "author")
_SEVERAL: Final = ("any", "all", "none")
_YES_OR_NO: Final = ("article", "reply", "newcomer")
_BOUNDS: Final = ("length", "links", "repeated")


@dataclass(frozen=True, slots=True)
class Said:
    """One condition in words. `terms` are what it looks for, `parts` what it is made of, `options`
    how and where."""

    text: str
    terms: Sequence[str] = ()
    parts: Sequence[Said] = ()
    options: str = ""


def said(condition: Condition, words: Words) -> Said:
    """What a condition asks for."""
    operator = condition.operator
    value = getattr(condition, operator)
    text = f"rules.says_{operator}"
    terms: tuple[str, ...] = ()
    parts: tuple[Said, ...] = ()
    values: dict[str, Any] = {}
    count: int | None = None
    if operator in _TERMS:
        terms = tuple(term.term for term in value)
    elif operator in _TEXTS:
        terms = tuple(value)
    elif operator in _SEVERAL:
        parts = tuple(said(each, words) for each in value)
    elif operator in _YES_OR_NO:
        text = f"{text}_{'yes' if value else 'no'}"
    elif operator in _BOUNDS:
        values = {"bounds": _bounds(value, words)}
    elif operator == "score":
        values = {"label": value.label, "bounds": _bounds(value, words)}
    elif operator == "at_least":
        values, parts = {"number": value.count}, tuple(said(each, words) for each in value.of)
    elif operator == "near":
        count = value.within
        text = f"{text}_ordered" if value.ordered else text
        parts = tuple(said(each, words) for each in value.of)
    elif operator == "parent":
        parts = (said(value, words),)
    elif operator == "named":
        text = f"{text}_{value}"
    return Said(words(text, count, **values), terms, parts, "، ".join(_options(condition, words)))


def _options(condition: Condition, words: Words) -> Iterator[str]:
    if condition.gap:
        yield words("rules.says_gap", count=condition.gap)
    if condition.clitics == "none":
        yield words("rules.says_no_clitics")
    if isinstance(condition, Frame):
        if condition.within is not None:
            yield words("rules.says_within", count=condition.within)
        if condition.side != "either":
            yield words("rules.says_before" if condition.side == "before" else "rules.says_after")


def _bounds(bounds: Range, words: Words) -> str:
    least, most = bounds.at_least, bounds.at_most
    if least is None or most is None:
        bound = most if least is None else least
        assert bound is not None  # noqa: S101 - a range has one
        key = "rules.says_at_most" if least is None else "rules.says_from"
        return words(key, bound=words.number(bound))
    return words("rules.says_between", least=words.number(least), most=words.number(most))
