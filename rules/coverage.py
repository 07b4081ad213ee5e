"""Which rules match in a set of comments, how often, and which never do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from moderation.comment import Comment
from moderation.text import Text
from rules.ruleset import RuleSet

_MOST_SAMPLES = 3


@dataclass(slots=True)
class RuleCoverage:
    """One rule: in how many comments it matched, in how many of those as a mention alone.

    `alone` counts comments in which no other rule of its clause matched. `samples` are ids of
    comments.
    """

    rule: str
    clause: str
    severity: str
    enabled: bool
    matches: int = 0
    mentions: int = 0
    alone: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the rules of a set did: `matched` counts comments with a match of any rule.

    `rules` are the commonest first; those that wait for scores of the classifier match without them
    only where they can.
    """

    comments: int
    matched: int
    rules: tuple[RuleCoverage, ...]

    @property
    def never(self) -> tuple[RuleCoverage, ...]:
        """The enabled rules that matched in no comment."""
        return tuple(rule for rule in self.rules if rule.enabled and rule.matches == 0)


def coverage(
    rules: RuleSet,
    comments: Iterable[Comment],
    advance: Callable[[], object] = lambda: None,
) -> Coverage:
    """Counts matches, without the classifier; `advance` is called after every comment."""
    counted = {
        each.name: RuleCoverage(each.name, each.rule.clause, each.rule.severity, each.rule.enabled)
        for each in rules.rules
    }
    seen = matched = 0
    for comment in comments:
        findings = rules.match(comment, Text(comment.text)).findings({})
        seen += 1
        matched += bool(findings)
        clauses = Counter(finding.clause for finding in findings)
        for finding in findings:
            rule = counted[finding.source.name]
            rule.matches += 1
            rule.mentions += finding.mention
            rule.alone += clauses[finding.clause] == 1
            if len(rule.samples) < _MOST_SAMPLES:
                rule.samples.append(comment.id)
        advance()
    ordered = sorted(counted.values(), key=lambda rule: (-rule.matches, rule.rule))
    return Coverage(seen, matched, tuple(ordered))
