"""Judging an old decision again, by any engine."""

from __future__ import annotations

from moderation.engine import Engine
from moderation.store import Record
from moderation.verdict import Verdict


def judge_as_then(engine: Engine, record: Record) -> Verdict:
    """The verdict of an engine on a recorded comment, at the time when it was submitted.

    What came from elsewhere stays as it was: a throttled rule that acted acts, and a rule that the
    breaker kept from rejecting only flags. The model is today's.
    """
    reasons = [each for each in record.revision.verdict.reasons if each.source.kind == "rule"]
    return engine.judge(
        record.revision.comment,
        lifted=frozenset(each.source.name for each in reasons),
        flag_only=frozenset(each.source.name for each in reasons if each.flag_only),
        at=record.submitted,
    )
