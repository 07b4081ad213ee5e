"""A compiled, immutable set of rules: the declarative detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moderation.comment import Comment
from moderation.finding import Finding, Source
from moderation.span import merge
from moderation.text import Text
from rules.compile import Compiled, CompiledRule
from rules.condition import FrameNode
from rules.model import SEVERITY_SCORES
from rules.reading import Reading
from rules.scan import Hit, Scanner


class RuleSet:
    """Implements `moderation.detector.Rules`. Shared between threads: it holds no state."""

    def __init__(self, compiled: Compiled, version: str) -> None:
        self._version = version
        self.rules = compiled.rules
        self._scanner = Scanner(compiled.patterns)
        self._bits = compiled.bits
        self._always: list[CompiledRule] = []
        self._by_pattern: dict[int, list[CompiledRule]] = {}
        for rule in compiled.rules:
            if not rule.rule.enabled:
                continue
            if not rule.anchors:
                self._always.append(rule)
            for pattern in rule.anchors:
                self._by_pattern.setdefault(pattern, []).append(rule)
        self._lists_of_pattern: dict[int, list[str]] = {}
        for name, patterns in compiled.lists.items():
            for pattern in patterns:
                self._lists_of_pattern.setdefault(pattern, []).append(f"list:{name}")

    @property
    def version(self) -> str:
        """Names the content: equal versions judge equally."""
        return self._version

    def read(self, comment: Comment, text: Text) -> Reading:
        """The hits of every term, ready for conditions."""
        matched = self._scanner.scan(text)
        touched = 0
        for pattern in matched.places:
            touched |= self._bits[pattern]
        return Reading(comment, text, matched, touched, self._read_parent)

    def match(self, comment: Comment, text: Text) -> RuleMatches:
        """Every rule that holds in the text and its context."""
        reading = self.read(comment, text)
        candidates = {id(rule): rule for rule in self._always}
        signals: set[str] = set()
        for pattern in reading.matched.places:
            for rule in self._by_pattern.get(pattern, ()):
                candidates[id(rule)] = rule
            signals.update(self._lists_of_pattern.get(pattern, ()))
        possible = [rule for rule in candidates.values() if reading.allows(rule.guard)]
        found = [
            finding
            for rule in possible
            if not rule.reads_scores and (finding := evaluate(rule, reading)) is not None
        ]
        for finding in found:
            if not finding.shadow:
                signals.update(_signals_of(finding))
        waiting = [rule for rule in possible if rule.reads_scores]
        return RuleMatches(reading, found, waiting, frozenset(signals))

    def _read_parent(self, text: str) -> Reading:
        return self.read(Comment(id="", text=text), Text(text))


class RuleMatches:
    """What matched in one comment; implements `moderation.detector.Matches`."""

    def __init__(
        self,
        reading: Reading,
        found: Sequence[Finding],
        waiting: Sequence[CompiledRule],
        signals: frozenset[str],
    ) -> None:
        self._reading = reading
        self._found = found
        self._waiting = waiting
        self.signals = signals

    def findings(self, scores: Mapping[str, float]) -> Sequence[Finding]:
        """The rules that hold, those that read scores included."""
        if not self._waiting:
            return self._found
        reading = self._reading.with_scores(scores)
        late = (evaluate(rule, reading) for rule in self._waiting)
        return [*self._found, *(finding for finding in late if finding is not None)]


def _signals_of(finding: Finding) -> tuple[str, ...]:
    """The rule, and what it shares with others: a classifier learns of rules that it never saw."""
    frame = "mention" if finding.mention else "rule"
    return (
        f"{frame}:{finding.source.name}",
        f"{frame}:{finding.clause}",
        f"{frame}:{finding.score:.2f}",
        frame,
    )


def evaluate(compiled: CompiledRule, reading: Reading) -> Finding | None:
    """What one rule finds in a reading; None where it does not hold."""
    hits = reading.evaluate(compiled.when)
    if hits is None:
        return None
    if hits:
        hits = [hit for hit in hits if not _framed(compiled.unless, reading, hit)]
        if not hits:
            return None
    elif any(reading.evaluate(frame.node) is not None for frame in compiled.unless):
        return None
    used = [hit for hit in hits if not _framed(compiled.mention, reading, hit)]
    mention = bool(hits) and not used
    rule = compiled.rule
    return Finding(
        clause=rule.clause,
        score=SEVERITY_SCORES[rule.severity],
        source=Source("rule", compiled.name, compiled.pack_version),
        spans=merge(span for hit in (used or hits) for span in hit.spans),
        evidence=(rule.description,),
        mention=mention,
        shadow=rule.shadow,
    )


def _framed(frames: Sequence[FrameNode], reading: Reading, hit: Hit) -> bool:
    return any(frame.stands_around(reading, hit) for frame in frames)
