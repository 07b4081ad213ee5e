"""Why each rule did or did not match a comment, and what nearly matched.

    explanation = explain(rules, comment, policy, scores)

answers for the rules that match, and lists those that nearly did; with `rule` it answers for that
rule alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from moderation.comment import Comment
from moderation.policy import Policy, decide
from moderation.span import Span
from moderation.text import Text
from moderation.verdict import Action
from moderation.view import View
from rules.compile import CompiledRule
from rules.condition import FrameNode
from rules.nearest import Near, near_terms
from rules.reading import Reading
from rules.remedy import did_you_mean
from rules.ruleset import RuleSet, evaluate
from rules.scan import Hit
from rules.sentence import sentence
from rules.steps import Found, Step, Steps

MOST_NEAR_MISSES: Final = 10

Outcome = Literal["match", "mention", "cancelled", "no match", "switched off", "expired"]
"""`cancelled`: every occurrence stands in an `unless` frame."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a view reads something else than what was written."""

    span: Span
    written: str
    read: str


@dataclass(frozen=True, slots=True)
class ShownView:
    """One reading of the comment; empty where it has nothing to read."""

    name: str
    text: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Framed:
    """An occurrence that a frame holds: what the frame asks for and its words in the comment."""

    kind: Literal["unless", "mention"]
    occurrence: tuple[Found, ...]
    frame: str
    words: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule on one comment. `frames` are those that hold an occurrence.

    `description` is that in English, where the rule has one in each language.
    """

    rule: str
    description: str
    clause: str
    severity: str
    outcome: Outcome
    shadow: bool
    spans: tuple[Span, ...]
    when: Step
    frames: tuple[Framed, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that did not match and nearly did. `closeness` is 0..1, by which they are ranked."""

    explanation: RuleExplanation
    closeness: float
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the rules make of a comment. `action` is theirs and that of the scores that were given.

    All offsets are in code points of `text`.
    """

    text: str
    views: tuple[ShownView, ...]
    rules: tuple[RuleExplanation, ...]
    near_misses: tuple[NearMiss, ...]
    action: Action | None
    version: str
    scores: Mapping[str, float] = field(default_factory=dict)


class UnknownRuleError(ValueError):
    """There is no rule of that name; the message says which are near."""


def explain(
    rules: RuleSet,
    comment: Comment,
    policy: Policy | None = None,
    scores: Mapping[str, float] | None = None,
    *,
    rule: str | None = None,
) -> Explanation:
    """The rules that match, step by step, and those that nearly do.

    With `rule` (`pack/rule`, or the rule's own name where one pack alone has it), that rule alone,
    whether it matches or not. Without a policy no action is told. Raises UnknownRuleError.
    """
    text = Text(comment.text)
    given = dict(scores or {})
    reading = rules.read(comment, text).with_scores(given)
    near = near_terms(rules).of(text, reading.matched.places)
    explainer = _Explainer(rules, reading, Steps(rules, reading, near))
    misses: tuple[NearMiss, ...] = ()
    if rule is not None:
        explained = tuple(explainer.rule(each) for each in rules_named(rules, rule))
    else:
        every = [explainer.rule(each) for each in rules.rules]
        explained = tuple(each for each in every if each.outcome in {"match", "mention"})
        misses = _near_misses([each for each in every if each not in explained])
    findings = rules.match(comment, text).findings(given)
    return Explanation(
        text=comment.text,
        views=tuple(_views(text)),
        rules=explained,
        near_misses=misses,
        action=None if policy is None else decide(policy, findings, given)[0],
        version=rules.version,
        scores=given,
    )


class _Explainer:
    def __init__(self, rules: RuleSet, reading: Reading, steps: Steps) -> None:
        self._reading = reading
        self._steps = steps
        self._ended = rules.ended(datetime.now(UTC))

    def rule(self, compiled: CompiledRule) -> RuleExplanation:
        rule = compiled.rule
        finding = evaluate(compiled, self._reading)
        hits = self._reading.evaluate(compiled.when)
        outcome: Outcome = "no match"
        if not rule.enabled:
            outcome = "switched off"
        elif compiled.name in self._ended:
            outcome = "expired"
        elif finding is not None:
            outcome = "mention" if finding.mention else "match"
        elif hits is not None:
            outcome = "cancelled"
        return RuleExplanation(
            rule=compiled.name,
            description=rule.description.en,
            clause=rule.clause,
            severity=rule.severity,
            outcome=outcome,
            shadow=rule.shadow,
            spans=finding.spans if finding is not None else (),
            when=self._steps.of(compiled.when),
            frames=tuple(
                framed
                for hit in hits or ()
                for kind, frames in (("unless", compiled.unless), ("mention", compiled.mention))
                for framed in self._framed(kind, frames, hit)  # type: ignore[arg-type]
            ),
        )

    def _framed(
        self, kind: Literal["unless", "mention"], frames: tuple[FrameNode, ...], hit: Hit
    ) -> list[Framed]:
        return [
            Framed(
                kind,
                self._steps.found((hit,)),
                self._steps.frame(frame),
                self._steps.frame_words(frame),
            )
            for frame in frames
            if frame.stands_around(self._reading, hit)
        ]


def rules_named(rules: RuleSet, name: str) -> tuple[CompiledRule, ...]:
    """The rules that a name means: `pack/rule`, or a rule's own name. Raises UnknownRuleError."""
    found = tuple(each for each in rules.rules if name in {each.name, each.rule.id})
    if found:
        return found
    known = [each.name for each in rules.rules]
    near = difflib.get_close_matches(name, [*known, *(each.rule.id for each in rules.rules)], n=3)
    listed = sentence("rules are: {names}…", names=", ".join(known[:12]))
    told = did_you_mean(*near) if near else listed
    raise UnknownRuleError(sentence("there is no rule {rule!r}; {told}", rule=name, told=told))


def _near_misses(explained: list[RuleExplanation]) -> tuple[NearMiss, ...]:
    misses = [miss for each in explained if (miss := _near_miss(each)) is not None]
    misses.sort(key=lambda miss: (-miss.closeness, miss.explanation.rule))
    return tuple(misses[:MOST_NEAR_MISSES])


def _near_miss(explained: RuleExplanation) -> NearMiss | None:
    if explained.outcome == "cancelled":
        words = "، ".join(f"«{word.written}»" for frame in explained.frames for word in frame.words)
        return NearMiss(
            explained, 0.95, f"an `unless` frame cancels it{': ' if words else ''}{words}"
        )
    if explained.outcome != "no match":
        if explained.when.held:
            return NearMiss(explained, 0.9, f"the rule is {explained.outcome}")
        return None
    closeness, because = _closeness(explained.when)
    return NearMiss(explained, closeness, because) if closeness > 0 else None


def _closeness(step: Step) -> tuple[float, str]:
    """How nearly a condition holds, 0..1, and what it lacks."""
    if step.held:
        return 1.0, ""
    if step.near:
        best = step.near[0]
        return {"view": 0.8, "spelling": 0.6, "attached": 0.4}[best.why], str(best)
    if not step.steps or step.kind == "none":
        return 0.0, f"it lacks {step.asks}{f' ({step.reason})' if step.reason else ''}"
    if step.kind == "any":
        return max(map(_closeness, step.steps))
    return _closeness_of_all(step)


def _closeness_of_all(step: Step) -> tuple[float, str]:
    if all(each.held for each in step.steps):
        return 0.85, step.reason
    if not any(_holds_by_words(each) for each in step.steps):
        return 0.0, step.reason
    inner = [_closeness(each) for each in step.steps]
    worst, lacks = min(part for part in inner if part[0] < 1.0)
    mean = sum(part[0] for part in inner) / len(inner)
    return 0.9 * mean * (0.5 + worst / 2), lacks or step.reason


def _holds_by_words(step: Step) -> bool:
    return step.held and (bool(step.found) or any(map(_holds_by_words, step.steps)))


def _views(text: Text) -> list[ShownView]:
    named = (
        ("folded", text.folded),
        ("joined", text.joined),
        ("substituted", text.substituted),
        ("latin", text.latin),
    )
    return [ShownView(name, view.text, _differences(name, view, text)) for name, view in named]


def _differences(name: str, view: View, text: Text) -> tuple[Difference, ...]:
    """By word; of the joined view none, which is one word."""
    if name == "joined":
        return ()
    found: list[Difference] = []
    for start, end in zip(view.word_starts.tolist(), view.word_ends.tolist(), strict=True):
        span = view.span(start, end)
        written, read = text.cut(span), view.text[start:end]
        if written != read and (name != "substituted" or read != _folded_at(text, span)):
            found.append(Difference(span, written, read))
    return tuple(found)


def _folded_at(text: Text, span: Span) -> str:
    folded = text.folded
    inside = (folded.starts >= span.start) & (folded.starts < span.end)
    return "".join(
        letter for letter, kept in zip(folded.text, inside.tolist(), strict=True) if kept
    )


__all__ = [
    "Difference", "Explanation", "Found", "Framed", "Near", "NearMiss", "RuleExplanation",
    "ShownView", "Step", "UnknownRuleError", "explain", "rules_named",
]  # fmt: skip
