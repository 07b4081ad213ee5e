"""What is read of the classes of a text's words: each, two together, and one beside a word.

What a class does to another (a people, an animal) is learned from words that are common, and holds
for rare ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from classifiers.lexicon import MOST_CLASSES, Lexicon
from classifiers.stretches import Hashes, Positions

_SALT: Final = np.uint64(0x8CB92BA72F3D8DD7)
_SALTS_OF_PAIRS: Final = np.array(
    [0, 0xAAAAB8C7D2E5F1B3, 0x5851F42D4C957F2D, 0x5851F42D4C957F2D], dtype=np.uint64
)
"""By distance: for classes of words side by side, and of words with one or two between them."""
_FIRST_OF_TWO: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_FARTHEST: Final = len(_SALTS_OF_PAIRS) - 1
_AHEAD: Final = np.arange(1, MOST_CLASSES * (_FARTHEST + 1))
"""How far on, among the classes of a text, one may stand that is paired with another."""


class Meanings(NamedTuple):
    """Hashes, and the numbers of the first and the last word that each was read in."""

    hashes: Hashes
    first: Positions
    last: Positions


def classes_of(words: Sequence[str], known: Sequence[int], lexicon: Lexicon) -> Meanings:
    """The classes of folded words, in their order. `known` are the hashes of the words."""
    found = lexicon.hashes(words, known)
    at, place = found.nonzero()
    return Meanings(found[at, place] ^ _SALT, at, at)


def together(classes: Meanings, words: Hashes) -> Meanings:
    """A class before a class, up to three words on, and a class before or behind a word.

    `words` are the hashes of all words of the text.
    """
    hashes, at, _ = classes
    behind = np.arange(len(at))[:, None] + _AHEAD
    apart = at.take(behind, mode="clip") - at[:, None]
    left, place = ((apart > 0) & (apart <= _FARTHEST) & (behind < len(at))).nonzero()
    right = behind[left, place]
    pairs = hashes[left] * _FIRST_OF_TWO + hashes[right] ^ _SALTS_OF_PAIRS[apart[left, place]]
    followed, led = at < len(words) - 1, at > 0
    before, after = at[followed], at[led]
    return Meanings(
        np.concatenate(
            [
                pairs,
                hashes[followed] * _FIRST_OF_TWO + words[before + 1],
                words[after - 1] * _FIRST_OF_TWO + hashes[led],
            ]
        ),
        np.concatenate([at[left], before, after - 1]),
        np.concatenate([at[right], before + 1, after]),
    )
