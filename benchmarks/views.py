"""How long the views of a text take: `python benchmarks/views.py`.

Prints the median, in microseconds, of reading a 150-character comment: each view, all of them, and
beside them in the same run the usual way, `unicodedata` and `re` without any map back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from timing import median_microseconds

from moderation.text import Text

COMMENT = (
    "هذا التعليق مثال على تعليق عادي من القراء حول المقال المنشور اليوم في الصحيفة، ولا شيء فيه "
    "يخالف شروط النشر ولكنه طويل بما يكفي لقياس الوقت اللازم له"
)
SPACED = COMMENT.replace("الصحيفة", "ا ل ص ح ي ف ة").replace("المقال", "المقـــااال")
LATIN = "ya 3amm el kalam da mesh mazboot w kol el nas 3arfa keda, " * 3

_MARKS = re.compile(r"[ً-ٰٟـ\u200b-\u200f]")
_REPEATED = re.compile(r"(\w)\1+")
_LETTERS = str.maketrans("أإآٱىةؤئ", "اااايهوي")


def usual(comment: str) -> str:
    """What most filters do: normalise, strip, translate, collapse; offsets are lost."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", comment).casefold())
    return _REPEATED.sub(r"\1", text.translate(_LETTERS))


def all_views(comment: str) -> None:
    text = Text(comment)
    _ = text.folded, text.joined, text.substituted, text.latin


def main() -> None:
    measured: dict[str, Callable[[], object]] = {
        "unicodedata and re, folded only, no map": lambda: usual(COMMENT),
        "folded, with its map": lambda: Text(COMMENT).folded,
        "all views": lambda: all_views(COMMENT),
        "all views, letters spaced apart": lambda: all_views(SPACED[:150]),
        "all views, Latin letters": lambda: all_views(LATIN[:150]),
    }
    baseline = 0.0
    for name, work in measured.items():
        took = median_microseconds(work)
        baseline = baseline or took
        print(f"{name:45} {took:8.1f} us   {took / baseline:5.2f} x")


if __name__ == "__main__":
    main()
