"""Letter tables: what each code point folds to, and what kind of character it is.

The tables are NumPy arrays indexed by code point, so that folding a comment is a gather and not a
loop. They are built once, at import, from the Unicode character database and the look-alikes below.

Folding follows Unicode NFKD and full case folding (UAX #15, UAX #44), then the spelling variants
that Arabic writers use for one another: hamza carriers, alef maqsura, ta marbuta, and the Persian,
Urdu, Sindhi, Pashto and Maghrebi letters that share a skeleton with an Arabic one.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import Final

import numpy as np
from numpy.typing import NDArray

CODE_POINTS: Final = sys.maxunicode + 1

DELETED: Final = 0
"""The folded value of a character that leaves no trace: marks, tatweel, invisible controls."""

EXPANDED: Final = CODE_POINTS
"""Folded values from here on are indexes (value minus EXPANDED) into EXPANSIONS."""

LOOK_ALIKES: Final = {
    "ٱ": "ا",
    "ى": "ي",
    "ة": "ه",
    "ی": "ي",
    "ے": "ي",
    "ې": "ي",
    "ێ": "ي",
    "ۍ": "ي",
    "ؠ": "ي",
    "ک": "ك",
    "ڪ": "ك",
    "ګ": "ك",
    "گ": "ك",
    "ڭ": "ك",
    "ڬ": "ك",
    "پ": "ب",
    "ٮ": "ب",
    "چ": "ج",
    "ڤ": "ف",
    "ڢ": "ف",
    "ڥ": "ف",
    "ڡ": "ف",
    "ڨ": "ق",
    "ڧ": "ق",
    "ٯ": "ق",
    "ژ": "ز",
    "ڒ": "ر",
    "ڕ": "ر",
    "ڵ": "ل",
    "ں": "ن",
    "ڼ": "ن",
    "ھ": "ه",
    "ہ": "ه",
    "ە": "ه",
    "ۃ": "ه",
    "ۆ": "و",
    "ۇ": "و",
    "ۈ": "و",
    "ۋ": "و",
    "ۅ": "و",
    "ٹ": "ت",
    "ڈ": "د",
    "ڑ": "ر",
    "ٺ": "ت",
    "ٿ": "ت",
    "ټ": "ت",
    "ٽ": "ت",
    "ٻ": "ب",
    "ڀ": "ب",
    "ځ": "ح",
    "څ": "ح",
    "ڃ": "ج",
    "ڄ": "ج",
    "ڇ": "ج",
    "ډ": "د",
    "ڊ": "د",
    "ڍ": "د",
    "ڌ": "ذ",
    "ڏ": "د",
    "ڐ": "د",
    "ړ": "ر",
    "ڔ": "ر",
    "ڗ": "ز",
    "ڙ": "ر",
    "ښ": "س",
    "ڛ": "س",
    "ڜ": "ش",
    "ڝ": "ص",
    "ڞ": "ض",
    "ڟ": "ط",
    "ڠ": "غ",
    "ڦ": "ف",
    "ڮ": "ك",
    "ڰ": "ك",
    "ڱ": "ك",
    "ڲ": "ك",
    "ڳ": "ك",
    "ڴ": "ك",
    "ڶ": "ل",
    "ڷ": "ل",
    "ڸ": "ل",
    "ڹ": "ن",
    "ڻ": "ن",
    "ڽ": "ن",
    "ۉ": "و",
    "ۏ": "و",
    "ۑ": "ي",
    "ۺ": "ش",
    "ۻ": "ض",
    "ۼ": "غ",
    "ۿ": "ه",
    "ٲ": "ا",
    "ٳ": "ا",
    "ڂ": "خ",
    "ڋ": "د",
    "ڎ": "ذ",
    "ږ": "ز",
    "ڣ": "ف",
    "ڿ": "ج",
    "ۄ": "و",
    "ۊ": "و",
    "ۮ": "د",
    "ۯ": "ر",
    "ء": "",
    "ـ": "",
    "ﹳ": "",
}
"""Letters that are typed for an Arabic one. A lone hamza goes too: «دماء» is written «دما»."""

SUBSTITUTES: Final = {
    "7": "ح",
    "3": "ع",
    "2": "ا",
    "5": "خ",
    "6": "ط",
    "9": "ص",
    "8": "ق",
    "0": "و",
    "1": "ا",
    "@": "ا",
    "!": "ا",
    "|": "ا",
    "$": "س",
}
"""Digits and symbols that are typed inside an Arabic word for a letter of it (7مار, حم@ر)."""

SUPERSCRIPT_ALEF: Final = "\u0670"
"""A mark (هٰذا, موسىٰ) that may stand for the letter ا (حثٰلة)."""

ARABIC_ZEROS: Final = "\u0660\u06f0"
"""They look like a dot, and are typed for one between letters."""

BLANK: Final = "\u2800"
"""What the letters and signs that show nothing fold to: a sign, which parts letters."""

_BLANKS: Final = "\u2800\u3164\uffa0"
_FILLERS: Final = "\u115f\u1160"
"""Letters without a width."""

REPLACEMENT: Final = ord("\ufffd")
SPACE: Final = ord(" ")
NEWLINE: Final = ord("\n")

_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_LAST_TABULATED: Final = 0x20000
_TAGS_AND_SELECTORS: Final = (range(0xE0000, 0xE0080), range(0xE0100, 0xE01F0))
_IDEOGRAPHS: Final = range(0x3400, 0xD7FC)


def _is_deleted(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Cf"}


def _fold_once(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    pieces: list[str] = []
    for character in decomposed:
        if _is_deleted(character):
            continue
        if character.isspace() or unicodedata.category(character) in {"Cc", "Zl", "Zp"}:
            pieces.append("\n" if character in "\n\r\u2028\u2029\u0085" else " ")
            continue
        if character.isdecimal():
            pieces.append(str(unicodedata.decimal(character)))
            continue
        pieces.append(LOOK_ALIKES.get(character, character))
    return "".join(pieces)


def _fold_character(character: str) -> str:
    folded = _fold_once(character)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def _build() -> tuple[NDArray[np.uint32], tuple[str, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    fold = np.arange(CODE_POINTS, dtype=np.uint32)
    letter = np.zeros(CODE_POINTS, dtype=np.bool_)
    word = np.zeros(CODE_POINTS, dtype=np.bool_)
    letter[_IDEOGRAPHS.start : _IDEOGRAPHS.stop] = True
    word[_IDEOGRAPHS.start : _IDEOGRAPHS.stop] = True
    expansions: list[str] = []
    for code in range(_LAST_TABULATED):
        if code in _IDEOGRAPHS:
            continue
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Cn":
            continue
        if category == "Cs":
            fold[code] = REPLACEMENT
            continue
        folded = _fold_character(character)
        if len(folded) == 1:
            fold[code] = ord(folded)
        elif folded:
            fold[code] = EXPANDED + len(expansions)
            expansions.append(folded)
        else:
            fold[code] = DELETED
        letter[code] = category[0] == "L"
        word[code] = category[0] in "LN"
    for code in (*_SKIN_TONES, *map(ord, _FILLERS)):
        fold[code] = DELETED
    fold[list(map(ord, _BLANKS))] = ord(BLANK)
    # As a letter, several of them are one; it belongs to no word.
    letter[ord(BLANK)] = True
    for span in _TAGS_AND_SELECTORS:
        fold[span.start : span.stop] = DELETED
    return fold, tuple(expansions), letter, word


FOLD, EXPANSIONS, LETTER, WORD = _build()
"""FOLD: code point to folded code point, DELETED, or EXPANDED + n. LETTER, WORD: by code point."""

ARABIC: Final[NDArray[np.bool_]] = np.zeros(CODE_POINTS, dtype=np.bool_)
ARABIC[[ord(letter) for letter in "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"]] = True
"""The letters that a folded Arabic text is written with."""

SUBSTITUTE: Final[NDArray[np.uint32]] = np.zeros(CODE_POINTS, dtype=np.uint32)
for _symbol, _letter in SUBSTITUTES.items():
    SUBSTITUTE[ord(_symbol)] = ord(_letter)
"""By code point: the Arabic letter that a digit or symbol stands for, or 0."""
