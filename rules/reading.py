"""One comment as conditions see it: the hits in its text, its sentences, its context."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from moderation.comment import Comment
from moderation.lazy import lazy
from moderation.span import Span
from moderation.text import Text
from rules.model import Named
from rules.people.name import name_of
from rules.people.naming import Doubt, Naming, namings
from rules.scan import Hit, Matched

_SENTENCE_END: Final = re.compile(r"[.!?؟\n;؛…]+(?=\s|$)|\n")
_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)
_QUOTES: Final = re.compile(
    r"«[^«»]{1,300}»|“[^“”]{1,300}”|\"[^\"]{1,300}\"|‹[^‹›]{1,300}›|\([\"'][^()]{1,300}[\"']\)"
)

Hits = Sequence[Hit]
Guard = tuple[int, ...]
"""Alternatives, each a set of bits: sets of patterns that must all be touched; see `compile`."""


class Node(Protocol):
    """A compiled condition."""

    def evaluate(self, reading: Reading) -> Hits | None:
        """The hits, or None where the condition does not hold."""


class Reading:
    """What one evaluation needs. Made for one comment, used by one thread, then dropped."""

    def __init__(
        self,
        comment: Comment,
        text: Text,
        matched: Matched,
        touched: int,
        read_parent: Callable[[str], Reading],
        scores: Mapping[str, float] | None = None,
    ) -> None:
        self.comment = comment
        self.text = text
        self.matched = matched
        self.touched = touched
        self.scores = scores if scores is not None else {}
        self._read_parent = read_parent
        self._results: dict[int, Hits | None] = {}

    def with_scores(self, scores: Mapping[str, float]) -> Reading:
        """The same reading once the classifier has spoken."""
        return Reading(
            self.comment, self.text, self.matched, self.touched, self._read_parent, scores
        )

    def evaluate(self, node: Node) -> Hits | None:
        """What a condition finds; evaluated once, however many rules share it.

        Nodes are known by identity: a rule set, which outlives its readings, holds them.
        """
        results, key = self._results, id(node)
        if key in results:
            return results[key]
        hits = results[key] = node.evaluate(self)
        return hits

    def allows(self, guard: Guard) -> bool:
        """Whether a condition can hold, judged by which patterns hit and not by where."""
        touched = self.touched
        for required in guard:  # noqa: SIM110 - a generator here costs as much as the rest of it
            if touched & required == required:
                return True
        return False

    @lazy
    def parent(self) -> Reading | None:
        """The reading of the comment that this one answers."""
        text = self.comment.parent
        return None if text is None else self._read_parent(text)

    @lazy
    def links(self) -> int:
        """How many links the text holds."""
        return len(_LINK.findall(self.text.original))

    def folded_hit(self, start: int, end: int) -> Hit:
        """A hit on a stretch of the folded view."""
        return self.matched.hit(self.text.folded.span(start, end))

    @lazy
    def _sentence_ends(self) -> list[int]:
        starts = self.text.folded.word_starts.tolist()
        ends = (match.start() for match in _SENTENCE_END.finditer(self.text.folded.text))
        return [bisect_right(starts, end) for end in ends]

    def sentence_of(self, word: int) -> int:
        """The number of the sentence in which a word stands."""
        return bisect_right(self._sentence_ends, word)

    @lazy
    def quotations(self) -> tuple[Hit, ...]:
        """What stands between quotation marks; not a text that stands whole between them."""
        text = self.text.original
        word_at = self.matched.word_at
        return tuple(
            Hit(word_at(_first_word(match)), word_at(match.end() - 1), (Span(*match.span()),))
            for match in _QUOTES.finditer(text)
            if match.end() - match.start() < len(text.strip())
        )

    @lazy
    def _quotation_starts(self) -> list[int]:
        return [quotation.spans[0].start for quotation in self.quotations]

    def quotation_of(self, span: Span) -> Hit | None:
        """The quotation in which a span lies."""
        at = bisect_right(self._quotation_starts, span.start) - 1
        if at < 0 or self.quotations[at].spans[0].end < span.end:
            return None
        return self.quotations[at]

    def named(self, who: Named) -> tuple[Hit, ...]:
        """Where the article's author, or a person whom it names, is named; see `rules.people`."""
        return self._hits(naming for naming in self._namings(who) if naming.doubt is None)

    def nearly_named(self, who: Named) -> tuple[tuple[Hit, Doubt], ...]:
        """Where they seem to be named, and why that does not count."""
        found = [naming for naming in self._namings(who) if naming.doubt is not None]
        return tuple(
            (hit, naming.doubt)
            for hit, naming in zip(self._hits(found), found, strict=True)
            if naming.doubt is not None
        )

    def _namings(self, who: Named) -> list[Naming]:
        article = self.comment.article
        if article is None:
            return []
        everybody = {name_of(name) for name in (*article.authors, *article.people)}
        # An answer says «يا محمد» to whom it answers.
        addressed = who == "author" and self.comment.parent is None
        found: dict[Naming, None] = {}
        for written in article.authors if who == "author" else article.people:
            name = name_of(written)
            others = [other for other in everybody if other.parts != name.parts]
            found |= dict.fromkeys(namings(self.text.folded, name, others, addressed=addressed))
        return list(found)

    def _hits(self, found: Iterable[Naming]) -> tuple[Hit, ...]:
        view = self.text.folded
        return tuple(
            self.folded_hit(int(view.word_starts[each.first]), int(view.word_ends[each.last]))
            for each in found
        )


def _first_word(quotation: re.Match[str]) -> int:
    """Where the words begin: a mark stands beside the word before it, and would count that too."""
    start = quotation.start()
    return next((start + at for at, each in enumerate(quotation[0]) if each.isalnum()), start)
