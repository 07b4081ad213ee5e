"""What the policy costs on comments that were read by the terms, and what other thresholds would.

Two curves, drawn from verdicts on annotated comments that were held out: how sure rejects are
against how many of the due ones are made, and how many comments moderators see against how many
violations are published unseen. A wrong reject costs most, a wrong allow less, a flag least.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from classifiers.annotated import DIGITS, Annotation
from classifiers.corpora import Example
from moderation.comment import Comment
from moderation.detector import Classifier, Rules
from moderation.finding import Finding
from moderation.policy import Policy, Step, decide, findings_of_scores
from moderation.text import Text
from moderation.verdict import Action

THRESHOLDS: Final = tuple(round(float(step), 2) for step in np.linspace(0.2, 1.0, 33))

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}img{max-width:100%}
td,th{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #d8dce0}
"""


@dataclass(frozen=True, slots=True)
class Observed:
    """What the detectors said of one annotated comment, whatever a policy makes of it."""

    annotation: Annotation
    findings: tuple[Finding, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cost:
    """One policy on the observed comments; all but the threshold and counts are shares, 0..1.

    `reject_precision`: of the rejected, those that a moderator would not have allowed.
    `reject_strict`: those that a moderator would have rejected. `coverage`: of those due to be
    rejected, the ones that are. `load`: flagged, of all. `missed`: allowed, of those that break a
    clause. `wrong_flags`: flagged, of those that a moderator would allow.
    """

    threshold: float
    rejected: int
    reject_precision: float
    reject_strict: float
    coverage: float
    load: float
    missed: float
    wrong_flags: float


def observe(
    rules: Rules,
    classifier: Classifier,
    examples: Iterable[Example],
    annotations: Mapping[str, Annotation],
) -> list[Observed]:
    """Findings and scores of every held-out example that is annotated."""
    observed: list[Observed] = []
    for example in examples:
        annotation = annotations.get(example.key[:DIGITS])
        if annotation is None or not example.held_out:
            continue
        text = Text(example.text)
        matches = rules.match(Comment(id="", text=example.text), text)
        scores = classifier.score(text, matches.signals)
        observed.append(Observed(annotation, tuple(matches.findings(scores)), scores))
    return observed


def cost(policy: Policy, observed: Sequence[Observed], threshold: float = 0.0) -> Cost:
    """What a policy does to the observed comments."""
    actions = np.array([_action(policy, each) for each in observed])
    truth = np.array([each.annotation.action for each in observed])
    rejected, flagged = actions == Action.REJECT, actions == Action.FLAG
    due, clean = truth == "reject", truth == "allow"
    return Cost(
        threshold=threshold,
        rejected=int(rejected.sum()),
        reject_precision=_share(~clean, rejected),
        reject_strict=_share(due, rejected),
        coverage=_share(rejected, due),
        load=float(flagged.mean()) if len(observed) else 0.0,
        missed=_share(~rejected & ~flagged, ~clean),
        wrong_flags=_share(flagged, clean),
    )


def sweep_rejects(policy: Policy, observed: Sequence[Observed]) -> list[Cost]:
    """The costs if the score that makes a serious rule reject were each of THRESHOLDS."""
    return [
        cost(_with(policy, Action.REJECT, "score", threshold), observed, threshold)
        for threshold in THRESHOLDS
    ]


def sweep_flags(policy: Policy, observed: Sequence[Observed]) -> list[Cost]:
    """The costs if the suspicion that flags alone were each of THRESHOLDS."""
    return [
        cost(_with(policy, Action.FLAG, "suspicion", threshold), observed, threshold)
        for threshold in THRESHOLDS
    ]


def write(folder: Path, policy: Policy, observed: Sequence[Observed]) -> Cost:
    """Writes `costs.html` and `costs.png` into a folder; returns what the policy itself costs."""
    folder.mkdir(parents=True, exist_ok=True)
    here = cost(policy, observed)
    rejects, flags = sweep_rejects(policy, observed), sweep_flags(policy, observed)
    picture = _plot(here, rejects, flags)
    (folder / "costs.png").write_bytes(picture)
    data = b64encode(picture).decode("ascii")
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What the policy costs</title>'
        f"<style>{_STYLE}</style><h1>What the policy costs</h1>"
        f"<p>{len(observed)} annotated comments, none of them trained on. Policy "
        f"{escape(policy.version)}.</p>{_table([here])}"
        f'<img alt="Reject precision against coverage, and moderator load against missed '
        f'violations" src="data:image/png;base64,{data}">'
        f"<h2>Score that makes a serious rule reject</h2>{_table(rejects)}"
        f"<h2>Suspicion that flags alone</h2>{_table(flags)}</html>\n"
    )
    (folder / "costs.html").write_text(page, encoding="utf-8")
    return here


def _action(policy: Policy, observed: Observed) -> Action:
    of_model = findings_of_scores(policy, observed.scores, "")
    return decide(policy, [*observed.findings, *of_model], observed.scores)[0]


def _with(policy: Policy, action: Action, key: str, threshold: float) -> Policy:
    """The policy with another threshold in the general steps of an action that read `key`."""

    def changed(step: Step) -> Step:
        alone = key != "suspicion" or step.rule is None
        reads = step.action is action and getattr(step, key) is not None and alone
        return step.model_copy(update={key: threshold}) if reads else step

    steps = tuple(changed(step) for step in policy.steps)
    return Policy.model_validate({**policy.model_dump(), "steps": steps})


def _share(part: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return float((part & of).sum() / of.sum()) if of.any() else 1.0


def _plot(here: Cost, rejects: Sequence[Cost], flags: Sequence[Cost]) -> bytes:
    with mpl.rc_context({"axes.grid": True, "grid.alpha": 0.3, "font.size": 9}):
        figure = Figure(figsize=(11, 4.5), layout="constrained")
        left, right = figure.subplots(1, 2)
        coverage = [each.coverage for each in rejects]
        left.plot(coverage, [each.reject_precision for each in rejects], label="not to be allowed")
        left.plot(coverage, [each.reject_strict for each in rejects], label="to be rejected")
        left.plot(here.coverage, here.reject_precision, "ko", label="this policy")
        right.plot([each.load for each in flags], [each.missed for each in flags])
        right.plot(here.load, here.missed, "ko", label="this policy")
        for axes, title, horizontal, vertical in (
            (left, "Rejects", "share of due rejects that are made", "precision"),
            (right, "Flags", "share of comments that are flagged", "share of violations published"),
        ):
            axes.set(title=title, xlabel=horizontal, ylabel=vertical)
            axes.legend(fontsize=8)
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _table(costs: Sequence[Cost]) -> str:
    names = {
        "threshold": "threshold",
        "rejected": "rejected",
        "reject_precision": "precision (not to be allowed)",
        "reject_strict": "precision (to be rejected)",
        "coverage": "due rejects made",
        "load": "flagged",
        "missed": "violations published",
        "wrong_flags": "flagged of the clean",
    }
    head = "".join(f"<th>{name}</th>" for name in names.values())
    rows = "".join(
        "<tr>" + "".join(f"<td>{_cell(getattr(each, key))}</td>" for key in names) + "</tr>"
        for each in costs
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
