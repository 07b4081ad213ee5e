"""A condition, step by step: what it asked for, whether it held, by which words, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from moderation.comment import Comment
from moderation.span import Span
from rules import condition as nodes
from rules.condition import FrameNode
from rules.model import Range
from rules.nearest import Near, View, view_of
from rules.people.naming import Doubt
from rules.reading import Hits, Node, Reading
from rules.ruleset import RuleSet
from rules.scan import Hit

_MOST_TERMS: Final = 5
_MOST_FOUND: Final = 20
_MOST_NEAR: Final = 3
_DOUBTS: Final[Mapping[Doubt, str]] = {
    "first_name": "is a common first name, which does not count alone",
    "title": "is a title, which does not count alone",
    "short": "is too short to count alone",
    "shared": "is the name of others too who are named",
    "other": "follows another first name",
}
"""Why a part of a name does not count where it stands."""


StepKind = Literal["one", "any", "all", "none", "at_least", "near", "parent"]
"""How the steps inside a step are put together; `one` has none."""


@dataclass(frozen=True, slots=True)
class Found:
    """Words of the comment by which a step held. `term` and `view` are known of terms alone."""

    span: Span
    written: str
    term: str = ""
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a rule. `near` and `reason` say what it lacked where it did not hold."""

    asks: str
    held: bool
    found: tuple[Found, ...] = ()
    reason: str = ""
    near: tuple[Near, ...] = ()
    steps: tuple[Step, ...] = ()
    kind: StepKind = "one"


class Steps:
    """Makes the steps of one reading. `near` is by pattern, see `rules.nearest`."""

    def __init__(self, rules: RuleSet, reading: Reading, near: Mapping[int, Near]) -> None:
        self._patterns = rules.compiled.patterns
        self._lists = rules.compiled.lists
        self._reading = reading
        self._near = near

    def of(self, node: Node) -> Step:
        """The steps of a condition."""
        hits = self._reading.evaluate(node)
        match node:
            case nodes.Words():
                return self._words(node)
            case nodes.Phrases():
                return self._phrases(node, hits)
            case nodes.AnyOf() | nodes.AllOf() | nodes.NoneOf() | nodes.AtLeastOf():
                return self._several(node, hits)
            case nodes.NearOf():
                return self._close(node, hits)
            case nodes.Parent():
                return self._parent(hits)
        asks, known = _context(node, self._reading)
        return Step(asks, hits is not None, self._found(hits), "" if hits is not None else known)

    def frame(self, frame: FrameNode) -> str:
        """A frame in words."""
        near = f", at most {frame.within} words away" if frame.within is not None else ""
        side = f", {frame.side} the match" if frame.side != "either" else ""
        return f"{self.of(frame.node).asks}{near}{side}"

    def frame_words(self, frame: FrameNode) -> tuple[Found, ...]:
        """The words of a frame that stand in the comment."""
        return self._found(self._reading.evaluate(frame.node))

    def found(self, hits: Iterable[Hit]) -> tuple[Found, ...]:
        """What was written at hits."""
        return self._found(tuple(hits))

    def _words(self, node: nodes.Words) -> Step:
        places = self._reading.matched.places
        found = tuple(
            Found(span, written, term, view_of(written, term))
            for index in sorted(node.patterns & places.keys())
            for span in (Span(*place) for place in places[index])
            for written, term in [(self._cut(span), self._patterns[index].text)]
        )
        near = () if found else self._nearest(node.patterns)
        return Step(self._asked(node.patterns), bool(found), found[:_MOST_FOUND], near=near)

    def _phrases(self, node: nodes.Phrases, hits: Hits | None) -> Step:
        phrases = [phrase for group in node.by_rarest_word.values() for phrase in group]
        gap = f", at most {node.gap} words between two of its words" if node.gap else ""
        asks = f"one of {len(phrases)} phrases{gap}: {self._quoted_phrases(phrases)}"
        if hits is not None:
            return Step(asks, held=True, found=self._found(hits))
        there = self._reading.matched.places.keys()
        apart = [phrase for phrase in phrases if all(index in there for index in phrase)]
        if apart:
            told = self._quoted_phrases(apart)
            return Step(asks, held=False, reason=f"the words stand apart: {told}")
        lacking = {
            index
            for phrase in phrases
            if any(index in there for index in phrase)
            for index in phrase
            if index not in there
        }
        return Step(asks, held=False, near=self._nearest(lacking))

    def _several(self, node: Node, hits: Hits | None) -> Step:
        assert isinstance(  # noqa: S101 - `of` says so
            node, nodes.AnyOf | nodes.AllOf | nodes.NoneOf | nodes.AtLeastOf
        )
        steps = tuple(self.of(child) for child in node.children)
        held = sum(step.held for step in steps)
        kind: StepKind
        match node:
            case nodes.AnyOf():
                kind, asks = "any", f"any of {len(steps)}"
            case nodes.AllOf():
                kind, asks = "all", f"all of {len(steps)}"
            case nodes.NoneOf():
                kind, asks = "none", f"none of {len(steps)}"
            case nodes.AtLeastOf():
                kind, asks = "at_least", f"at least {node.count} of {len(steps)}"
        reason = "" if hits is not None else f"{held} of {len(steps)} hold"
        return Step(asks, hits is not None, reason=reason, steps=steps, kind=kind)

    def _close(self, node: nodes.NearOf, hits: Hits | None) -> Step:
        steps = tuple(self.of(child) for child in node.children)
        order = ", in this order" if node.ordered else ""
        asks = f"{len(steps)} things at most {node.within} words apart{order}"
        if hits is not None:
            return Step(asks, held=True, found=self._found(hits), steps=steps, kind="near")
        held = sum(step.held for step in steps)
        reason = f"{held} of {len(steps)} hold"
        if held == len(steps):
            otherwise = " or in another order" if node.ordered else ""
            reason = f"all stand there, but more than {node.within} words apart{otherwise}"
        return Step(asks, held=False, reason=reason, steps=steps, kind="near")

    def _parent(self, hits: Hits | None) -> Step:
        reason = ""
        if hits is None:
            answers = self._reading.comment.parent is not None
            reason = "that comment does not hold it" if answers else "the comment answers no other"
        asks = "the comment that it answers fulfils a condition"
        return Step(asks, hits is not None, reason=reason, kind="parent")

    def _asked(self, patterns: frozenset[int]) -> str:
        lists = [name for name, held in self._lists.items() if held and held <= patterns]
        if lists:
            return f"a term of {', '.join(sorted(lists))}"
        return f"one of {len(patterns)} terms: {self._quoted(patterns)}"

    def _quoted(self, patterns: Iterable[int]) -> str:
        terms = sorted(self._patterns[index].text for index in patterns)
        return "، ".join(terms[:_MOST_TERMS]) + ("، …" if len(terms) > _MOST_TERMS else "")

    def _quoted_phrases(self, phrases: list[tuple[int, ...]]) -> str:
        told = [
            " ".join(self._patterns[index].text for index in phrase)
            for phrase in phrases[:_MOST_TERMS]
        ]
        return "، ".join(told) + ("، …" if len(phrases) > _MOST_TERMS else "")

    def _nearest(self, patterns: Iterable[int]) -> tuple[Near, ...]:
        order = {"view": 0, "attached": 1, "spelling": 2}
        found = [self._near[index] for index in patterns if index in self._near]
        found.sort(key=lambda near: (order[near.why], near.span, near.term))
        return tuple(dict.fromkeys(found))[:_MOST_NEAR]

    def _found(self, hits: Hits | None) -> tuple[Found, ...]:
        spans = dict.fromkeys(span for hit in hits or () for span in hit.spans)
        return tuple(Found(span, self._cut(span)) for span in sorted(spans)[:_MOST_FOUND])

    def _cut(self, span: Span) -> str:
        return self._reading.text.cut(span)


def _context(node: Node, reading: Reading) -> tuple[str, str]:
    """What a condition without terms asks for, and what is there instead."""
    told = (
        _of_text(node, reading)
        or _of_article(node, reading)
        or _of_commenter(node, reading.comment)
    )
    return told or (type(node).__name__, "")


def _of_text(node: Node, reading: Reading) -> tuple[str, str] | None:
    match node:
        case nodes.Regexes():
            told = " or ".join(expression.pattern for expression in node.expressions)
            return f"the expression {told}", "it matches nothing in the folded text"
        case nodes.Quoted():
            return "something stands between quotation marks", "nothing does"
        case nodes.Score():
            score = reading.scores.get(node.bounds.label)
            asks = f"the score of {node.bounds.label} is {_bounds(node.bounds)}"
            return asks, "it is not known" if score is None else f"it is {score:.2f}"
        case nodes.Length():
            characters = len(reading.text.original)
            return f"{_bounds(node.bounds)} characters", f"there are {characters}"
        case nodes.Links():
            return f"{_bounds(node.bounds)} links", f"there are {reading.links}"
    return None


def _of_article(node: Node, reading: Reading) -> tuple[str, str] | None:
    article = reading.comment.article
    unknown = "the article is not known"
    match node:
        case nodes.NamedThere():
            return f"the {node.who} is named", _not_named(node, reading)
        case nodes.UnderArticle():
            return f"the article is {'known' if node.wanted else 'not known'}", "it is otherwise"
        case nodes.Section():
            section = unknown if article is None else f"it stands in {article.section!r}"
            return f"the article stands in {_either(node.names)}", section
        case nodes.Tag():
            tags = unknown if article is None else f"its tags are: {'، '.join(article.tags)}"
            return f"the article carries {_either(node.names)}", tags
    return None


def _not_named(node: nodes.NamedThere, reading: Reading) -> str:
    """Why nobody is named: what stands there of their names counts for nothing, or they do not."""
    article = reading.comment.article
    people = () if article is None else article.authors + article.people
    if not people:
        return "nobody's name is known"
    known = f"known are: {'، '.join(people)}"
    for hit, doubt in reading.nearly_named(node.who):
        (span,) = hit.spans
        return f"«{reading.text.cut(span).strip()}» {_DOUBTS[doubt]}; {known}"
    return known


def _of_commenter(node: Node, comment: Comment) -> tuple[str, str] | None:
    unknown = "it is not known"
    match node:
        case nodes.Reply():
            return f"the comment is {'a' if node.wanted else 'no'} reply", "it is otherwise"
        case nodes.Author():
            return f"the commenter is {_either(node.ids)}", f"it is {comment.author or 'not known'}"
        case nodes.Newcomer():
            is_one = {True: "the commenter is", False: "the commenter is not", None: unknown}
            told = is_one[comment.newcomer]
            return f"the commenter is {'a' if node.wanted else 'no'} newcomer", told
        case nodes.Repeated():
            came = unknown if comment.repeats is None else f"it came {comment.repeats} times"
            return f"the text came {_bounds(node.bounds)} times within a day", came
    return None


def _either(names: frozenset[str]) -> str:
    return " or ".join(repr(name) for name in sorted(names))


def _bounds(bounds: Range) -> str:
    told = [
        f"{word} {bound:g}"
        for word, bound in (("at least", bounds.at_least), ("at most", bounds.at_most))
        if bound is not None
    ]
    return " and ".join(told)
