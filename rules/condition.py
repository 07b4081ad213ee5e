"""Compiled conditions: each evaluates a reading to its hits, or to None where it does not hold.

A condition that holds without a place in the text (a context, an absence) has no hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import permutations
from operator import attrgetter

import re2

from moderation.detector import Context
from rules.guard import Sleepers
from rules.model import Named, Range, ScoreRange, Side
from rules.reading import Guard, Hits, Node, Reading
from rules.scan import Hit

_MOST_COMBINATIONS = 200
"""How many pairings `near` and `phrase` look at: hostile texts repeat words without end."""

_BARE_QUOTATION = 2
"""A quotation of so many words holds an insult and nothing that tells who said it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Holds where one of the patterns hits."""

    patterns: frozenset[int]

    def evaluate(self, reading: Reading) -> Hits | None:
        matched = reading.matched
        indexes = list(self.patterns.intersection(matched.patterns))
        if not indexes:
            return None
        if len(indexes) == 1:
            return matched.hits(indexes[0])
        return [hit for index in indexes for hit in matched.hits(index)]


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Holds where the words of one phrase follow one another, `gap` words between at most."""

    by_rarest_word: Mapping[int, tuple[tuple[int, ...], ...]]
    gap: int

    def evaluate(self, reading: Reading) -> Hits | None:
        there = reading.matched.patterns
        found = [
            hit
            for rarest in self.by_rarest_word.keys() & there
            for phrase in self.by_rarest_word[rarest]
            if there.issuperset(phrase)
            for hit in self._follow(reading, phrase)
        ]
        return found or None

    def _follow(self, reading: Reading, phrase: tuple[int, ...]) -> Iterator[Hit]:
        for begin in reading.matched.hits(phrase[0]):
            chain = [begin]
            for index in phrase[1:]:
                after = chain[-1].last
                following = next(
                    (
                        hit
                        for hit in reading.matched.hits(index)
                        if 1 <= hit.first - after <= 1 + self.gap
                    ),
                    None,
                )
                if following is None:
                    break
                chain.append(following)
            else:
                yield _together(chain)


@dataclass(frozen=True, slots=True)
class Regexes:
    """Holds where an RE2 expression matches the folded text; linear in the text's length."""

    expressions: tuple[re2._Regexp[str], ...]

    def evaluate(self, reading: Reading) -> Hits | None:
        folded = reading.text.folded.text
        found = [
            reading.folded_hit(_past_space(folded, match.start(), match.end()), match.end())
            for expression in self.expressions
            for match in expression.finditer(folded)
            if match.end() > match.start()
        ]
        return found or None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where one child holds; its hits are those of every child that does.

    `guards` are in step with `children`, and `sleepers` are the children by their guards.
    """

    children: tuple[Node, ...]
    guards: tuple[Guard, ...]
    sleepers: Sleepers = field(compare=False)

    @classmethod
    def of(
        cls, children: tuple[Node, ...], guards: tuple[Guard, ...], rarest: Callable[[int], int]
    ) -> AnyOf:
        """The condition; `rarest` says which of several bits is touched least often."""
        sleepers = Sleepers(
            (
                (rarest(required), required, number)
                for number, guard in enumerate(guards)
                for required in guard
                if required
            ),
            awake=(number for number, guard in enumerate(guards) if 0 in guard),
        )
        return cls(children, guards, sleepers)

    def evaluate(self, reading: Reading) -> Hits | None:
        found: Hits | None = None
        for number in self.sleepers.woken(reading.touched):
            hits = reading.evaluate(self.children[number])
            if hits is not None:
                found = [*found, *hits] if found else hits
        return found


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where every child holds."""

    children: tuple[Node, ...]

    def evaluate(self, reading: Reading) -> Hits | None:
        found: list[Hit] = []
        for child in self.children:
            hits = reading.evaluate(child)
            if hits is None:
                return None
            found.extend(hits)
        return found


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Holds where no child holds."""

    children: tuple[Node, ...]

    def evaluate(self, reading: Reading) -> Hits | None:
        for child in self.children:
            if reading.evaluate(child) is not None:
                return None
        return ()


@dataclass(frozen=True, slots=True)
class AtLeastOf:
    """Holds where `count` children hold."""

    count: int
    children: tuple[Node, ...]

    def evaluate(self, reading: Reading) -> Hits | None:
        results = [reading.evaluate(child) for child in self.children]
        held = [result for result in results if result is not None]
        return [hit for hits in held for hit in hits] if len(held) >= self.count else None


@dataclass(frozen=True, slots=True)
class NearOf:
    """Holds where hits of every child stand within so many words of one another."""

    children: tuple[Node, ...]
    within: int
    ordered: bool

    def evaluate(self, reading: Reading) -> Hits | None:
        results: list[Hits] = []
        for child in self.children:
            hits = reading.evaluate(child)
            if not hits:
                return None
            results.append(hits if len(hits) == 1 else sorted(hits, key=_first))
        orders = [tuple(results)] if self.ordered else permutations(results)
        found = {hit.spans: hit for order in orders for hit in self._chains(order)}
        return list(found.values()) or None

    def _chains(self, order: tuple[Hits, ...]) -> Iterable[Hit]:
        chains: list[tuple[Hit, ...]] = [(hit,) for hit in order[0][:_MOST_COMBINATIONS]]
        for hits in order[1:]:
            chains = [
                (*chain, hit)
                for chain in chains
                for hit in hits[:_MOST_COMBINATIONS]
                if 0 <= hit.first - chain[-1].last - 1 <= self.within
            ]
        return map(_together, chains)


@dataclass(frozen=True, slots=True)
class NamedThere:
    """Holds where the comment names the article's author, or a person whom the article names."""

    who: Named

    def evaluate(self, reading: Reading) -> Hits | None:
        return reading.named(self.who) or None


@dataclass(frozen=True, slots=True)
class Quoted:
    """Holds where something stands between quotation marks."""

    def evaluate(self, reading: Reading) -> Hits | None:
        return reading.quotations or None


@dataclass(frozen=True, slots=True)
class Score:
    """Holds where the classifier's score of a label lies in a range; never without a score."""

    bounds: ScoreRange

    def evaluate(self, reading: Reading) -> Hits | None:
        score = reading.scores.get(self.bounds.label)
        return () if score is not None and self.bounds.holds(score) else None


@dataclass(frozen=True, slots=True)
class UnderArticle:
    """Holds where the article of the comment is known (or is not)."""

    wanted: bool

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if (reading.comment.article is not None) is self.wanted else None


@dataclass(frozen=True, slots=True)
class Section:
    """Holds where the article stands in one of the sections."""

    names: frozenset[str]

    def evaluate(self, reading: Reading) -> Hits | None:
        article = reading.comment.article
        return () if article is not None and article.section in self.names else None


@dataclass(frozen=True, slots=True)
class Tag:
    """Holds where the article carries one of the tags."""

    names: frozenset[str]

    def evaluate(self, reading: Reading) -> Hits | None:
        article = reading.comment.article
        return () if article is not None and not self.names.isdisjoint(article.tags) else None


@dataclass(frozen=True, slots=True)
class Parent:
    """Holds where the comment answers another for which the child holds."""

    child: Node

    def evaluate(self, reading: Reading) -> Hits | None:
        parent = reading.parent
        return () if parent is not None and parent.evaluate(self.child) is not None else None


@dataclass(frozen=True, slots=True)
class Reply:
    """Holds where the comment is (or is not) an answer to another."""

    wanted: bool

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if (reading.comment.parent is not None) is self.wanted else None


@dataclass(frozen=True, slots=True)
class Length:
    """Holds where the text has so many characters."""

    bounds: Range

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if self.bounds.holds(len(reading.text.original)) else None


@dataclass(frozen=True, slots=True)
class Links:
    """Holds where the text has so many links."""

    bounds: Range

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if self.bounds.holds(reading.links) else None


@dataclass(frozen=True, slots=True)
class Author:
    """Holds where the commenter is one of those with the ids."""

    ids: frozenset[str]

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if reading.comment.author in self.ids else None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Holds where it is known that the comment is (or is not) one of its author's first."""

    wanted: bool

    def evaluate(self, reading: Reading) -> Hits | None:
        return () if reading.comment.newcomer is self.wanted else None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Holds where it is known that the same text came so often within a day."""

    bounds: Range

    def evaluate(self, reading: Reading) -> Hits | None:
        repeats = reading.comment.repeats
        return () if repeats is not None and self.bounds.holds(repeats) else None


@dataclass(frozen=True, slots=True)
class FrameNode:
    """A condition that is looked for around a hit."""

    node: Node
    within: int | None
    side: Side
    sentence: bool

    def stands_around(self, reading: Reading, hit: Hit) -> bool:
        """Whether the frame holds for a hit; one without a place in the text holds for all."""
        frames = reading.evaluate(self.node)
        if frames is None:
            return False
        if isinstance(self.node, Quoted):
            return _is_quoted(reading, hit)
        return not frames or any(self._stands(reading, frame, hit) for frame in frames)

    def _stands(self, reading: Reading, frame: Hit, hit: Hit) -> bool:
        if self.sentence and reading.sentence_of(frame.first) != reading.sentence_of(hit.first):
            return False
        if frame.first <= hit.last and hit.first <= frame.last:
            # Between the words of a match («انت مش حمار»), or around one, a frame counts; the
            # words of the match alone make no frame.
            return not _is_part_of(frame, hit) and (
                self.side == "either"
                or (self.side == "before" and frame.first < hit.last)
                or (self.side == "after" and frame.last > hit.first)
            )
        before = frame.last < hit.first
        if (self.side == "before" and not before) or (self.side == "after" and before):
            return False
        between = hit.first - frame.last - 1 if before else frame.first - hit.last - 1
        return self.within is None or between <= self.within


def context_of(node: object) -> Iterator[Context]:
    """The remembered context that a condition reads, that of conditions within it too."""
    if isinstance(node, Newcomer):
        yield "newcomer"
    elif isinstance(node, Repeated):
        yield "repeats"
    elif isinstance(node, tuple):
        for each in node:
            yield from context_of(each)
    elif is_dataclass(node):
        for each in fields(node):
            yield from context_of(getattr(node, each.name))


def _past_space(text: str, start: int, end: int) -> int:
    """Where a match begins without the space before it, which is how a word's edge is asked for."""
    return min(end - len(text[start:end].lstrip()), end - 1)


def _is_part_of(frame: Hit, hit: Hit) -> bool:
    return all(
        any(own.start <= word.start and word.end <= own.end for own in hit.spans)
        for word in frame.spans
    )


def quoted_in_part(reading: Reading, hit: Hit) -> bool:
    """Whether a quotation of a word or two holds a part of the match and the rest stands outside.

    Whoever writes «يا "كلب"» says it; whoever writes «وصفه بأنه "كلب"» reports it by that verb.
    """
    return any(map(reading.quotation_of, hit.spans)) and not _is_quoted(reading, hit)


def _is_quoted(reading: Reading, hit: Hit) -> bool:
    """Whether the match is quoted: all of it, or a part of it among other words."""
    around = {reading.quotation_of(span) for span in hit.spans}
    return (len(around) == 1 and None not in around) or any(
        quotation is not None and quotation.last - quotation.first >= _BARE_QUOTATION
        for quotation in around
    )


_first = attrgetter("first")


def _together(hits: Sequence[Hit]) -> Hit:
    return Hit(
        min(hit.first for hit in hits),
        max(hit.last for hit in hits),
        tuple(span for hit in hits for span in hit.spans),
    )
