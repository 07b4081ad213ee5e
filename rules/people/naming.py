"""Where a comment names somebody: the places that count, and those that look so and do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from moderation.view import View
from rules.clitics import PREFIXES, may_precede
from rules.frequent import FREQUENT
from rules.people import first_names, titles
from rules.people.name import ARTICLE, VOCATIVES, Form, Name, Part

_SON: Final = frozenset(("بن", "ابن", "بنت"))
_TO_THE: Final = frozenset(("ل", "ول", "فل"))
"""Before these the article loses its alif: «للحداد» reads «لحداد»."""
_LONGEST_PREFIX: Final = max(map(len, PREFIXES))
_ABBREVIATED: Final = 2
"""Titles of so many letters («د») take no prefix."""

Doubt = Literal["first_name", "title", "short", "shared", "other"]
"""Why a place does not count: many bear that part of the name, it is a title, it is short; somebody
else who is named bears it too; another first name before it says that somebody else is meant."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The words from `first` to `last`, inclusive. `doubt` is None where they name the person."""

    first: int
    last: int
    doubt: Doubt | None = None


def namings(view: View, name: Name, others: Sequence[Name], *, addressed: bool) -> list[Naming]:
    """Where a comment, in its folded view, names somebody or seems to, in its order.

    `others` are those who are named with them. `addressed` says that the comment speaks to them
    where it says «يا».
    """
    if not any(form[0] in view.text for part in name.parts for form in part.free):
        return []
    return list(_Looking(view, name, others, addressed=addressed).all())


class _Looking:
    def __init__(self, view: View, name: Name, others: Sequence[Name], *, addressed: bool) -> None:
        self._view = view
        self._words = view.words
        self._parts = name.parts
        self._own = {part.key for part in name.parts}
        self._foreign = {part.key for other in others for part in other.parts}
        self._addressed = addressed

    def all(self) -> Iterator[Naming]:
        at = 0
        while at < len(self._words):
            found = self._several(at) or self._one(at)
            if found is not None:
                yield found
                at = found.last
            at += 1

    def _several(self, at: int) -> Naming | None:
        """Parts of the name next to one another, in their order: the longest run of them."""
        best: int | None = None
        for start, part in enumerate(self._parts):
            first = last = self._end(at, part.free, prefixed=True)
            if last is None:
                continue
            for following in self._parts[start + 1 :]:
                after = self._end(last + 1, following.free)
                if after is None and self._word(last + 1) in _SON:
                    after = self._end(last + 2, following.free)
                last = last if after is None else after
            if last != first and (best is None or last > best):
                best = last
        return None if best is None else Naming(at, best)

    def _one(self, at: int) -> Naming | None:
        """A part of the name by itself."""
        for part in self._parts:
            last = self._end(at, part.free, prefixed=True)
            if last is not None and (self._is_strict(at, part) or self._is_pointed_at(at, part)):
                return Naming(at, last, self._doubt(at, last, part))
        return None

    def _doubt(self, at: int, last: int, part: Part) -> Doubt | None:
        if self._is_anothers(at):
            return "other"
        if part.alone is None or part.alone == "title":
            return part.alone
        # «الكاتب على حق» reads like a name after a title.
        titled = self._is_title(at - 1) and part.key not in FREQUENT
        called = self._addressed and self._is_called(at, part) and not self._is_first_name(last + 1)
        if not titled and not called:
            return part.alone
        return "shared" if part.key in self._foreign else None

    def _end(self, at: int, forms: Sequence[Form], *, prefixed: bool = False) -> int | None:
        """The last word of a part that begins at a word; None where none does."""
        ends = (at + len(form) - 1 for form in forms if self._stands(at, form, prefixed=prefixed))
        return max(ends, default=None)

    def _stands(self, at: int, form: Form, *, prefixed: bool) -> bool:
        written = self._words[at : at + len(form)]
        if len(written) < len(form) or written[1:] != form[1:]:
            return False
        word, first = written[0], form[0]
        if word == first:
            return True
        return prefixed and word.endswith(first) and may_precede(word.removesuffix(first), first)

    def _is_strict(self, at: int, part: Part) -> bool:
        """Whether a part stands there with the article that it is written with."""
        if self._end(at, part.strict, prefixed=True) is not None:
            return True
        first = part.strict[0][0].removeprefix(ARTICLE)
        word = self._words[at]
        return word.endswith(first) and word.removesuffix(first) in _TO_THE

    def _is_pointed_at(self, at: int, part: Part) -> bool:
        return self._is_called(at, part) or self._is_title(at - 1)

    def _is_called(self, at: int, part: Part) -> bool:
        """Whether «يا» stands before a part, or is written together with it."""
        return self._word(at - 1) in VOCATIVES or self._words[at] in part.called

    def _is_title(self, at: int) -> bool:
        word = self._word(at)
        if word in titles():
            return True
        return any(
            word[length:] in titles() and len(word) - length > _ABBREVIATED
            for length in range(1, min(_LONGEST_PREFIX, len(word)) + 1)
            if word[:length] in PREFIXES
        )

    def _is_anothers(self, at: int) -> bool:
        """Whether another first name stands directly before a word."""
        if not self._is_first_name(at - 1) or self._word(at - 1) in self._own:
            return False
        starts, ends = self._view.word_starts, self._view.word_ends
        return self._view.text[ends[at - 1] : starts[at]].isspace()

    def _is_first_name(self, at: int) -> bool:
        word = self._word(at)
        return word in first_names() and word not in FREQUENT

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""
