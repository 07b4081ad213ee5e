"""The numbers of an evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classifiers import report
from classifiers.evaluate import (
    EVERYWHERE,
    Scored,
    best_threshold,
    expected_calibration_error,
    measure,
    scored,
    thresholds,
)

from .conftest import example


def rows(answers: list[int], scores: list[float], corpus: str = "forum") -> Scored:
    return Scored(corpus, "abusive", np.array(answers), np.array(scores))


def test_scores_that_tell_all_apart_measure_one() -> None:
    measured = measure(rows([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), {})
    assert (measured.macro_f1, measured.auc, measured.average_precision) == (1.0, 1.0, 1.0)
    assert (measured.rows, measured.positives) == (4, 2)


def test_macro_f1_is_the_mean_of_both_classes() -> None:
    measured = measure(rows([0, 0, 0, 1], [0.1, 0.1, 0.9, 0.9]), {})
    assert measured.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert measured.brier == pytest.approx((0.01 + 0.01 + 0.81 + 0.01) / 4)


def test_calibration_error_is_the_gap_between_score_and_share() -> None:
    assert expected_calibration_error(rows([1, 1, 1, 0], [0.75] * 4)) == pytest.approx(0.0)
    assert expected_calibration_error(rows([0, 0, 0, 0], [0.75] * 4)) == pytest.approx(0.75)
    assert expected_calibration_error(rows([1], [1.0])) == pytest.approx(0.0)


def test_the_threshold_is_chosen_where_macro_f1_is_highest() -> None:
    chosen = best_threshold(rows([0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.31, 0.4]))
    assert 0.3 < chosen <= 0.31


def test_rows_are_measured_at_the_threshold_of_other_rows() -> None:
    training = rows([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])
    chosen = thresholds([training])
    measured = measure(rows([0, 1], [0.1, 0.35]), chosen)
    assert measured.threshold == chosen["forum", "abusive"]
    assert measured.macro_f1 < measured.macro_f1_tuned == 1.0


def test_a_corpus_never_seen_is_measured_at_the_threshold_of_all() -> None:
    chosen = thresholds([rows([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])])
    measured = measure(rows([0, 1], [0.1, 0.35], corpus="new"), chosen)
    assert measured.threshold == chosen[EVERYWHERE, "abusive"]


def test_rows_are_apart_by_corpus_and_left_out_where_few_or_unannotated() -> None:
    examples = [example("نص", "forum", abusive=number % 2) for number in range(60)]
    examples += [example("نص", "tweets", abusive=1) for _ in range(60)]
    examples += [example("نص", "forum", hate=1)]
    groups = list(scored(examples, ["abusive", "hate"], np.full((121, 2), 0.5)))
    assert [(group.corpus, group.label, len(group.answers)) for group in groups] == [
        ("forum", "abusive", 60)
    ]


def test_a_report_is_one_page_with_its_plots_inside(tmp_path: Path) -> None:
    group = rows([0, 1] * 30, [0.2, 0.8] * 30, corpus="<forum>")
    section = report.Section("Held out", [group], [measure(group, {})])
    report.write(tmp_path, "Classifier", [section], {"model": "abc"})
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "&lt;forum&gt;" in page
    assert "<forum>" not in page
    assert not {"http://", "https://", "src='"} & set(page.split('"'))
    assert (tmp_path / "held-out-abusive.png").read_bytes().startswith(b"\x89PNG")
    assert '"macro_f1": 1.0' in (tmp_path / "report.json").read_text(encoding="utf-8")
