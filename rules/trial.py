"""Trying rules on the examples that they carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.comment import Article, Comment
from moderation.finding import Finding
from moderation.text import Text
from rules.compile import CompiledRule, PackFile
from rules.model import Example
from rules.reading import Reading
from rules.ruleset import RuleSet, evaluate
from rules.sentence import sentence
from rules.source import Location


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not turn out as its rule says. `finding` is what the rule found."""

    expected: bool
    message: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class OwnCase:
    """An example of a rule: `expected` says whether the rule must match it."""

    file: PackFile
    location: Location
    rule: str
    example: Example
    expected: bool

    def tried(self, rules: RuleSet, own: CompiledRule) -> Failure | None:
        """How the example fails; None where it holds."""
        finding = evaluate(own, _reading(rules, self.example))
        message = self._complaint(own.rule.id, finding)
        return Failure(self.expected, message, finding) if message else None

    def _complaint(self, rule: str, finding: Finding | None) -> str:
        text = self.example.text
        if not self.expected:
            if finding is None:
                return ""
            quoted = "، ".join(f"«{Text(text).cut(span)}»" for span in finding.spans)
            found = quoted or "its context"
            return sentence("{rule} matches {found} in «{text}»", rule=rule, found=found, text=text)
        if finding is None:
            return sentence("{rule}: does not match «{text}»", rule=rule, text=text)
        if self.example.mention is not None and finding.mention is not self.example.mention:
            taken = "a mention" if finding.mention else "no mention"
            return sentence(
                "{rule}: «{text}» is taken for {taken}", rule=rule, text=text, taken=taken
            )
        return ""


def own_cases(files: Sequence[PackFile]) -> Iterator[OwnCase]:
    """The examples of every rule, in the order of the files."""
    for file in files:
        for index, rule in enumerate(file.pack.rules):
            name = f"{file.pack.pack}/{rule.id}"
            for key, expected in (("match", True), ("no_match", False)):
                for number, example in enumerate(getattr(rule.examples, key)):
                    location = ("rules", index, "examples", key, number)
                    yield OwnCase(file, location, name, example, expected)


def comment_of(example: Example) -> Comment:
    """The comment that an example describes."""
    article = None
    if example.article is not None:
        given = example.article
        article = Article(
            given.title,
            given.authors,
            section=given.section,
            tags=given.tags,
            people=given.people,
        )
    return Comment(
        id="example",
        text=example.text,
        article=article,
        author=example.author,
        parent=example.parent,
        newcomer=example.newcomer,
        repeats=example.repeats,
    )


def _reading(rules: RuleSet, example: Example) -> Reading:
    return rules.read(comment_of(example), Text(example.text)).with_scores(example.scores)
