"""One comment under rules that need not be published: what is read, found and decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.console.highlight import Stretch, stretches
from api.console.language import Language
from api.rulebook.loading import Loaded
from moderation.comment import Article, Comment
from moderation.finding import Finding
from moderation.policy import Wording
from moderation.text import Text
from moderation.verdict import Verdict
from rules.compile import CompiledRule
from rules.explain import Explanation, RuleExplanation, explain
from rules.model import Example
from rules.ruleset import RuleSet, evaluate
from rules.trial import comment_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to try; what is empty is not known."""

    text: str
    title: str = ""
    author: str = ""
    parent: str = ""
    section: str = ""

    @property
    def comment(self) -> Comment:
        """The comment that it describes."""
        article = None
        if self.title or self.author or self.section:
            article = Article(
                self.title, (self.author,) if self.author else (), section=self.section or None
            )
        return Comment("tried", self.text, article, parent=self.parent or None)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule set makes of a comment. `marked` marks what the reasons of the verdict rest on,
    `silent` what was found and decides nothing. `descriptions` are by rule name, of rules that are
    described in each language."""

    verdict: Verdict
    explanation: Explanation
    marked: tuple[Stretch, ...]
    silent: Sequence[Finding]
    descriptions: Mapping[str, Wording]

    def described(self, rule: RuleExplanation, language: Language) -> str:
        """What a rule is for."""
        told = self.descriptions.get(rule.rule)
        return told.ar if told and language == "ar" else rule.description


@dataclass(frozen=True, slots=True)
class ExampleTried:
    """An example of a rule: whether it must match, whether it does, and where."""

    example: Example
    expected: bool
    matched: bool
    mention: bool
    marked: tuple[Stretch, ...]

    @property
    def holds(self) -> bool:
        """Whether it turns out as the rule says."""
        wanted = self.example.mention
        return self.matched is self.expected and (wanted is None or wanted is self.mention)


def tried(loaded: Loaded, asked: Asked, rule: str | None = None) -> Tried:
    """A comment, judged and explained; of `rule` it is told in any case why it does not match.

    Raises UnknownRuleError.
    """
    comment = asked.comment
    verdict = loaded.equipment.engine.judge(comment)
    scores = verdict.scores
    explanation = explain(loaded.rules, comment, loaded.policy, scores, rule=rule or None)
    marked = stretches(comment.text, verdict.reasons)
    silent = (*verdict.shadow, *verdict.throttled)
    return Tried(verdict, explanation, marked, silent, loaded.equipment.descriptions)


def examples_tried(rules: RuleSet, compiled: CompiledRule) -> list[ExampleTried]:
    """The examples of a rule, those that must match first."""
    examples = compiled.rule.examples
    return [
        _example(rules, compiled, example, expected=expected)
        for several, expected in ((examples.match, True), (examples.no_match, False))
        for example in several
    ]


def _example(
    rules: RuleSet, compiled: CompiledRule, example: Example, *, expected: bool
) -> ExampleTried:
    reading = rules.read(comment_of(example), Text(example.text)).with_scores(example.scores)
    finding = evaluate(compiled, reading)
    return ExampleTried(
        example,
        expected,
        finding is not None,
        finding is not None and finding.mention,
        stretches(example.text, [finding] if finding else []),
    )
