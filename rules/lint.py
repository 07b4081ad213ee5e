"""Checks of rule files that load: every function of CHECKS is one complaint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from moderation.comment import Article, Comment
from moderation.policy import Policy
from moderation.text import Text, fold
from rules.compile import CompiledRule, PackFile
from rules.errors import Problem, RulesError
from rules.load import read_packs, rule_set_of
from rules.model import Condition, Example
from rules.reading import Reading
from rules.ruleset import RuleSet, evaluate
from rules.source import Location

_LETTERS: Final = re.compile(r"(?<!\\)[^\W\d_]{2,}")
"""Literal letters of an expression; an escape such as `\b` is none."""

Check = Callable[[Sequence[PackFile], RuleSet], Iterator[Problem]]


def check(folder: Path, policy: Policy | None = None) -> list[Problem]:
    """Everything that is wrong with the packs of a folder; empty where they are good.

    With a policy, clauses that it does not have are reported too.
    """
    try:
        files = read_packs(folder)
        rules = rule_set_of(files)
    except RulesError as error:
        return list(error.problems)
    problems = [problem for each in CHECKS for problem in each(files, rules)]
    if policy is not None:
        problems.extend(unknown_clauses(files, policy))
    return problems


def examples_hold(files: Sequence[PackFile], rules: RuleSet) -> Iterator[Problem]:
    """Every rule matches what it says it matches, and nothing that it says it does not."""
    compiled = {rule.name: rule for rule in rules.rules}
    for file in files:
        for index, rule in enumerate(file.pack.rules):
            own = compiled[f"{file.pack.pack}/{rule.id}"]
            place = ("rules", index, "examples")
            for number, example in enumerate(rule.examples.match):
                if complaint := _complaint(rules, own, example):
                    location = (*place, "match", number)
                    yield file.source.problem(
                        location, f"{rule.id}: {complaint}", "change the condition or the example"
                    )
            for number, example in enumerate(rule.examples.no_match):
                finding = evaluate(own, _reading(rules, example))
                if finding is not None:
                    text = Text(example.text)
                    matched = "، ".join(text.cut(span) for span in finding.spans)
                    location = (*place, "no_match", number)
                    yield file.source.problem(
                        location,
                        f"{rule.id} matches «{matched}» in «{example.text}»",
                        "narrow the condition, add an `unless` frame, or move the example",
                    )


def terms_stand_once(files: Sequence[PackFile], _: RuleSet) -> Iterator[Problem]:
    """No list holds one term twice, in whatever spelling."""
    for file in files:
        for name, terms in file.terms.items():
            seen: dict[str, str] = {}
            for index, term in enumerate(terms):
                folded = fold(term.term)
                exact = term.tolerance is not None and "strict" in term.tolerance
                first = seen.setdefault(term.term if exact else folded, term.term)
                if first is not term.term:
                    yield file.source.problem(
                        ("lists", name, "terms", index),
                        f"{term.term!r} stands in the list already, as {first!r}",
                        "one spelling is enough: variants are folded",
                    )


def regexes_can_match(files: Sequence[PackFile], _: RuleSet) -> Iterator[Problem]:
    """No expression asks for letters that the folded text, which it reads, never has."""
    for file in files:
        for index, rule in enumerate(file.pack.rules):
            for location, expression in _regexes(rule.when, ("rules", index, "when")):
                for letters in _LETTERS.findall(expression):
                    if fold(letters) != letters:
                        yield file.source.problem(
                            location,
                            f"{letters!r} never stands in the folded text, where it folds to "
                            f"{fold(letters)!r}",
                            "write the folded letters: one of each run, small Latin letters",
                        )


def _regexes(condition: Condition, location: Location) -> Iterator[tuple[Location, str]]:
    for expression in condition.regex or ():
        yield (*location, "regex"), expression
    nested = {"any": condition.any, "all": condition.all, "none": condition.none}
    if condition.at_least is not None:
        nested["of"] = condition.at_least.of
    if condition.near is not None:
        nested["of"] = condition.near.of
    for key, children in nested.items():
        for index, child in enumerate(children or ()):
            yield from _regexes(child, (*location, key, index))


def unknown_clauses(files: Sequence[PackFile], policy: Policy) -> Iterator[Problem]:
    """Every rule names a clause of the policy."""
    for file in files:
        for index, rule in enumerate(file.pack.rules):
            if rule.clause not in policy.clauses:
                yield file.source.problem(
                    ("rules", index, "clause"),
                    f"{rule.id}: the policy has no clause {rule.clause!r}",
                    f"clauses are: {', '.join(policy.clauses)}",
                )


CHECKS: Final[tuple[Check, ...]] = (examples_hold, terms_stand_once, regexes_can_match)


def _complaint(rules: RuleSet, own: CompiledRule, example: Example) -> str:
    finding = evaluate(own, _reading(rules, example))
    if finding is None:
        return f"does not match «{example.text}»"
    if example.mention is not None and finding.mention is not example.mention:
        taken = "a mention" if finding.mention else "no mention"
        return f"«{example.text}» is taken for {taken}"
    return ""


def _reading(rules: RuleSet, example: Example) -> Reading:
    article = None
    if example.article is not None:
        given = example.article
        article = Article(given.title, given.authors, section=given.section, tags=given.tags)
    comment = Comment(id="example", text=example.text, article=article, parent=example.parent)
    return rules.read(comment, Text(example.text)).with_scores(example.scores)
