"""What Prometheus reads. Labels take values from the policy and the code only, never from input."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from moderation.verdict import Verdict

VERDICTS = Counter("moderation_verdicts", "Verdicts given.", ["action"])
REASONS = Counter(
    "moderation_reasons", "Reasons given, by clause and kind of source.", ["clause", "source"]
)
DEGRADED = Counter("moderation_degraded_verdicts", "Verdicts given without the classifier.")
JUDGING = Histogram(
    "moderation_judging_seconds",
    "Time that judging one comment took.",
    buckets=(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25),
)
QUEUE = Gauge("moderation_queue_items", "Flagged comments, by state.", ["state"])
STORE_ERRORS = Counter("moderation_store_errors", "Requests refused because the store was down.")
RELOADS = Counter("moderation_reloads", "Loads of changed rules or policy.", ["result"])

CHALLENGER = Counter(
    "moderation_challenger_verdicts", "Comments that the challenger judged too.", ["result"]
)


def count(verdict: Verdict) -> None:
    """Counts one verdict."""
    VERDICTS.labels(verdict.action.value).inc()
    JUDGING.observe(verdict.seconds)
    if verdict.degraded:
        DEGRADED.inc()
    for clause, kind in {(reason.clause, reason.source.kind) for reason in verdict.reasons}:
        REASONS.labels(clause, kind).inc()
