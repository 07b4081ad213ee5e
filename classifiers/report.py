"""An evaluation as people read it: plots, a page that needs nothing beside it, and JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from classifiers.evaluate import Measure, Scored

COLUMNS: Final[Mapping[str, str]] = {
    "corpus": "corpus",
    "label": "label",
    "rows": "rows",
    "positives": "positives",
    "macro_f1": "macro-F1 at 0.5",
    "threshold": "threshold",
    "macro_f1_tuned": "macro-F1 there",
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier",
    "ece": "ECE",
}
"""What each column of a table is called."""

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;border-bottom:1px solid #d8dce0;text-align:right}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
img{max-width:100%;margin:1rem 0}p{max-width:46rem}
"""
_READING: Final = (
    "Every row was scored by a model that had not seen it. The threshold was chosen on training "
    "folds, never on the rows measured. AUC: how often a row that carries the label scores above "
    "one that does not. Average precision: precision over all recalls. Brier and ECE: how far "
    "scores are from being probabilities; low is good."
)


@dataclass(frozen=True, slots=True)
class Section:
    """One way of splitting: what it is called, its rows, and their measures."""

    title: str
    groups: Sequence[Scored]
    measures: Sequence[Measure]


def write(folder: Path, title: str, sections: Sequence[Section], facts: Mapping[str, Any]) -> None:
    """Write `report.html`, `report.json` and a PNG for every section and label into a folder.

    `facts` go into the JSON beside the measures. Files of those names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[str] = []
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>{_table(section.measures)}")
        for label in sorted({rows.label for rows in section.groups}):
            picture = plot([rows for rows in section.groups if rows.label == label], label)
            name = f"{_file_name(section.title)}-{_file_name(label)}.png"
            (folder / name).write_bytes(picture)
            data = b64encode(picture).decode("ascii")
            parts.append(
                f'<h3>{escape(label)}</h3><img alt="{escape(label)}: reliability, '
                f'precision-recall, ROC and scores" src="data:image/png;base64,{data}">'
            )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><p>{escape(_READING)}</p>{''.join(parts)}"
        "</html>\n"
    )
    (folder / "report.html").write_text(page, encoding="utf-8")
    measured = {
        section.title: [measure.to_mapping() for measure in section.measures]
        for section in sections
    }
    content = json.dumps({**facts, "measures": measured}, ensure_ascii=False, indent=2)
    (folder / "report.json").write_text(content + "\n", encoding="utf-8")


def plot(groups: Sequence[Scored], label: str) -> bytes:
    """Reliability, precision-recall, ROC and score histograms of one label, as a PNG."""
    with mpl.rc_context({"axes.grid": True, "grid.alpha": 0.3, "font.size": 9}):
        figure = Figure(figsize=(11, 8), layout="constrained")
        (reliability, precision), (roc, histogram) = figure.subplots(2, 2)
        for rows in groups:
            recalls = precision_recall_curve(rows.answers, rows.scores)
            precision.plot(recalls[1], recalls[0], label=rows.corpus)
            rates = roc_curve(rows.answers, rows.scores)
            roc.plot(rates[0], rates[1], label=rows.corpus)
            reliability.plot(*_bins(rows), marker="o", markersize=3, label=rows.corpus)
        for answer, colour in ((0, "#3b7dd8"), (1, "#d8483b")):
            scores = np.concatenate([rows.scores[rows.answers == answer] for rows in groups])
            histogram.hist(
                scores, bins=40, range=(0, 1), alpha=0.6, color=colour, label=str(answer)
            )
        reliability.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
        for axes, title, horizontal, vertical in (
            (reliability, "Reliability", "mean score", "share of positives"),
            (precision, "Precision and recall", "recall", "precision"),
            (roc, "ROC", "false positive rate", "true positive rate"),
            (histogram, "Scores by true answer", "score", "rows"),
        ):
            axes.set(title=f"{label}: {title}", xlabel=horizontal, ylabel=vertical)
            axes.legend(fontsize=8)
        histogram.set_yscale("log")
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _bins(rows: Scored) -> tuple[list[float], list[float]]:
    place = np.minimum((rows.scores * 10).astype(int), 9)
    used = sorted(set(place.tolist()))
    return (
        [float(rows.scores[place == bin_].mean()) for bin_ in used],
        [float(rows.answers[place == bin_].mean()) for bin_ in used],
    )


def _table(measures: Sequence[Measure]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS.values())
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells(measure)) + "</tr>"
        for measure in measures
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cells(measure: Measure) -> list[str]:
    """The cells of a measure, in the order of COLUMNS."""
    values = (getattr(measure, name) for name in COLUMNS)
    return [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]


def _file_name(title: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in title.lower())
