"""What words mean, roughly: the classes that they were sorted into, those of a word by its stem.

Few words of a new comment were seen in training often enough to tell what they do there; that a
word is an animal, a praise or a denial is known of many more. So the model reads the classes of
words beside the words (see `features`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.stems import inner_stems, stems
from classifiers.stretches import Beginnings, Hashes, hash_of
from moderation.text import fold

SHIPPED: Final = Path(__file__).parent / "words"
"""The folder of the shipped lexicon: a README that says what each class is, and its words."""

WORDS_FILE: Final = "classes.tsv"

CLASSES: Final = (
    *("insult", "contempt", "obscenity", "accusation", "praise", "good", "bad", "emphasis"),
    *("origin", "religion", "women", "sexuality", "disability", "migrants", "power", "press"),
    *("addressed", "person", "name", "place", "sacred", "sport", "animal", "body", "food"),
    *("thing", "society", "violence", "exclusion", "speech", "abuse", "norm", "wish", "support"),
    *("love", "hate", "denial", "question", "everyone", "pointing", "contrast", "mind", "duty"),
    *("mockery", "daily", "dehumanising", "slang"),
)
"""All classes; what they hold stands in the README beside the words. A bundle names them by their
place: another order is another format of bundles."""

MOST_CLASSES: Final = 3
"""A word has at most so many."""

_NO_CLASS: Final = "-"
_REMEMBERED: Final = 1 << 15
"""Words that are not in the lexicon and whose stems are kept, the most recent: about 4 MB."""
_LONGEST: Final = 24
"""No stem of longer words is looked up: a hostile text could fill the memory with them."""

_HASHES: Final = np.array([0, *map(hash_of, CLASSES)], dtype=np.uint64)
"""By number: the hash of a class. Numbers begin at 1, and 0 is no class."""

Sets = NDArray[np.uint8]
"""A row for each set of classes that words have: their numbers, then zeros."""


class LexiconError(ValueError):
    """A file that is no lexicon; the message names file, line and remedy."""


class Lexicon:
    """Words by hash, each with its classes. Threads may share one: what it remembers changes no
    result.
    """

    def __init__(self, set_by_hash: Mapping[int, int], sets: Sets) -> None:
        """`set_by_hash` has the row in `sets` of every word; the first row is no class at all."""
        self._set_by_hash = set_by_hash
        self._sets = sets
        self._hashes = _HASHES[sets]
        self._set_of_stem = lru_cache(maxsize=_REMEMBERED)(self._found)

    def __len__(self) -> int:
        return len(self._set_by_hash)

    def __reduce__(self) -> tuple[type[Lexicon], tuple[Mapping[int, int], Sets]]:
        # What is remembered is not written down.
        return Lexicon, (self._set_by_hash, self._sets)

    @classmethod
    def read(cls, folder: Path = SHIPPED) -> Self:
        """The lexicon of a folder. Raises LexiconError where a line is not as the README says."""
        rows: dict[tuple[int, ...], int] = {(0,) * MOST_CLASSES: 0}
        set_by_hash = {
            hash_of(word): rows.setdefault(numbers, len(rows))
            for word, numbers in _lines(folder / WORDS_FILE)
        }
        return cls(set_by_hash, np.array(list(rows), dtype=np.uint8))

    def classes(self, word: str) -> tuple[str, ...]:
        """The classes of a folded word; none where neither it nor what may be its stem is known."""
        (row,) = self._rows([word], [hash_of(word)])
        return tuple(CLASSES[number - 1] for number in self._sets[row] if number)

    def hashes(self, words: Sequence[str], known: Sequence[int]) -> Hashes:
        """A row for each folded word: the hashes of its classes, then zeros.

        `known` are the hashes of the words themselves.
        """
        return self._hashes.take(np.array(self._rows(words, known), dtype=np.intp), axis=0)

    def _rows(self, words: Sequence[str], known: Sequence[int]) -> list[int]:
        find = self._set_by_hash.get
        rows = [find(hashed, -1) for hashed in known]
        for at, word in enumerate(words):
            if rows[at] < 0:
                rows[at] = self._set_of_stem(word) if len(word) <= _LONGEST else 0
        return rows

    def _found(self, word: str) -> int:
        parts = Beginnings(word)
        for start, end, lost in chain(stems(word), inner_stems(word)):
            row = self._set_by_hash.get(parts.part(start, end, lost))
            if row is not None:
                return row
        return 0

    def to_mapping(self) -> dict[str, Any]:
        """Plain arrays, for a bundle."""
        words = sorted(self._set_by_hash)
        return {
            "words": np.array(words, dtype=np.uint64),
            "rows": np.array([self._set_by_hash[word] for word in words], dtype=np.uint16),
            "sets": self._sets,
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The reverse of `to_mapping`. Raises KeyError, TypeError or ValueError where it is not."""
        words, rows, sets = (np.asarray(mapping[name]) for name in ("words", "rows", "sets"))
        if words.ndim != 1 or words.shape != rows.shape or sets.shape[1:] != (MOST_CLASSES,):
            raise ValueError(f"a lexicon of {words.shape} words in {sets.shape} sets of classes")
        if (
            not len(sets)
            or sets[0].any()
            or sets.max(initial=0) > len(CLASSES)
            or rows.max(initial=0) >= len(sets)
        ):
            raise ValueError("a lexicon with a class that is none")
        return cls(dict(zip(words.tolist(), rows.tolist(), strict=True)), sets.astype(np.uint8))


UNKNOWN: Final = Lexicon({}, np.zeros((1, MOST_CLASSES), dtype=np.uint8))
"""The lexicon of a model that was trained without one."""


def _lines(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Words as they are folded, and the numbers of their classes, then zeros."""
    numbers = {name: number for number, name in enumerate(CLASSES, start=1)}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(
            f"{path}: cannot be read as UTF-8 ({error}); restore the shipped file"
        ) from error
    places: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        word, tab, named = line.partition("\t")
        classes = [] if named == _NO_CLASS else named.split(" ")
        if not tab or not word or len(classes) > MOST_CLASSES or not numbers.keys() >= {*classes}:
            raise LexiconError(
                f"{path}:{number}: {line!r} is no word, a tab, and one to {MOST_CLASSES} classes "
                f"parted by spaces, or {_NO_CLASS}; the classes are {', '.join(CLASSES)}"
            )
        folded = fold(word)
        if (first := places.setdefault(folded, number)) != number:
            raise LexiconError(
                f"{path}:{number}: {word!r} stands in line {first} already, where letters are "
                "folded; leave one of them"
            )
        found = [numbers[name] for name in classes]
        yield folded, (*found, *[0] * (MOST_CLASSES - len(found)))
