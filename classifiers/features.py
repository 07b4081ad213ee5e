"""What the model sees of a comment: hashed n-grams, and what the rules found.

A comment becomes a bag of bucket numbers. The same function makes the rows of training and serves,
so that the two cannot drift apart. No n-gram is kept anywhere: a bucket is a hash, and many n-grams
share one.

What is read in a word that is denied («مش حرامي») is hashed apart from what is read in the word by
itself: the word does not count as said, even where no example denied it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.lexicon import UNKNOWN, Lexicon
from classifiers.meanings import Meanings, classes_of, together
from classifiers.negation import denied, may_deny
from classifiers.stretches import BASE, Hashes, Positions, hash_of, hashes_of
from moderation import arabizi
from moderation.letters import NEWLINE, SPACE
from moderation.text import Text
from moderation.view import View

LONGEST_TEXT: Final = 1 << 16
"""Characters of a view that are read; what follows them leaves the score as it is."""

SIGNAL_BUCKETS: Final = 1 << 13
"""How many buckets the names of signals share."""

_SALT_OF_WORDS: Final = np.uint64(0xA24BAED4963EE407)
_SALT_OF_SKELETONS: Final = np.uint64(0x9FB21C651E98DF25)
_SALT_OF_DENIED: Final = np.uint64(0xD1B54A32D192ED03)
_BIGRAM: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_BASE: Final = np.uint64(BASE)
_NO_HASHES: Final = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Features:
    """Which features are read, and into how many buckets (`2 ** bits`).

    `shortest` and `longest` bound the character n-grams, in characters; `across_words` lets them
    run over the spaces between words. `words` is the longest word n-gram, 0 to 2. `skeletons` adds
    the consonants of every word, where Arabizi and Arabic spellings of a word meet. `negation`
    hashes the words that are denied apart. `signals` adds what the rules found; a model that was
    trained without leaves them unread. `lexicon` adds the classes of words: alone, in pairs, and
    beside a word.
    """

    bits: int = 21
    shortest: int = 2
    longest: int = 5
    across_words: bool = False
    words: int = 2
    skeletons: bool = True
    negation: bool = True
    signals: bool = True
    lexicon: Lexicon = field(default=UNKNOWN, compare=False)

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return self.first_signal + (SIGNAL_BUCKETS if self.signals else 0)

    @property
    def first_signal(self) -> int:
        """The buckets from here on are of signals."""
        return 1 << self.bits

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, for a bundle; the lexicon is not among them."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.compare}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises TypeError on a key that is not known."""
        return cls(**mapping)


class Bag(NamedTuple):
    """The features of one text: a bucket for each, and where in the folded view it was read.

    `starts` and `ends` are positions of the folded view, end exclusive. A feature that was read
    nowhere in the text (a signal) begins and ends at 0.
    """

    buckets: NDArray[np.int64]
    starts: Positions
    ends: Positions


class _Part(NamedTuple):
    """Features of one kind: hashes, and the positions of their first and last characters.

    A first of -1 and a last behind the text are the spaces that a text is thought to stand between.
    """

    hashes: Hashes
    first: Positions
    last: Positions


_NOWHERE: Final = np.zeros(0, dtype=np.int64)
_NOTHING: Final = _Part(_NO_HASHES, _NOWHERE, _NOWHERE)


def buckets(text: Text, signals: frozenset[str], features: Features) -> NDArray[np.int64]:
    """The bucket of every feature of a text, an entry for each occurrence, in a fixed order."""
    return _buckets_of(list(_read(text, features, places=False)), signals, features)


def _buckets_of(
    parts: Sequence[_Part], signals: frozenset[str], features: Features
) -> NDArray[np.int64]:
    read = _bucket([part.hashes for part in parts], features)
    if not (features.signals and signals):
        return read
    return np.concatenate([read, _of_signals(signals, features)])


def bag(text: Text, signals: frozenset[str], features: Features) -> Bag:
    """`buckets`, with the place of each feature."""
    parts = list(_read(text, features, places=True))
    found = _buckets_of(parts, signals, features)
    places = np.full((2, len(found)), -1)
    if parts:
        first = np.concatenate([part.first for part in parts])
        places[0, : len(first)] = first
        places[1, : len(first)] = np.concatenate([part.last for part in parts])
    length = len(text.folded.codes)
    return Bag(found, np.clip(places[0], 0, length), np.clip(places[1] + 1, 0, length))


def _bucket(hashes: list[Hashes], features: Features) -> NDArray[np.int64]:
    mixed = np.concatenate([_NO_HASHES, *hashes])
    mixed ^= mixed >> _HALF
    mixed *= _MIX
    mixed >>= np.uint64(64 - features.bits)
    return mixed.view(np.int64)


def _of_signals(signals: frozenset[str], features: Features) -> NDArray[np.int64]:
    """Signals have buckets of their own, behind those of the text."""
    places = [_of_signal(name) % SIGNAL_BUCKETS for name in signals]
    return np.array(places, dtype=np.int64) + features.first_signal


def _read(text: Text, features: Features, *, places: bool) -> Iterator[_Part]:
    """The parts of a text. Without `places` those of n-grams may be missing: they cost as much."""
    folded = text.folded
    codes = folded.codes[:LONGEST_TEXT]
    starts, ends = _words(folded)
    written = folded.words[: len(starts)]
    known = list(
        map(_of_word if max(map(len, written), default=0) <= _LONGEST else _hashed, written)
    )
    words = np.array([word for word, _ in known], dtype=np.uint64)
    apart = None
    if features.negation and len(words) > 1 and may_deny(written):
        apart = denied(codes, starts, ends, words)
    parts = [_characters(codes, features, places=places or apart is not None)]
    salted = words ^ _SALT_OF_WORDS
    if features.words and len(words):
        parts.append(_Part(salted, starts, ends - 1))
    if features.skeletons and len(words):
        skeletons = np.array([skeleton for _, skeleton in known], dtype=np.uint64)
        lasting = skeletons.nonzero()[0]
        parts.append(_Part(skeletons[lasting], starts[lasting], ends[lasting] - 1))
    classes = None
    if len(features.lexicon):
        classes = classes_of(written, [word for word, _ in known], features.lexicon)
    if classes is not None and len(classes.hashes):
        parts.append(_of_words(classes, starts, ends))
    if apart is None:
        yield from parts
    else:
        inside = _inside(len(codes), starts[apart], ends[apart])
        yield from (_marked(part, inside) for part in parts)
    if features.words > 1 and len(words) > 1:
        yield _Part(salted[:-1] * _BIGRAM + salted[1:], starts[:-1], ends[1:] - 1)
    if classes is not None and len(classes.hashes) and len(words) > 1:
        yield _of_words(together(classes, salted), starts, ends)
    if features.skeletons and len(words) and folded.has_latin:
        yield _skeletons_of_latin(text.latin, folded)


def _of_words(read: Meanings, starts: Positions, ends: Positions) -> _Part:
    return _Part(read.hashes, starts[read.first], ends[read.last] - 1)


def _inside(length: int, starts: Positions, ends: Positions) -> NDArray[np.bool_]:
    """By character, with two more behind the text: whether it belongs to one of the words."""
    edges = np.zeros(length + 2, dtype=np.int8)
    edges[starts] = 1
    edges[ends] -= 1
    return edges.cumsum() > 0


def _marked(part: _Part, inside: NDArray[np.bool_]) -> _Part:
    """The part, with what begins in one of the words, or at the space before it, hashed apart."""
    marked = inside[part.first] | inside[part.first + 1]
    hashes = part.hashes.copy()
    hashes[marked] ^= _SALT_OF_DENIED
    return _Part(hashes, part.first, part.last)


def _words(view: View) -> tuple[Positions, Positions]:
    starts, ends = view.word_starts, view.word_ends
    if len(view.codes) <= LONGEST_TEXT:
        return starts, ends
    whole = int(np.searchsorted(ends, LONGEST_TEXT, side="right"))
    return starts[:whole], ends[:whole]


def _characters(codes: NDArray[np.uint32], features: Features, *, places: bool) -> _Part:
    """Character n-grams, each made from a shorter one by its next character.

    The text stands between two spaces and every run of white space is one, so that an n-gram can
    say that it begins or ends a word.
    """
    blank = np.ones(len(codes) + 2, dtype=np.bool_)
    blank[1:-1] = (codes == SPACE) | (codes == NEWLINE)
    keep = ~blank
    keep[1:] |= keep[:-1].copy()
    keep[0] = True
    at = keep.nonzero()[0]
    padded = np.full(len(blank), SPACE, dtype=np.uint64)
    padded[1:-1] = codes
    padded[blank] = SPACE
    letters = padded[at]
    gaps = blank[at]
    at -= 1
    hashes = letters
    crosses = np.zeros(len(letters), dtype=np.bool_)
    found: list[tuple[Hashes, NDArray[np.bool_]]] = []
    lengths = range(2, min(features.longest, len(letters)) + 1)
    for length in lengths:
        hashes = hashes[:-1] * _BASE + letters[length - 1 :]
        crosses = crosses[: len(hashes)]
        if length > 2 and not features.across_words:
            crosses = crosses | gaps[length - 2 : -1]
        if length >= features.shortest:
            found.append((hashes, crosses))
    if not found:
        return _NOTHING
    # Those of all lengths are sorted out at once: on a comment, NumPy's calls cost more than work.
    kept = ~np.concatenate([crosses for _, crosses in found])
    grams = np.concatenate([hashes for hashes, _ in found])[kept]
    if not places:
        return _Part(grams, _NOWHERE, _NOWHERE)
    read = lengths[-len(found) :]
    first = np.concatenate([at[: len(at) - length + 1] for length in read])
    last = np.concatenate([at[length - 1 :] for length in read])
    return _Part(grams, first[kept], last[kept])


def _hashed(word: str) -> tuple[int, int]:
    """The hash of a folded word, and that of its consonants where it is Arabic; 0 below two."""
    consonants = arabizi.skeleton(word)
    skeleton = hash_of(consonants) ^ int(_SALT_OF_SKELETONS) if len(consonants) > 1 else 0
    return hash_of(word), skeleton


_of_word: Final = lru_cache(maxsize=1 << 15)(_hashed)
"""The words that are kept are the most recent, about 7 MB: comments repeat their words."""

_LONGEST: Final = 32
"""Texts with a longer word keep none: a hostile text could fill the memory with them."""


def _skeletons_of_latin(latin: View, folded: View) -> _Part:
    """The words of the Latin view, which are skeletons already; at least two consonants."""
    lasting = np.flatnonzero(latin.word_ends - latin.word_starts > 1)
    starts, ends = latin.word_starts[lasting], latin.word_ends[lasting]
    hashes = hashes_of(latin.codes.astype(np.uint64), starts, ends)
    first, last = np.searchsorted(folded.starts, latin.starts[np.stack([starts, ends - 1])])
    return _Part(hashes ^ _SALT_OF_SKELETONS, first, last)


@lru_cache(maxsize=65536)
def _of_signal(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
