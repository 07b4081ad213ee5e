"""The path of a comment: text, findings, policy, verdict."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter

from moderation.comment import Comment
from moderation.detector import Classifier, Rules
from moderation.finding import Finding, Source
from moderation.policy import Policy, decide
from moderation.text import Text
from moderation.verdict import Verdict, Versions

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
        scores: Mapping[str, float] = {}
        model: str | None = None
        by_model: list[Finding] = []
        if self.classifier is not None:
            try:
                scores = self.classifier.score(text, matches.signals)
                by_model = self._findings_of_model(self.classifier, text, scores, matches.signals)
                model = self.classifier.version
            except Exception:
                # A model that fails must not stop publication: rules go on, the verdict says so.
                _log.exception("the classifier failed; rules decide alone")
                scores, by_model = {}, []
        findings = [*matches.findings(scores), *by_model]
        action, reasons = decide(self.policy, findings, scores)
        return Verdict(
            action=action,
            reasons=reasons,
            scores=scores,
            versions=Versions(self.rules.version, self.policy.version, model),
            degraded=self.expects_classifier and model is None,
            shadow=tuple(finding for finding in findings if finding.shadow),
            seconds=perf_counter() - began,
        )

    def _findings_of_model(
        self,
        classifier: Classifier,
        text: Text,
        scores: Mapping[str, float],
        signals: frozenset[str],
    ) -> list[Finding]:
        findings: list[Finding] = []
        for name, clause in self.policy.clauses.items():
            floor = self.policy.score_floor(name)
            for label in clause.labels:
                score = scores.get(label, 0.0)
                if score < floor:
                    continue
                findings.append(
                    Finding(
                        clause=name,
                        score=score,
                        source=Source("model", label, classifier.version),
                        spans=classifier.spans(text, label, signals),
                        evidence=(f"{label} {score:.2f}",),
                    )
                )
        return findings
