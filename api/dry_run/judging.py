"""One comment under two engines: what each does with it, and why they part.

The result is what judging by both would give. Work is spared where that is sure: rules that are
the same in both sets find alike, equal findings and signals score alike, and a verdict that was
recorded under the old versions stands.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.dry_run.case import Case
from api.dry_run.ranking import Ranked, Terms, near_miss, suspicion, wrong_hit, wrong_pardon
from moderation.comment import Comment
from moderation.engine import Engine
from moderation.finding import Finding
from moderation.store import Outcome
from moderation.text import Text
from moderation.verdict import Action, Reason, Verdict, Versions
from rules.delta import Compared, Delta, found_by_rule
from rules.ruleset import RuleMatches, RuleSet


@dataclass(frozen=True, slots=True)
class Row:
    """One comment, judged by both. `hits` say of changed rules whether they hold: before, after.

    `ranked` is there where the action changes, or nearly did.
    """

    index: int
    id: str
    text: str
    before: Action
    after: Action
    decided: Outcome | None
    rules: tuple[str, ...]
    hits: Mapping[str, tuple[bool, bool]]
    ranked: Ranked | None


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What one engine makes of a comment. `matches` are None where a recorded verdict stands."""

    action: Action
    reasons: tuple[Reason, ...]
    scores: Mapping[str, float]
    matches: RuleMatches | None
    findings: tuple[Finding, ...]


class Judges:
    """An old and a new engine, and what sets them apart. Can be pickled.

    Both engines judge by a `RuleSet`, at one time: `at` says which rules have ended. `everyday` are
    words that rules should not hit.
    """

    def __init__(
        self, old: Engine, new: Engine, delta: Delta, at: datetime, everyday: Container[str]
    ) -> None:
        self.old = old
        self.new = new
        self.delta = delta
        self.at = at
        self._everyday = everyday
        self._terms = Terms(delta.new_terms, everyday)
        self._versions = versions_of(old), versions_of(new)
        self._of_its_time = bool(rules_of(old).throttles or rules_of(old).expirations)

    def judge(self, index: int, case: Case) -> Row:
        """Judges one comment by both."""
        comment, text = case.comment, Text(case.comment.text)
        compared = self.delta.compare(comment, text, self.at)
        old = self._old(case, text, compared)
        new = self._new(comment, text, compared, old)
        before = self._of_changed(compared.old, old)
        after = self._of_changed(compared.new, new)
        hits = {name: (name in before, name in after) for name in before.keys() | after.keys()}
        apart = [name for name in sorted(hits) if before.get(name) != after.get(name)]
        changes = new.action is not old.action
        return Row(
            index=index,
            id=comment.id,
            text=comment.text,
            before=old.action,
            after=new.action,
            decided=case.decided,
            rules=tuple(apart or _deciding(old, new)) if changes else (),
            hits=hits,
            ranked=self._changed(text, apart, old, new, case.decided)
            if changes
            else self._near(text, compared, new, after, case.decided),
        )

    def _old(self, case: Case, text: Text, compared: Compared) -> _Opinion:
        recorded = case.verdict
        if recorded is not None and self._stands(recorded):
            return _Opinion(recorded.action, recorded.reasons, recorded.scores, None, ())
        matches = compared.old if self.delta.whole else None
        return self._weigh(self.old, case.comment, text, matches)

    def _new(self, comment: Comment, text: Text, compared: Compared, old: _Opinion) -> _Opinion:
        was, is_now = self._versions
        if compared.same and was.policy == is_now.policy and was.model == is_now.model:
            return old
        matches = compared.new if self.delta.whole else None
        if compared.same and old.matches is not None:
            matches = old.matches
        return self._weigh(self.new, comment, text, matches)

    def _stands(self, verdict: Verdict) -> bool:
        """Whether the old engine would give a recorded verdict again.

        What a breaker, a throttle or the end of a rule made of it was of its time.
        """
        return (
            verdict.versions == self._versions[0]
            and not verdict.degraded
            and not self._of_its_time
            and not any(reason.flag_only for reason in verdict.reasons)
        )

    def _weigh(
        self, engine: Engine, comment: Comment, text: Text, matches: RuleMatches | None
    ) -> _Opinion:
        if matches is None:
            matches = rules_of(engine).match(comment, text, at=self.at)
        weighed = engine.weigh(comment, text, matches=matches)
        return _Opinion(weighed.action, weighed.reasons, weighed.scores, matches, weighed.findings)

    def _of_changed(self, matches: RuleMatches | None, opinion: _Opinion) -> Mapping[str, Finding]:
        if matches is None:
            return {}
        found = found_by_rule(matches.findings(opinion.scores))
        return {name: each for name, each in found.items() if name in self.delta.changes}

    def _changed(
        self,
        text: Text,
        apart: list[str],
        old: _Opinion,
        new: _Opinion,
        decided: Outcome | None,
    ) -> Ranked:
        suspected = suspicion(self.new.policy, new.scores)
        if new.action.severity < old.action.severity:
            return wrong_pardon(suspected, decided)
        caught_by = [each for each in new.findings if each.source.name in apart] or new.findings
        return wrong_hit(text, caught_by, suspected, decided, self._everyday)

    def _near(
        self,
        text: Text,
        compared: Compared,
        new: _Opinion,
        found: Mapping[str, Finding],
        decided: Outcome | None,
    ) -> Ranked | None:
        if new.action is not Action.ALLOW:
            return None
        cancelled = {} if compared.new is None else compared.new.cancelled()
        framed = {name: each for name, each in cancelled.items() if name in self.delta.changes}
        framed |= {name: each.spans for name, each in found.items() if each.mention}
        taken = [span for each in found.values() for span in each.spans]
        taken += [span for spans in framed.values() for span in spans]
        near = [
            (span, term)
            for span, term in self._terms.near(text)
            if not any(span.overlaps(other) for other in taken)
        ]
        return near_miss(near, framed, suspicion(self.new.policy, new.scores), decided)


def versions_of(engine: Engine) -> Versions:
    """What an engine judges by."""
    model = None if engine.classifier is None else engine.classifier.version
    return Versions(engine.rules.version, engine.policy.version, model)


def rules_of(engine: Engine) -> RuleSet:
    """The rule set of an engine. Raises TypeError for rules of another kind."""
    if not isinstance(engine.rules, RuleSet):
        raise TypeError(f"a dry run compares rule sets, not {type(engine.rules).__name__}")
    return engine.rules


def _deciding(old: _Opinion, new: _Opinion) -> tuple[str, ...]:
    """The sources of the gravest reasons, of whichever side is stricter."""
    stricter = max(old, new, key=lambda opinion: opinion.action.severity)
    names = (
        f"model:{reason.source.name}" if reason.source.kind == "model" else reason.source.name
        for reason in stricter.reasons
        if reason.action is stricter.action
    )
    return tuple(dict.fromkeys(names))
