"""How often the word forms of everyday Arabic are written: what a rule should not hit by accident.

`README.md` beside this file says how the list was made. It holds single words in their folded
spelling and counts, no text.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

FILE: Final = Path(__file__).parent / "words.txt.gz"
"""One word a line, folded, and after a tab in how many comments it stood; commonest first."""


@cache
def everyday_words() -> Mapping[str, int]:
    """By folded word form: in how many comments without abuse it stood; commonest first."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        pairs = (line.rstrip("\n").split("\t") for line in lines)
        return MappingProxyType({word: int(count) for word, count in pairs})
