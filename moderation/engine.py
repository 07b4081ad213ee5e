"""The path of a comment: text, findings, policy, verdict."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

from moderation.comment import Comment
from moderation.detector import Classifier, Matches, Rules
from moderation.finding import Finding
from moderation.policy import Policy, decide, findings_of_scores
from moderation.text import Text
from moderation.verdict import Action, Reason, Verdict, Versions

_log = logging.getLogger(__name__)


class Engine:
    """Judges comments by one rule set, one policy and, where there is one, one classifier.

    `expects_classifier` says that the site runs with a classifier: a verdict given without one is
    then marked degraded. An engine holds no state of its own and may be shared between threads.
    """

    def __init__(
        self,
        rules: Rules,
        policy: Policy,
        classifier: Classifier | None = None,
        *,
        expects_classifier: bool = True,
    ) -> None:
        self.rules = rules
        self.policy = policy
        self.classifier = classifier
        self.expects_classifier = expects_classifier

    def judge(
        self,
        comment: Comment,
        *,
        lifted: frozenset[str] = frozenset(),
        flag_only: frozenset[str] = frozenset(),
        at: datetime | None = None,
    ) -> Verdict:
        """The verdict on a comment. The same versions and arguments give the same verdict.

        `lifted` names rules whose throttle is passed, `flag_only` rules that may flag and not
        reject. `at` is the time for which it is asked which rules have ended: now, where it is not
        given.
        """
        began = perf_counter()
        text = Text(comment.text)
        weighed = self.weigh(comment, text, lifted=lifted, flag_only=flag_only, at=at)
        return Verdict(
            action=weighed.action,
            reasons=self._explained(weighed, text),
            scores=weighed.scores,
            versions=Versions(self.rules.version, self.policy.version, weighed.model),
            degraded=self.expects_classifier and weighed.model is None,
            shadow=tuple(finding for finding in weighed.findings if finding.shadow),
            throttled=tuple(finding for finding in weighed.findings if finding.throttled),
            seconds=perf_counter() - began,
        )

    def weigh(
        self,
        comment: Comment,
        text: Text,
        *,
        lifted: frozenset[str] = frozenset(),
        flag_only: frozenset[str] = frozenset(),
        at: datetime | None = None,
        matches: Matches | None = None,
    ) -> Weighed:
        """What `judge` goes by, without the stretches that raised the classifier's scores.

        `text` is that of the comment, and `matches` what the rules match in it where that is known:
        whoever weighs a comment by several engines reads it once.
        """
        if matches is None:
            matches = self.rules.match(comment, text, at=at, untold=flag_only)
        scores = self._scores(text, matches.signals)
        model = None if scores is None or self.classifier is None else self.classifier.version
        scores = {} if scores is None else scores
        findings = _lifted(matches.findings(scores), lifted)
        if model is not None:
            findings.extend(findings_of_scores(self.policy, scores, model))
        action, reasons = decide(self.policy, findings, scores, flag_only)
        return Weighed(action, reasons, tuple(findings), scores, model, matches)

    def _scores(self, text: Text, signals: frozenset[str]) -> Mapping[str, float] | None:
        if self.classifier is None:
            return None
        try:
            return self.classifier.score(text, signals)
        except Exception:
            # A model that fails must not stop publication: rules go on, the verdict says so.
            _log.exception("the classifier failed; rules decide alone")
            return None

    def _explained(self, weighed: Weighed, text: Text) -> tuple[Reason, ...]:
        """The reasons, the model's with the stretches that raised its scores.

        Only what is told pays for being explained.
        """
        reasons = weighed.reasons
        labels = [reason.source.name for reason in reasons if reason.source.kind == "model"]
        if not labels or self.classifier is None:
            return reasons
        signals = weighed.matches.signals
        try:
            spans = self.classifier.explain(text, tuple(dict.fromkeys(labels)), signals)
        except Exception:
            _log.exception("scores could not be explained: %s", ", ".join(labels))
            return reasons
        return tuple(
            replace(reason, spans=spans[reason.source.name])
            if reason.source.kind == "model"
            else reason
            for reason in reasons
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """One comment as an engine sees it. `model` is the version that scored, None where none did.

    `findings` are all of them, those included that the policy lets pass. The classifier's `reasons`
    have no stretches.
    """

    action: Action
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    scores: Mapping[str, float]
    model: str | None
    matches: Matches


def _lifted(findings: Iterable[Finding], lifted: frozenset[str]) -> list[Finding]:
    if not lifted:
        return list(findings)
    return [
        replace(finding, throttled=False) if finding.source.name in lifted else finding
        for finding in findings
    ]
