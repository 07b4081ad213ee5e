"""What may be attached to an Arabic word: conjunctions, prepositions, the article, pronouns.

Terms are compared in the folded view, where letters that meet are collapsed («للكلب» reads
«لكلب»); a clitic that ends in the letter with which the term begins is therefore looked for with
that letter shared.
"""

from __future__ import annotations

from itertools import product
from typing import Final

_CONJUNCTIONS: Final = ("", "و", "ف")
_PREPOSITIONS: Final = ("", "ب", "ل", "ك", "ع", "ه", "ها", "ش")
_ARTICLE: Final = ("", "ال")
_VOCATIVES: Final = ("يا", "ويا", "يال", "ايا", "ياه", "يها")

PREFIXES: Final = frozenset(
    "".join(parts) for parts in product(_CONJUNCTIONS, _PREPOSITIONS, _ARTICLE)
) | frozenset((*_VOCATIVES, "هل", "وهل", "عل", "لل", "ولل", "فلل"))
"""Everything that may stand before a whole word."""

PRONOUNS: Final = frozenset(
    ("", "ه", "ها", "هم", "هن", "هما", "ك", "كم", "كن", "كو", "كوا", "ي", "ني", "نا", "و", "ش")
)
"""Everything that may stand after a whole word."""

_PLURALS: Final = ("ين", "ون", "ات", "ه", "يه", "ا")
ENDINGS: Final = (
    PRONOUNS
    | frozenset(
        plural + pronoun
        for plural in _PLURALS
        for pronoun in ("", "ك", "كم", "هم", "ها", "ه", "نا")
    )
    | frozenset(("وا", "ان"))
)
"""The same with regular feminine and plural endings, for terms of three letters and more."""

LONGEST: Final = max(map(len, PREFIXES | ENDINGS))
_LONG_TERM: Final = 3


def may_precede(before: str, term: str) -> bool:
    """Whether `before` is nothing but clitics that can stand before `term`."""
    return before in PREFIXES or before + term[0] in PREFIXES


def may_follow(after: str, term: str) -> bool:
    """Whether `after` is nothing but clitics and endings that can stand after `term`."""
    endings = ENDINGS if len(term) >= _LONG_TERM else PRONOUNS
    return after in endings or term[-1] + after in endings


def may_end_a_word(after: str, last: str) -> bool:
    """Whether `after` can follow any term at all that ends in the letter `last`."""
    return after in ENDINGS or last + after in ENDINGS
