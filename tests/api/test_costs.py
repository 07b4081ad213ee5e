"""What a policy costs on annotated comments, and what other thresholds would."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.costs import THRESHOLDS, Observed, cost, sweep_flags, sweep_rejects, write
from classifiers.annotated import Annotation
from moderation.finding import Finding, Source
from rules.load import load_policy


def observed(action: str, rule: float = 0.0, score: float = 0.0) -> Observed:
    clauses = frozenset() if action == "allow" else frozenset({"profanity"})
    found = Finding("profanity", rule, Source("rule", "a/b", "1.0.0"))
    scores = {"profanity": score, "violation": score}
    return Observed(Annotation(clauses, "none", "use", action), (found,) if rule else (), scores)


COMMENTS = [
    observed("reject", rule=0.95),
    observed("reject", rule=0.75, score=0.9),
    observed("reject"),
    observed("flag", rule=0.95),
    observed("allow", rule=0.5),
    observed("allow"),
]


def test_a_policy_is_measured_by_what_its_verdicts_do() -> None:
    here = cost(load_policy(), COMMENTS)
    assert here.rejected == 3
    assert here.reject_precision == 1.0
    assert here.reject_strict == pytest.approx(2 / 3)
    assert here.coverage == pytest.approx(2 / 3)
    assert here.load == pytest.approx(1 / 6)
    assert here.missed == pytest.approx(1 / 4)
    assert here.wrong_flags == pytest.approx(1 / 2)


def test_a_higher_threshold_never_rejects_or_flags_more() -> None:
    comments = [observed("reject", rule=0.75, score=step / 20) for step in range(21)]
    rejected = [each.rejected for each in sweep_rejects(load_policy(), comments)]
    assert rejected == sorted(rejected, reverse=True)
    assert rejected[0] > rejected[-1]
    flagged = [observed("flag", score=step / 20) for step in range(21)]
    loads = [each.load for each in sweep_flags(load_policy(), flagged)]
    assert loads == sorted(loads, reverse=True)


def test_the_report_has_a_page_and_a_plot(tmp_path: Path) -> None:
    write(tmp_path, load_policy(), COMMENTS)
    assert (tmp_path / "costs.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "costs.html").read_text("utf-8").count("<tr>") >= 2 * len(THRESHOLDS)
