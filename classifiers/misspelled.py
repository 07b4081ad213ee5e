"""Copies of authored sentences as a hasty thumb writes them.

Readers swap letters, lose one, run two words together or break one in two. Each sentence, whatever
its label, gets one such copy, so that a slip of the thumb tells nothing and hides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from classifiers.corpora import Example

CORPUS: Final = "misspelled"
"""Under this name the copies are weighted and measured."""

_LONG: Final = 8
"""A sentence of more words has two slips."""
_SHORTEST: Final = 4
"""Shorter words are left whole: of three letters without one nobody reads the word."""


def misspelled(examples: Iterable[Example], seed: int) -> Iterator[Example]:
    """A copy of each example with a slip or two; none where a slip changed nothing."""
    choose = random.Random(seed)  # noqa: S311
    for example in examples:
        text = _slipped(example.text, choose)
        if text != example.text:
            yield replace(example, text=text, corpus=CORPUS)


def _slipped(text: str, choose: random.Random) -> str:
    words = text.split(" ")
    for _ in range(2 if len(words) > _LONG else 1):
        at = choose.randrange(len(words))
        word = words[at]
        kind = choose.choice(("swap", "lose", "join", "break"))
        if kind == "join":
            words[at : at + 2] = ["".join(words[at : at + 2])]
        elif len(word) >= _SHORTEST:
            place = choose.randrange(1, len(word) - 1)
            before, here, after = word[:place], word[place], word[place + 1 :]
            if kind == "swap":
                words[at] = before + after[0] + here + after[1:]
            elif kind == "lose":
                words[at] = before + after
            else:
                words[at] = f"{before}{here} {after}"
    return " ".join(words)
