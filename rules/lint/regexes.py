"""No expression asks for letters that the folded text, which it reads, never has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from moderation.text import fold
from rules.lint.complaint import Check, Complaint, Linted
from rules.places import conditions_of_pack
from rules.sentence import sentence

_LETTERS: Final = re.compile(r"(?<!\\)[^\W\d_](?:[^\W\d_]|[\u064b-\u065f\u0670])+")
r"""Literal letters of an expression with their marks; an escape such as `\b` is none."""


def unfolded_regexes(linted: Linted) -> Iterator[Complaint]:
    """Expressions whose letters are not folded."""
    for file in linted.files:
        for condition, location in conditions_of_pack(file):
            for expression in condition.regex or ():
                for letters in _LETTERS.findall(expression):
                    if fold(letters) != letters:
                        yield Complaint(
                            file,
                            (*location, "regex"),
                            sentence(
                                "{letters!r} never stands in the folded text, where it folds to "
                                "{folded!r}",
                                letters=letters,
                                folded=fold(letters),
                            ),
                            "write the folded letters: one of each run, small Latin letters",
                        )


CHECK = Check("unfolded-regex", "error", unfolded_regexes)
