"""A compiled, immutable set of rules: the declarative detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from moderation.comment import Comment
from moderation.detector import Context
from moderation.finding import Finding, Source
from moderation.span import Span, merge
from moderation.text import Text
from moderation.throttle import Throttle
from rules.compile import Compiled, CompiledRule
from rules.condition import FrameNode, Quoted, context_of, quoted_in_part
from rules.content import fingerprints
from rules.model import SEVERITY_SCORES
from rules.reading import Reading
from rules.scan import Hit, Scanner
from rules.waking import Waking, Woken


class RuleSet:
    """Implements `moderation.detector.Rules`.

    Threads may share one: what it keeps of the words that it read changes no result.

    It can be pickled, so that other processes judge by it without reading its files.
    """

    def __init__(
        self, compiled: Compiled, version: str, only: frozenset[int] | None = None
    ) -> None:
        """With `only`, no other patterns than those are looked for: nothing else may be needed."""
        self.compiled = compiled
        self._version = version
        self._only = only
        self.rules = compiled.rules
        self._scanner = Scanner(compiled.patterns, only)
        self._waking = Waking(compiled)
        self._signals_of_lists = {name: f"list:{name}" for name in compiled.lists}
        enabled = [rule for rule in compiled.rules if rule.rule.enabled]
        self.context: frozenset[Context] = frozenset(
            context
            for rule in enabled
            for context in context_of((rule.when, rule.unless, rule.mention))
        )
        self.throttles: Mapping[str, Throttle] = {
            rule.name: rule.rule.throttle for rule in enabled if rule.rule.throttle is not None
        }
        self.expirations: Mapping[str, datetime] = {
            rule.name: rule.rule.expires for rule in enabled if rule.rule.expires is not None
        }

    def __reduce__(self) -> tuple[type[RuleSet], tuple[Compiled, str, frozenset[int] | None]]:
        # An automaton is made anew sooner than it is written down.
        return RuleSet, (self.compiled, self._version, self._only)

    @property
    def version(self) -> str:
        """Names the content: equal versions judge equally."""
        return self._version

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """By name of a rule that may decide something: a hash of everything that it matches by."""
        deciding = [rule for rule in self.rules if rule.rule.enabled and not rule.rule.shadow]
        return fingerprints(deciding, self.compiled.patterns)

    def read(self, comment: Comment, text: Text) -> Reading:
        """The hits of every term, ready for conditions."""
        return self._read(comment, text)[0]

    def _read(self, comment: Comment, text: Text) -> tuple[Reading, Woken]:
        matched = self._scanner.scan(text)
        woken = self._waking.of(matched)
        return Reading(comment, text, matched, woken.touched, self._read_parent), woken

    def match(
        self,
        comment: Comment,
        text: Text,
        *,
        at: datetime | None = None,
        untold: frozenset[str] = frozenset(),
    ) -> RuleMatches:
        """Every rule in force that holds in the text and its context.

        `at` is the time at which it is in force: now, where it is not given. Rules named in
        `untold` are no signals; nor are those in shadow, and those with a throttle, which say
        nothing until they are known to match often.
        """
        reading, woken = self._read(comment, text)
        possible = woken.rules
        if self.expirations:
            ended = self.ended(at or datetime.now(UTC))
            possible = [rule for rule in possible if rule.name not in ended]
        found = [
            finding
            for rule in possible
            if not rule.reads_scores and (finding := evaluate(rule, reading)) is not None
        ]
        signals = {self._signals_of_lists[name] for name in woken.lists}
        for finding in found:
            if not (finding.shadow or finding.throttled or finding.source.name in untold):
                signals.update(_signals_of(finding))
        waiting = [rule for rule in possible if rule.reads_scores]
        return RuleMatches(reading, found, waiting, frozenset(signals), possible)

    def ended(self, at: datetime) -> frozenset[str]:
        """The rules that have ended at a time."""
        return frozenset(name for name, end in self.expirations.items() if end <= at)

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
        possible: Sequence[CompiledRule],
    ) -> None:
        self._reading = reading
        self._found = found
        self._waiting = waiting
        self._possible = possible
        self.signals = signals

    @property
    def waits_for_scores(self) -> bool:
        """Whether the findings depend on the classifier."""
        return bool(self._waiting)

    def cancelled(self) -> Mapping[str, tuple[Span, ...]]:
        """The rules whose words stand in the text, each time in a frame that cancels them.

        Rules that read scores are left out.
        """
        found = {finding.source.name for finding in self._found}
        cancelled: dict[str, tuple[Span, ...]] = {}
        for rule in self._possible:
            if rule.unless and not rule.reads_scores and rule.name not in found:
                hits = self._reading.evaluate(rule.when)
                if hits:
                    cancelled[rule.name] = merge(span for hit in hits for span in hit.spans)
        return cancelled

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
    score = SEVERITY_SCORES[rule.severity]
    if used and all(_quoted_in_part(compiled, reading, hit) for hit in used):
        score = min(score, SEVERITY_SCORES["mild"])
    return Finding(
        clause=rule.clause,
        score=score,
        source=Source("rule", compiled.name, compiled.pack_version),
        spans=merge(span for hit in (used or hits) for span in hit.spans),
        # Records and other programs are told one text, whoever reads them.
        evidence=(rule.description.en,),
        mention=mention,
        shadow=rule.shadow,
        throttled=rule.throttle is not None and not rule.shadow,
    )


def _quoted_in_part(compiled: CompiledRule, reading: Reading, hit: Hit) -> bool:
    return any(
        isinstance(frame.node, Quoted) for frame in (*compiled.mention, *compiled.unless)
    ) and quoted_in_part(reading, hit)


def _framed(frames: Sequence[FrameNode], reading: Reading, hit: Hit) -> bool:
    return any(frame.stands_around(reading, hit) for frame in frames)
