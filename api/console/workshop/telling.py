"""What the rules' own tools say in English, in the language of whoever reads the console.

The tools speak English to command lines and logs. What is not known here is shown as they say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from api.console.foreign import set_apart
from api.console.language import Words, catalogue
from rules.sentence import Foreign, Sentence

_TOLD: Final = tuple(
    (re.compile(pattern, re.DOTALL), f"rules.told_{key}")
    for pattern, key in (
        (r"one of (?P<a>\d+) terms: (?P<b>.*)", "terms"),
        (
            r"one of (?P<a>\d+) phrases, at most (?P<b>\d+) words between two of its words: "
            r"(?P<c>.*)",
            "phrases_gap",
        ),
        (r"one of (?P<a>\d+) phrases: (?P<b>.*)", "phrases"),
        (r"a term of (?P<a>.*)", "list"),
        (r"any of (?P<a>\d+)", "any"),
        (r"all of (?P<a>\d+)", "all"),
        (r"none of (?P<a>\d+)", "none"),
        (r"at least (?P<a>\d+) of (?P<b>\d+)", "at_least"),
        (r"(?P<a>\d+) things at most (?P<count>\d+) words apart", "near"),
        (
            r"(?P<a>\d+) things at most (?P<count>\d+) words apart, in this order",
            "near_ordered",
        ),
        (r"the expression (?P<a>.*)", "expression"),
        (r"something stands between quotation marks", "quoted"),
        (r"the author is named", "author_named"),
        (r"the person is named", "person_named"),
        (r"the comment that it answers fulfils a condition", "parent"),
        (r"the comment is a reply", "reply"),
        (r"the comment is no reply", "no_reply"),
        (r"the article is known", "article"),
        (r"the article is not known", "no_article"),
        (r"(?P<a>\d+) of (?P<b>\d+) hold", "hold"),
        (r"the words stand apart: (?P<a>.*)", "apart"),
        (r"all stand there, but more than (?P<a>\d+) words apart.*", "too_far"),
        (r"nobody's name is known", "nobody"),
        (r"known are: (?P<a>.*)", "known"),
        (
            r"«(?P<a>.*)» is a common first name, which does not count alone; known are: (?P<b>.*)",
            "first_name",
        ),
        (r"«(?P<a>.*)» is a title, which does not count alone; known are: (?P<b>.*)", "title"),
        (r"«(?P<a>.*)» is too short to count alone; known are: (?P<b>.*)", "short_name"),
        (r"«(?P<a>.*)» is the name of others too who are named; known are: (?P<b>.*)", "shared"),
        (r"«(?P<a>.*)» follows another first name; known are: (?P<b>.*)", "another"),
        (r"nothing does", "nothing"),
        (r"it is otherwise", "otherwise"),
        (r"it is not known", "unknown"),
        (r"it matches nothing in the folded text", "matches_nothing"),
        (r"the comment answers no other", "answers_none"),
        (r"an `unless` frame cancels it(: (?P<a>.*))?", "cancelled"),
        (r"it lacks (?P<a>.*) \((?P<b>[^()]*)\)", "lacks_for"),
        (r"it lacks (?P<a>.*)", "lacks"),
        (r"moderators approved it( too)?", "approved"),
        (r"moderators rejected it( too)?", "rejected"),
        (r"the classifier suspects it by (?P<a>[\d.]+)", "suspects"),
        (r"the words stand in a frame of mention", "mention"),
        (r"everyday words: (?P<a>.*)", "everyday"),
        (r"only a frame keeps it from (?P<a>.*)", "framed"),
        (r"nearly (?P<a>.*)", "nearly"),
        (
            r"«(?P<a>.*)» reads as '(?P<b>.*)' in the view \w+, which the tolerance of the term "
            r"leaves out",
            "reads_as",
        ),
        (
            r"'(?P<a>.*)' stands inside «(?P<b>.*)»; what is attached is no clitic that the term "
            r"allows",
            "inside",
        ),
        (r"files on disk", "disk"),
        (r"shipped with (?P<a>\S+)", "shipped"),
        (r"found at the start", "at_start"),
        (r"changed in the folder", "in_folder"),
        (r"«(?P<a>.*)» differs from '(?P<b>.*)' by one letter", "letter"),
    )
)
_PROBLEMS: Final = "problems."
_CODE: Final = re.compile(r"`[^`]*`")
_OF_SENTENCES: Final = frozenset(("rules.told_lacks", "rules.told_lacks_for"))


def teller(words: Words) -> Callable[[str], str]:
    """`told` in one language, for templates."""
    return lambda text: told(text, words)


def told(text: str, words: Words) -> str:
    """A sentence of the tools in the language of `words`; itself where that is not known."""
    if words.language == "en":
        return text
    if isinstance(text, Foreign):
        return set_apart(text)
    if of_problem := _of_problem(text, words):
        # What is written in code reads from the left, among words that read from the right.
        return _CODE.sub("\u2066\\g<0>\u2069", of_problem)
    for pattern, key in _TOLD:
        if found := pattern.fullmatch(text):
            parts = {name: part or "" for name, part in found.groupdict().items()}
            if key in _OF_SENTENCES:
                parts = {name: told(part, words) for name, part in parts.items()}
            count = parts.pop("count", None)
            return words(key, None if count is None else int(count), **parts)
    return text


def _of_problem(text: str, words: Words) -> str:
    """A sentence about what is wrong with rule files; empty where it is none that is known."""
    template, given = (text.template, text.values) if isinstance(text, Sentence) else (text, {})
    key = _templates().get(template)
    if key is None:
        return ""
    values = {name: _value(value, words) for name, value in given.items()}
    count = values.pop("count", None)
    return words(key, count if isinstance(count, int) else None, **values)


def _value(value: object, words: Words) -> object:
    if isinstance(value, Foreign):
        return set_apart(value)
    return (_of_problem(value, words) or value) if isinstance(value, str) else value


@cache
def _templates() -> Mapping[str, str]:
    """The key of each sentence by its template in English."""
    return {text["en"]: key for key, text in catalogue().items() if key.startswith(_PROBLEMS)}
