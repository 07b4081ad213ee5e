"""The features of a comment, put together from what is remembered of its tokens.

A token is what stands between white space. But for pairs of words, what the model sees in a token
depends on the token alone, and on whether its first word is denied. Comments are made of the same
tokens again and again, so that hashing them anew is most of what a score would cost. The buckets
are those of `features.buckets`. One token is too short for NumPy to pay, so plain integers hash it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.features import (
    LONGEST_TEXT,
    SALT_OF_SKELETONS,
    SALT_OF_WORDS,
    Features,
    buckets,
    buckets_of_parts,
    hashes_of_pairs,
    of_signals,
    skeletons_of_latin,
)
from classifiers.negation import deny
from classifiers.stretches import BASE, Hashes
from moderation import arabizi
from moderation.letters import SPACE, WORD
from moderation.text import Text

REMEMBERED: Final = 1 << 15
"""Tokens that are kept, the most recent: about 700 bytes each, 20 MB."""

_LONGEST_REMEMBERED: Final = 24
"""Longer tokens are read anew each time: a hostile text could fill the memory with them."""

_MASK: Final = (1 << 64) - 1
_IS_WORD: Final = WORD.tobytes()
_SALT_OF_WORDS: Final = int(SALT_OF_WORDS)
_SALT_OF_SKELETONS: Final = int(SALT_OF_SKELETONS)
_NO_HASHES: Final = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """What the model sees in one token: the hashes of its features, and of the `words` in it.

    `denies` says that its last word denies what follows.
    """

    hashes: Hashes
    words: Hashes
    denies: bool


class TokenReader:
    """Reads texts token by token. Threads may share one: what it keeps changes no result."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._remembered: Callable[[str], Token] = lru_cache(REMEMBERED)(self._token)

    def buckets(self, text: Text, signals: frozenset[str]) -> NDArray[np.int64]:
        """What `features.buckets` gives, in another order."""
        features, folded = self._features, text.folded.text
        if features.across_words or len(folded) > LONGEST_TEXT:
            return buckets(text, signals, features)
        written = folded.split()
        if max(map(len, written), default=0) <= _LONGEST_REMEMBERED:
            tokens = list(map(self._remembered, written))
        else:
            tokens = list(map(self._read, written))
        if features.negation and any([token.denies for token in tokens]):
            # How far a denial reaches depends on what stands between the words.
            return buckets(text, signals, features)
        parts = [token.hashes for token in tokens]
        parts.extend(self._of_the_whole(text, tokens))
        found = buckets_of_parts(parts, features)
        if features.signals and signals:
            return np.concatenate([found, of_signals(signals, features)])
        return found

    def _of_the_whole(self, text: Text, tokens: Sequence[Token]) -> Iterator[Hashes]:
        """What depends on more than one token."""
        features = self._features
        words = np.concatenate([_NO_HASHES, *[token.words for token in tokens]])
        if features.words > 1 and len(words) > 1:
            yield hashes_of_pairs(words)
        if features.skeletons and len(words) and text.folded.has_latin:
            yield skeletons_of_latin(text.latin, text.folded).hashes

    def _read(self, written: str) -> Token:
        short = len(written) <= _LONGEST_REMEMBERED
        return self._remembered(written) if short else self._token(written)

    def _token(self, written: str) -> Token:
        features = self._features
        codes = [ord(character) for character in written]
        hashes = _grams([SPACE, *codes, SPACE], features)
        words = [list(word) for is_word, word in groupby(codes, _IS_WORD.__getitem__) if is_word]
        of_words = [_hash(word) for word in words]
        if features.words:
            hashes.extend(each ^ _SALT_OF_WORDS for each in of_words)
        if features.skeletons:
            for word in words:
                consonants = arabizi.skeleton("".join(map(chr, word)))
                if len(consonants) > 1:
                    hashes.append(_hash(list(map(ord, consonants))) ^ _SALT_OF_SKELETONS)
        found = np.array(of_words, dtype=np.uint64)
        return Token(np.array(hashes, dtype=np.uint64), found, bool(deny(found).any()))


def _grams(codes: Sequence[int], features: Features) -> list[int]:
    """The character n-grams of one token between two spaces."""
    hashes: list[int] = []
    for start in range(len(codes) - 1):
        found = codes[start]
        for length, code in enumerate(codes[start + 1 : start + features.longest], 2):
            found = (found * BASE + code) & _MASK
            if length >= features.shortest:
                hashes.append(found)
    return hashes


def _hash(codes: Sequence[int]) -> int:
    """What `stretches.hashes_of` gives for one stretch."""
    found = 0
    for code in reversed(codes):
        found = (found * BASE + code) & _MASK
    return found
