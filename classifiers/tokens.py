"""The features of a comment, put together from what is remembered of its tokens.

A token is what stands between white space. But for pairs of words, what the model sees in a token
depends on the token alone, and on whether its first word is denied. Comments are made of the same
tokens again and again, so that hashing them anew is most of what a score would cost. The buckets
are those of `features.buckets`, from the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.features import (
    LONGEST_TEXT,
    Features,
    buckets,
    buckets_of_parts,
    hashes_of_pairs,
    inside_of,
    marked_apart,
    of_signals,
    of_single_words,
    skeletons_of_latin,
)
from classifiers.negation import REACH, deny, end_denial
from classifiers.stretches import Hashes, hashes_of
from moderation.text import Text
from moderation.view import View

REMEMBERED: Final = 1 << 14
"""Tokens that are kept, the most recent: at most 1 kB each, below 16 MB."""

_LONGEST_REMEMBERED: Final = 24
"""Longer tokens are read anew each time: a hostile text could fill the memory with them."""

_NO_OFFSETS: Final = np.zeros(0, dtype=np.int32)
_NO_HASHES: Final = np.zeros(0, dtype=np.uint64)
_NO_BUCKETS: Final = np.zeros(0, dtype=np.int64)

Buckets = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """What the model sees in one token; `words` are the hashes of the words in it.

    `denied` is what it sees where the first word is denied, None where that cannot be. `denies`
    says that the token's last word denies what follows, `passes` that a denial goes on behind it.
    """

    buckets: Buckets
    denied: Buckets | None
    words: Hashes
    denies: bool
    passes: bool


class TokenReader:
    """Reads texts token by token. Threads may share one: what it keeps changes no result."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._remembered: Callable[[str], Token] = lru_cache(REMEMBERED)(self._token)

    def buckets(self, text: Text, signals: frozenset[str]) -> Buckets:
        """What `features.buckets` gives, in another order."""
        features, folded = self._features, text.folded.text
        written = folded.split()
        if len(folded) > LONGEST_TEXT:
            return buckets(text, signals, features)
        if max(map(len, written), default=0) <= _LONGEST_REMEMBERED:
            tokens = list(map(self._remembered, written))
        else:
            tokens = list(map(self._read, written))
        found = [token.buckets for token in tokens]
        if features.negation and any([token.denies for token in tokens]):
            if "\n" in folded or "  " in folded:
                # How far a denial reaches depends on the white space then.
                return buckets(text, signals, features)
            for at, denied in _denied(tokens):
                found[at] = denied
        found.extend(self._of_the_whole(text, tokens))
        if features.signals and signals:
            found.append(of_signals(signals, features))
        return np.concatenate([_NO_BUCKETS, *found])

    def _of_the_whole(self, text: Text, tokens: Sequence[Token]) -> Iterator[Buckets]:
        """What depends on more than one token."""
        features = self._features
        words = np.concatenate([_NO_HASHES, *[token.words for token in tokens]])
        parts: list[Hashes] = []
        if features.words > 1 and len(words) > 1:
            parts.append(hashes_of_pairs(words))
        if features.skeletons and len(words) and text.folded.has_latin:
            parts.append(skeletons_of_latin(text.latin, text.folded).hashes)
        if parts:
            yield buckets_of_parts(parts, features)

    def _read(self, written: str) -> Token:
        short = len(written) <= _LONGEST_REMEMBERED
        return self._remembered(written) if short else self._token(written)

    def _token(self, written: str) -> Token:
        codes = np.frombuffer(written.encode("utf-32-le"), dtype=np.uint32)
        view = View(written, codes, _NO_OFFSETS, _NO_OFFSETS)
        starts, ends = view.word_starts, view.word_ends
        words = hashes_of(codes.astype(np.uint64), starts, ends)
        parts = list(of_single_words(codes, starts, ends, words, self._features))
        plain = buckets_of_parts([part.hashes for part in parts], self._features)
        if not len(words):
            return Token(plain, None, words, denies=False, passes=False)
        ending = bool(end_denial(words)[0])
        opens, closes = starts[0] == 0, ends[-1] == len(codes)
        denied = None
        if opens and not ending and self._features.negation:
            inside = inside_of(len(codes), starts[:1], ends[:1])
            apart = [marked_apart(part, inside).hashes for part in parts]
            denied = buckets_of_parts(apart, self._features)
        return Token(
            plain,
            denied,
            words,
            denies=bool(closes and deny(words)[-1]),
            passes=bool(closes and len(words) == 1),
        )


def _denied(tokens: Sequence[Token]) -> Iterator[tuple[int, Buckets]]:
    """The tokens that a word before them denies, where single spaces stand between them all."""
    for denial, token in enumerate(tokens):
        if token.denies:
            for at in range(denial + 1, min(denial + 1 + REACH, len(tokens))):
                denied = tokens[at].denied
                if denied is None:
                    break
                yield at, denied
                if not tokens[at].passes:
                    break
