"""The path of a comment: text, findings, policy, verdict."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from moderation.comment import Comment
from moderation.detector import Classifier, Rules
from moderation.policy import Policy, decide, findings_of_scores
from moderation.text import Text
from moderation.verdict import Reason, Verdict, Versions

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

    def judge(self, comment: Comment) -> Verdict:
        """The verdict on a comment. The same versions give the same verdict."""
        began = perf_counter()
        text = Text(comment.text)
        matches = self.rules.match(comment, text)
        scored = self._score(text, matches.signals)
        scores = {} if scored is None else scored.scores
        findings = list(matches.findings(scores))
        model = None if scored is None else scored.classifier.version
        if model is not None:
            findings.extend(findings_of_scores(self.policy, scores, model))
        action, reasons = decide(self.policy, findings, scores)
        if scored is not None:
            reasons = scored.explained(reasons, text, matches.signals)
        return Verdict(
            action=action,
            reasons=reasons,
            scores=scores,
            versions=Versions(self.rules.version, self.policy.version, model),
            degraded=self.expects_classifier and model is None,
            shadow=tuple(finding for finding in findings if finding.shadow),
            seconds=perf_counter() - began,
        )

    def _score(self, text: Text, signals: frozenset[str]) -> _Scored | None:
        if self.classifier is None:
            return None
        try:
            return _Scored(self.classifier, self.classifier.score(text, signals))
        except Exception:
            # A model that fails must not stop publication: rules go on, the verdict says so.
            _log.exception("the classifier failed; rules decide alone")
            return None


@dataclass(frozen=True, slots=True)
class _Scored:
    """What a classifier said of one text."""

    classifier: Classifier
    scores: Mapping[str, float]

    def explained(
        self, reasons: tuple[Reason, ...], text: Text, signals: frozenset[str]
    ) -> tuple[Reason, ...]:
        """The reasons, the model's with the stretches that raised its scores.

        Only what is told pays for being explained.
        """
        labels = [reason.source.name for reason in reasons if reason.source.kind == "model"]
        if not labels:
            return reasons
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
