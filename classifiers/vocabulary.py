"""Which words readers write, and how often: by hash, so that no word of a corpus is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

import numpy as np

from classifiers.stems import stems
from classifiers.stretches import hash_of
from moderation.text import Text

FEWEST_TEXTS: Final = 3
"""A word that fewer texts have may be a slip."""
LONGEST_KNOWN: Final = 16
"""Longer words are none, but several run together."""
_MOST: Final = np.iinfo(np.uint16).max


class Vocabulary:
    """Folded words of Arabic letters, each with the number of texts that have it."""

    def __init__(self, texts_by_hash: Mapping[int, int]) -> None:
        self._texts = texts_by_hash
        self.occurrences = sum(texts_by_hash.values())
        """The texts of every word, added up."""

    def __len__(self) -> int:
        return len(self._texts)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The words that several of the texts have."""
        counted: Counter[str] = Counter()
        for text in texts:
            counted.update(set(Text(text).folded.words))
        return cls(
            {
                hash_of(word): min(count, int(_MOST))
                for word, count in counted.items()
                if count >= FEWEST_TEXTS and is_arabic(word) and len(word) <= LONGEST_KNOWN
            }
        )

    def texts(self, word: str) -> int:
        """How many texts have a word; 0 where it is not known."""
        return self.texts_by_hash(hash_of(word))

    def texts_by_hash(self, hashed: int) -> int:
        """The same of a word that is told by its hash."""
        return self._texts.get(hashed, 0)

    def texts_of_stem(self, word: str) -> int:
        """How many texts have a word, or else the commonest that it may be without what is attached
        to it; 0 where neither is known."""
        found = (self.texts(word[start:end] + lost) for start, end, lost in stems(word))
        return self.texts(word) or max(found, default=0)

    def to_mapping(self) -> dict[str, Any]:
        """Plain arrays, for a bundle."""
        hashes = sorted(self._texts)
        return {
            "hashes": np.array(hashes, dtype=np.uint64),
            "texts": np.array([self._texts[each] for each in hashes], dtype=np.uint16),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError, TypeError or ValueError where it is not."""
        hashes, texts = np.asarray(mapping["hashes"]), np.asarray(mapping["texts"])
        if hashes.ndim != 1 or hashes.shape != texts.shape or (len(texts) and texts.min() < 1):
            raise ValueError(f"a vocabulary of {hashes.shape} words in {texts.shape} texts")
        return cls(dict(zip(hashes.tolist(), texts.tolist(), strict=True)))


NO_WORDS: Final = Vocabulary({})
"""The vocabulary of a model that was trained without one."""


def is_arabic(word: str) -> bool:
    """Whether a folded word is of Arabic letters alone."""
    return all("ء" <= letter <= "ي" for letter in word)
