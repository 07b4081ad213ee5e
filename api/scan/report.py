"""A scan as people read it: plots, a page that needs nothing beside it, and JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from api.scan.tally import BINS, Tally

ACTIONS: Final[Mapping[str, str]] = {"allow": "#3d8b5f", "flag": "#d69b2d", "reject": "#b8433a"}
"""The actions in order, and their colours."""
MOST_SOURCES: Final = 25
_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;border-bottom:1px solid #d8dce0;text-align:right}
th:first-child,td:first-child{text-align:left}
img{max-width:100%;margin:1rem 0}
"""


def write(folder: Path, title: str, tally: Tally, facts: Mapping[str, Any]) -> None:
    """Writes `summary.html`, `summary.json` and a PNG for each plot into a folder.

    `facts` go into the JSON and the page. Files of those names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = {**facts, **tally.dump()}
    (folder / "summary.json").write_text(json.dumps(told, ensure_ascii=False, indent=2), "utf-8")
    pictures = []
    for name, figure in plots(tally).items():
        picture = _png(figure)
        (folder / f"{name}.png").write_bytes(picture)
        data = b64encode(picture).decode("ascii")
        pictures.append(f'<img alt="{escape(name)}" src="data:image/png;base64,{data}">')
    rows = "".join(
        f"<tr><td>{escape(str(name))}</td><td>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
    )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><table>{rows}</table>"
        f"<h2>Actions</h2>{_table(*actions(tally))}{pictures[0]}"
        f"<h2>Clauses</h2>{_table(*clauses(tally))}{pictures[1]}"
        f"<h2>Rules and labels</h2>{_table(*sources(tally))}{pictures[2]}"
        f"<h2>Scores</h2>{pictures[3]}"
    )
    (folder / "summary.html").write_text(page, "utf-8")


Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def actions(tally: Tally) -> Table:
    """Comments by action."""
    rows = [
        (action, f"{tally.actions[action]:,}", _share(tally.actions[action], tally.judged))
        for action in ACTIONS
    ]
    if tally.failed:
        rows.append(("not judged", f"{tally.failed:,}", ""))
    return ("action", "comments", "share"), rows


def clauses(tally: Tally) -> Table:
    """Comments by clause, the most frequent first."""
    return ("clause", *(action for action in ACTIONS if action != "allow")), [
        (clause, f"{found['flag']:,}", f"{found['reject']:,}") for clause, found in _clauses(tally)
    ]


def sources(tally: Tally) -> Table:
    """Comments by the rule or label that spoke against them, the most frequent first."""
    return ("rule or label", "comments"), [
        (source, f"{number:,}") for source, number in tally.sources.most_common(MOST_SOURCES)
    ]


def plots(tally: Tally) -> dict[str, Figure]:
    """Actions, clauses, sources and score histograms, by file name."""
    with mpl.rc_context({"axes.spines.top": False, "axes.spines.right": False, "font.size": 10}):
        return {
            "actions": _actions(tally),
            "clauses": _by_clause(tally),
            "rules": _sources(tally),
            "scores": _scores(tally),
        }


def _actions(tally: Tally) -> Figure:
    figure, axes = _figure(len(ACTIONS))
    bars = axes.barh(list(ACTIONS), [tally.actions[a] for a in ACTIONS], color=ACTIONS.values())
    axes.bar_label(bars, [_share(tally.actions[a], tally.judged) for a in ACTIONS], padding=4)
    _finish(axes, "Actions")
    return figure


def _by_clause(tally: Tally) -> Figure:
    found = _clauses(tally)
    figure, axes = _figure(len(found))
    names, left = [clause for clause, _ in found], [0] * len(found)
    for action in ("reject", "flag"):
        widths = [counts[action] for _, counts in found]
        axes.barh(names, widths, left=left, color=ACTIONS[action], label=action)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.legend(frameon=False)
    _finish(axes, "Clauses, by what became of the comment")
    return figure


def _sources(tally: Tally) -> Figure:
    found = tally.sources.most_common(MOST_SOURCES)
    figure, axes = _figure(len(found))
    # The version that stands behind `@` is the same for all of a pack.
    names = [source.rpartition("@")[0] or source for source, _ in found]
    axes.barh(names, [number for _, number in found], color="#4a6fa5")
    _finish(axes, "Rules and labels that spoke against comments")
    return figure


def _scores(tally: Tally) -> Figure:
    labels = sorted(tally.scores)
    figure = Figure(figsize=(9, 2.6 * max(1, (len(labels) + 2) // 3)), layout="constrained")
    for place, label in enumerate(labels, start=1):
        axes = figure.add_subplot((len(labels) + 2) // 3, 3, place)
        edges = [(at + 0.5) / BINS for at in range(BINS)]
        axes.bar(edges, tally.scores[label], width=1 / BINS, color="#4a6fa5", log=True)
        axes.set(title=label, xlim=(0, 1), xlabel="score", ylabel="comments")
    if not labels:
        figure.text(0.5, 0.5, "no classifier ran", ha="center")
    return figure


def _figure(bars: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9, 1.2 + 0.32 * max(1, bars)), layout="constrained")
    return figure, figure.add_subplot()


def _finish(axes: Axes, title: str) -> None:
    axes.invert_yaxis()
    axes.set(title=title, xlabel="comments")


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _clauses(tally: Tally) -> list[tuple[str, Mapping[str, int]]]:
    return sorted(tally.by_clause.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else ""


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heading)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
