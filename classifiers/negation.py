"""Which words of a text stand under a denial: «مش حرامي», «ليسوا لصوصا», «مو حرامية ولا شي».

Only words that deny a predicate count, whose reach is short: the words right behind them, up to a
mark of punctuation. «مش بس» («not only») denies nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.stretches import Hashes, Positions, hash_of
from moderation.letters import SPACE
from moderation.text import fold

REACH: Final = 2
"""How many words behind a denying word are denied."""

_DENYING: Final = (
    "ليس ليست ليسوا ليسو ليسا لست لسنا لستم يكن تكن يكونوا "
    "مش موش مكانش ماكانش مكنش مكانتش مكانوش ماكان ماهو ماهي ماهم مهو ماهوش ماهيش ماهمش مهمش "
    "مهواش مهياش مو مب موب مهوب ماني مانا مانيش منيش ماراهش مارهش"
)
_NOT_ONLY: Final = "بس وبس فقط مجرد"


def denied(
    codes: NDArray[np.uint32], starts: Positions, ends: Positions, words: Hashes
) -> NDArray[np.bool_] | None:
    """By word: whether a word before it denies it. None where no word is denied.

    `words` are the hashes of the words that stand from `starts` to `ends` in the folded `codes`.
    """
    denying = _among(words, _DENYING_HASHES)
    if not denying.any():
        return None
    lasting = denying | _among(words, _NOT_ONLY_HASHES)
    found = np.zeros(len(words), dtype=np.bool_)
    for denial in denying.nonzero()[0].tolist():
        for word in range(denial + 1, min(denial + 1 + REACH, len(words))):
            gap = codes[ends[word - 1] : starts[word]]
            if lasting[word] or (gap != SPACE).any():
                break
            found[word] = True
    return found if found.any() else None


def may_deny(words: Iterable[str]) -> bool:
    """Whether a word that denies is among folded words: sooner known than which are denied."""
    return not _DENYING_WORDS.isdisjoint(words)


def _table(words: str) -> Hashes:
    return np.array(sorted({hash_of(fold(word)) for word in words.split()}), dtype=np.uint64)


def _among(words: Hashes, table: Hashes) -> NDArray[np.bool_]:
    places = np.minimum(np.searchsorted(table, words), len(table) - 1)
    return np.asarray(table[places] == words, dtype=np.bool_)


_DENYING_WORDS: Final = frozenset(map(fold, _DENYING.split()))
_DENYING_HASHES: Final = _table(_DENYING)
_NOT_ONLY_HASHES: Final = _table(_NOT_ONLY)
