"""Arabic written in Latin letters and digits (Arabizi: 7mar, ya kalb, 3ar).

Writers of Arabizi spell consonants in a few ways each and vowels as they like. A word is therefore
read in two steps. `read` reduces every Latin word to a skeleton of consonant classes, in which an
automaton finds candidates; `spellings` gives the regular expression by which a candidate is checked
against the vowels and the exact consonants of an Arabic term. Letter values follow Yaghan (2008),
"Arabizi: A contemporary style of Arabic slang", and dialect usage.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

import numpy as np

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

_CLASS_OF_LATIN: Final = {
    **dict.fromkeys(("b", "p"), "B"),
    **dict.fromkeys(("t", "th", "6"), "T"),
    **dict.fromkeys(("d", "dh", "z"), "D"),
    **dict.fromkeys(("h", "7"), "H"),
    **dict.fromkeys(("k", "kh", "q", "g", "gh", "j", "dj", "c", "5", "8"), "K"),
    **dict.fromkeys(("s", "9"), "S"),
    **dict.fromkeys(("sh", "ch"), "X"),
    **dict.fromkeys(("r",), "R"),
    **dict.fromkeys(("l",), "L"),
    **dict.fromkeys(("m",), "M"),
    **dict.fromkeys(("n",), "N"),
    **dict.fromkeys(("f", "v"), "F"),
}

_LATIN_WORD: Final = re.compile(r"[0-9]*[a-z][a-z0-9']*")
_LATIN_UNIT: Final = re.compile(r"dj|dh|th|sh|ch|kh|gh|[a-z0-9]")

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
_AFTER: Final = "(?:ak|ek|ik|k|kom|kum|ko|ha|na|hom|hum|ho|o|i|y|een|in|at|t)?"


def skeleton(term: str) -> str:
    """The consonant classes of a folded Arabic term; empty where it has no lasting consonant."""
    letters = term[:-1] if term.endswith("ه") else term
    names = (_CLASS_OF_ARABIC.get(letter) for letter in letters)
    return "".join(name for name, _ in groupby(name for name in names if name))


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
        weak = "اويع"
        if following and letter not in weak and following not in weak:
            pieces.append(_SHORT_VOWEL)
    return f"{_BEFORE}{''.join(pieces)}{_AFTER}"


def read(folded: View) -> View:
    """The skeletons of the Latin words of a folded view, one space between words.

    Every character maps to the original characters that it stands for; Arabic words are left out.
    """
    classes: list[str] = []
    origins: list[int] = []
    for word in _LATIN_WORD.finditer(folded.text):
        letters: list[tuple[str, int]] = []
        for unit in _LATIN_UNIT.finditer(word.group()):
            name = _CLASS_OF_LATIN.get(unit.group())
            if name and not (letters and letters[-1][0] == name):
                letters.append((name, word.start() + unit.start()))
        if len(letters) > 1 and letters[-1][0] == "H" and word.group()[-1] == "h":
            letters.pop()
        if not letters:
            continue
        if classes:
            classes.append(" ")
            origins.append(word.start())
        for name, position in letters:
            classes.append(name)
            origins.append(position)
    if not classes:
        return EMPTY
    codes = np.array([ord(name) for name in classes], dtype=np.uint32)
    return View(decode(codes), codes, folded.starts[origins], folded.ends[origins])
