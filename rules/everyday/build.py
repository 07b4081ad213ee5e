"""Making the list of everyday words from comments and from the vocabulary that stands beside."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moderation.comment import Comment
from moderation.letters import ARABIC
from moderation.text import Text, fold
from rules.model import SEVERITY_SCORES
from rules.ruleset import RuleSet

VOCABULARY: Final = Path(__file__).parent / "vocabulary.txt"
"""Words that comments hold too seldom to be counted: one group a line, `#` for what it is about."""

LEAST_COMMENTS: Final = 3
"""A word form that stood in fewer comments may be a typing error."""

VOCABULARY_COUNT: Final = LEAST_COMMENTS
"""The count of a word of the vocabulary that the comments do not hold."""

_LONGEST: Final = 16
_ADDRESSED: Final = ("{}", "يا {}", "انت {}")
_MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Built:
    """The list, and what was left out of it as abuse."""

    words: Mapping[str, int]
    left_out: frozenset[str]


def build(clean: Iterable[str], abusive: Iterable[str], rules: RuleSet) -> Built:
    """The everyday words of comments without abuse.

    A word that `rules` hold for serious or grave, by itself or when somebody is addressed by it,
    stays out where it is mostly abusive: where a greater share of the abusive comments holds it
    than of the others. Words of the vocabulary stay in.
    """
    innocent, innocent_comments = _count(clean)
    hostile, hostile_comments = _count(abusive)
    words = {word: count for word, count in innocent.items() if count >= LEAST_COMMENTS}
    authored = vocabulary()
    for word in authored:
        words.setdefault(word, VOCABULARY_COUNT)

    def mostly_abusive(word: str) -> bool:
        often = hostile[word] / max(hostile_comments, 1)
        seldom = innocent[word] / max(innocent_comments, 1)
        return often > 0 and often / (often + seldom) > _MOSTLY

    left_out = frozenset(
        word
        for word in words
        if word not in authored and mostly_abusive(word) and _insults(word, rules)
    )
    kept = {word: count for word, count in words.items() if word not in left_out}
    return Built(dict(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0]))), left_out)


def vocabulary(path: Path = VOCABULARY) -> frozenset[str]:
    """The word forms of the vocabulary, folded."""
    lines = (line.split("#", 1)[0] for line in path.read_text("utf-8").splitlines())
    return frozenset(fold(word) for line in lines for word in line.split())


def write(words: Mapping[str, int], path: Path) -> None:
    """Writes the list; equal words give equal bytes."""
    lines = "".join(f"{word}\t{count}\n" for word, count in words.items())
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, compresslevel=9) as packed:
        packed.write(lines.encode("utf-8"))
    path.write_bytes(buffer.getvalue())


def _count(texts: Iterable[str]) -> tuple[Counter[str], int]:
    """In how many texts each word stands, and how many texts there are."""
    counts: Counter[str] = Counter()
    number = 0
    for number, text in enumerate(texts, start=1):  # noqa: B007 - the last number is the count
        counts.update(_words(text))
    return counts, number


def _words(text: str) -> frozenset[str]:
    view = Text(text).folded
    edges = zip(view.word_starts.tolist(), view.word_ends.tolist(), strict=True)
    return frozenset(
        view.text[start:end]
        for start, end in edges
        if 2 <= end - start <= _LONGEST
        and bool(ARABIC[view.codes[start:end]].all())
        and (start == 0 or view.text[start - 1] not in "@#_")
        and (end == len(view.text) or view.text[end] != "_")
    )


def _insults(word: str, rules: RuleSet) -> bool:
    return any(
        finding.score >= SEVERITY_SCORES["serious"]
        for form in _ADDRESSED
        for text in [form.format(word)]
        for finding in rules.match(Comment("", text), Text(text)).findings({})
    )
