"""Arabic written in Latin letters and digits (Arabizi: 7mar, ya kalb, 3ar).

Writers of Arabizi spell consonants in a few ways each and vowels as they like. A word is therefore
read in two steps. `read` reduces every Latin word to a skeleton of consonant classes, in which an
automaton finds candidates; `spellings` gives the regular expression by which a candidate is checked
against the vowels and the exact consonants of an Arabic term. Letter values follow Yaghan (2008),
"Arabizi: A contemporary style of Arabic slang", and dialect usage.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moderation.letters import SPACE
from moderation.view import EMPTY, View, decode

_CLASSES: Final = {
    "B": "ب",
    "T": "تثط",
    "D": "دذضظز",
    "H": "حه",
    "K": "قكجغخ",
    "S": "سص",
    "X": "ش",
    "R": "ر",
    "L": "ل",
    "M": "م",
    "N": "ن",
    "F": "ف",
}
"""Consonant classes by capital letter. Weak letters (ا و ي) and ع leave no trace."""

_CLASS_OF_ARABIC: Final = {letter: name for name, letters in _CLASSES.items() for letter in letters}

_LATIN_LETTERS: Final = {
    "B": "bp",
    "T": "t6",
    "D": "dz",
    "H": "h7",
    "K": "kqgjc58",
    "S": "s9",
    "R": "r",
    "L": "l",
    "M": "m",
    "N": "n",
    "F": "fv",
}
_DIGRAPHS: Final = {"th": "T", "dh": "D", "kh": "K", "gh": "K", "sh": "X", "ch": "X", "dj": "K"}

_SINGLE: Final = np.zeros(128, dtype=np.uint32)
for _name, _letters in _LATIN_LETTERS.items():
    for _letter in _letters:
        _SINGLE[ord(_letter)] = ord(_name)

_PAIRED: Final = np.zeros((128, 128), dtype=np.uint32)
for _pair, _name in _DIGRAPHS.items():
    _PAIRED[ord(_pair[0]), ord(_pair[1])] = ord(_name)

_WRITTEN: Final = np.zeros(128, dtype=np.bool_)
_WRITTEN[[ord(_letter) for _letter in "abcdefghijklmnopqrstuvwxyz0123456789"]] = True

_SPELLED: Final = {
    "ا": "2?a",
    "و": "(?:o|u|w|ou)",
    "ي": "(?:y|i|e|ei|ai|iy|ay|ey)",
    "ب": "b",
    "ت": "t",
    "ث": "(?:th|t|s)",
    "ج": "(?:dj|j|g)",
    "ح": "[7h]",
    "خ": "(?:kh|5|7'|x)",
    "د": "d",
    "ذ": "(?:dh|th|z|d)",
    "ر": "r",
    "ز": "z",
    "س": "s",
    "ش": "(?:sh|ch)",
    "ص": "[s9]",
    "ض": "(?:dh|9'|d)",
    "ط": "[t6]",
    "ظ": "(?:dh|6'|z)",
    "ع": "(?:3|a|e|')",
    "غ": "(?:gh|3'|8|g)",
    "ف": "[fv]",
    "ق": "[qk98g]",
    "ك": "[kq]",
    "ل": "l",
    "م": "m",
    "ن": "n",
    "ه": "h",
}
_SHORT_VOWEL: Final = "[aeiou]?[aeiou]?"
_FINAL_HA: Final = "(?:ah|eh|h|a|e|i)"
_BEFORE: Final = "(?:w|wa|ou|we)?(?:ya?|b|bi|l|li|el|al|il|l|ha?l|k)?"
_AFTER: Final = "(?:ak|ek|ik|k|kom|kum|ko|ha|na|hom|hum|ho|o|u|i|y|en|in|on|at|et|t)?"


def skeleton(term: str) -> str:
    """The consonant classes of a folded Arabic term; empty where it has no lasting consonant."""
    letters = term[:-1] if term.endswith("ه") else term
    names = [name for letter in letters if (name := _CLASS_OF_ARABIC.get(letter)) is not None]
    return "".join([name for at, name in enumerate(names) if not at or name != names[at - 1]])


def spellings(term: str) -> str:
    """A regular expression (RE2 and `re`) that a folded Latin word matches if it spells `term`.

    `term` is a folded Arabic word. Attached articles, prepositions and pronouns are allowed. The
    expression is meant for a full match of one word of the folded view.
    """
    pieces: list[str] = []
    last = len(term) - 1
    for index, letter in enumerate(term):
        if index == last and letter == "ه" and last > 0:
            pieces.append(_FINAL_HA)
            continue
        pieces.append(_SPELLED.get(letter, re.escape(letter)))
        following = term[index + 1] if index < last else ""
        # A long vowel or ain that follows is its own vowel; one that stands here may take another.
        if following and following not in "اويع" and letter != "ا":
            pieces.append(_SHORT_VOWEL)
    return f"{_BEFORE}{''.join(pieces)}{_AFTER}"


def read(folded: View) -> View:
    """The skeletons of the Latin words of a folded view, one space between words.

    Every character maps to the original characters that it stands for; Arabic words are left out.
    """
    codes = np.where(folded.codes < len(_SINGLE), folded.codes, 0)
    classes = np.where(_WRITTEN[codes], _SINGLE[codes], 0)
    pairs = _PAIRED[codes[:-1], codes[1:]]
    first = np.flatnonzero(pairs)
    classes[first] = pairs[first]
    classes[first + 1] = 0
    word = np.cumsum(_edges(folded.word_starts, len(codes)))
    classes[~_has_letter(folded)[word]] = 0
    kept = np.flatnonzero(classes)
    kept = kept[_begins(classes[kept], word[kept])]
    kept = kept[~_ends_in_h(codes, classes, word, kept, folded)]
    if not kept.size:
        return EMPTY
    words = word[kept]
    begins = np.flatnonzero(words[1:] != words[:-1]) + 1
    places = np.arange(len(kept)) + np.cumsum(_edges(begins, len(kept)))
    letters = np.full(len(kept) + len(begins), SPACE, dtype=np.uint32)
    letters[places] = classes[kept]
    origins = np.empty(len(letters), dtype=np.int64)
    origins[places] = kept
    # The space before a word stands for the word's first character, so that maps never go back.
    origins[places[begins] - 1] = folded.word_starts[words[begins] - 1]
    return View(decode(letters), letters, folded.starts[origins], folded.ends[origins])


def _edges(positions: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    edges = np.zeros(length, dtype=np.int64)
    edges[positions] = 1
    return edges


def _has_letter(folded: View) -> NDArray[np.bool_]:
    """By number of a word, from 1: whether a Latin letter is in it; others are no Arabizi."""
    seen = np.zeros(len(folded.codes) + 1, dtype=np.int64)
    np.cumsum((folded.codes >= ord("a")) & (folded.codes <= ord("z")), out=seen[1:])
    has = np.zeros(len(folded.word_starts) + 1, dtype=np.bool_)
    has[1:] = seen[folded.word_ends] > seen[folded.word_starts]
    return has


def _begins(classes: NDArray[np.uint32], word: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a class differs from the one before it in its word."""
    begins = np.ones(len(classes), dtype=np.bool_)
    begins[1:] = (classes[1:] != classes[:-1]) | (word[1:] != word[:-1])
    return begins


def _ends_in_h(
    codes: NDArray[np.uint32],
    classes: NDArray[np.uint32],
    word: NDArray[np.int64],
    kept: NDArray[np.int64],
    folded: View,
) -> NDArray[np.bool_]:
    """Where a word's last consonant is the silent h of a feminine ending (sharmootah)."""
    last = folded.word_ends[word[kept] - 1] - 1
    follows = np.zeros(len(kept), dtype=np.bool_)
    follows[1:] = word[kept][1:] == word[kept][:-1]
    follows &= (kept == last) & (codes[kept] == ord("h")) & (classes[kept] == ord("H"))
    return follows
