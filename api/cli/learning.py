"""`moderation train` and `moderation evaluate`: the classifier learns and is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from api.costs import observe, write
from classifiers import bundle, command
from classifiers.annotated import read_annotations
from classifiers.corpora import Example
from classifiers.decisions import WEIGHT
from classifiers.predict import TrainedClassifier
from classifiers.rows import Signals
from classifiers.train import SEED
from moderation.comment import Comment
from moderation.text import Text
from rules.load import load_policy, load_rules
from rules.ruleset import RuleSet

_CORPORA_HELP: Final = (
    "Folder of *.jsonl.gz files, each line an object with `text` and, where known, 0/1 fields "
    "`abusive`, `hate`, `profanity`. Files named *.dev.jsonl.gz are held out: evaluated on, never "
    "trained on. Your moderators' decisions are given with --decisions."
)
CorporaOption = Annotated[Path, typer.Option(help=_CORPORA_HELP, show_default=False)]
BundleOption = Annotated[
    Path,
    typer.Option(
        help="Folder to write the bundle to: model.joblib, manifest.json and MODEL_CARD.md. Files "
        "of these names are replaced. Nothing serves it until the service is pointed at it."
    ),
]
SeedOption = Annotated[
    int, typer.Option(help="Equal files, seed and library versions give an identical bundle.")
]
ModelOption = Annotated[
    Path, typer.Option(help="Folder of the bundle to evaluate.", show_default="the shipped model")
]
ReportOption = Annotated[
    Path,
    typer.Option(help="Folder for report.html (plots inside), report.json and the plots as PNG."),
]
LeaveOneOutOption = Annotated[
    bool,
    typer.Option(
        "--leave-one-out",
        help="Also train once without each corpus and measure on it: what to expect on a site that "
        "the model has never seen. Takes several minutes.",
    ),
]


AuthoredOption = Annotated[
    bool,
    typer.Option(
        help="Use the shipped annotations of public corpora and the shipped authored examples too."
    ),
]
SignalsOption = Annotated[
    bool, typer.Option(help="Let the classifier weigh what the shipped rules find.")
]


DecisionsOption = Annotated[
    Path | None,
    typer.Option(
        help="What `moderation store decisions` wrote: the file, or its folder. Without --corpora, "
        "the model of --base is corrected by them alone.",
        show_default=False,
    ),
]
WeightOption = Annotated[
    float,
    typer.Option(min=0.1, max=100, help="How much a decision counts that overturned the machine."),
]
BaseOption = Annotated[
    Path,
    typer.Option(
        help="Folder of the bundle that the new model is compared with on held-out decisions, and "
        "that it begins from where there are no --corpora.",
        show_default="the shipped model",
    ),
]
LearnedCorporaOption = Annotated[Path | None, typer.Option(help=_CORPORA_HELP, show_default=False)]


def train(
    corpora: LearnedCorporaOption = None,
    output: BundleOption = Path("data/model"),
    seed: SeedOption = SEED,
    authored: AuthoredOption = True,
    signals: SignalsOption = True,
    decisions: DecisionsOption = None,
    decision_weight: WeightOption = WEIGHT,
    base: BaseOption = bundle.DEFAULT,
) -> None:
    """Train, calibrate and measure a classifier, and write it as a verified bundle.

    Texts that are equal after folding are used once. Every label is learned from the corpora that
    annotate it, calibrated on rows that its heads did not see, and measured on held-out files.
    One in five decisions is held out too, and the old and the new model are shown on them.

        moderation train --corpora corpora --decisions learning

        moderation train --decisions learning
    """
    if corpora is None and decisions is None:
        raise typer.BadParameter("give --corpora, or --decisions, or both")
    read = signals_of(load_rules()) if signals else None
    if corpora is not None:
        command.train(
            corpora,
            output,
            seed,
            authored=authored,
            signals=read,
            decisions=decisions,
            decision_weight=decision_weight,
            former=base,
        )
    elif decisions is not None:
        command.refine(
            decisions,
            output,
            seed,
            base=base,
            authored=authored,
            signals=read,
            decision_weight=decision_weight,
        )


def evaluate(
    corpora: CorporaOption,
    model: ModelOption = bundle.DEFAULT,
    output: ReportOption = Path("data/evaluation"),
    leave_one_out: LeaveOneOutOption = False,
    authored: AuthoredOption = True,
    signals: SignalsOption = True,
) -> None:
    """Measure a bundle on held-out files, by corpus and label, with plots.

    For each: macro-F1 at 0.5 and at the threshold that was best in training, AUC, average
    precision, Brier score and expected calibration error. Open report.html to see reliability,
    precision-recall and ROC curves. Where annotated comments are among them, costs.html shows what
    the shipped policy does to them: how sure rejects are, what moderators see, what is missed.
    """
    rules = load_rules() if signals or authored else None
    read = signals_of(rules) if rules is not None and signals else None
    data = command.evaluate(
        corpora, model, output, leave_each_out=leave_one_out, authored=authored, signals=read
    )
    if rules is not None and authored:
        _write_costs(rules, data.examples, model, output)


def _write_costs(rules: RuleSet, examples: Sequence[Example], model: Path, output: Path) -> None:
    observed = observe(rules, TrainedClassifier.load(model), examples, read_annotations())
    if not observed:
        return
    here = write(output, load_policy(), observed)
    console = Console()
    console.print(
        f"policy on {len(observed):,} annotated comments: {here.rejected} rejected, "
        f"{here.reject_precision:.3f} of them not to be allowed ({here.reject_strict:.3f} to be "
        f"rejected), {here.coverage:.3f} of due rejects made; {here.load:.3f} flagged, "
        f"{here.wrong_flags:.3f} of the clean; {here.missed:.3f} of violations published"
    )
    console.print(f"[green]wrote[/green] {escape(str(output / 'costs.html'))}")


def signals_of(rules: RuleSet) -> Signals:
    """What rules find in an example, for a model that weighs it."""

    def signals(example: Example, text: Text) -> frozenset[str]:
        return rules.match(Comment(id="", text=example.text), text).signals

    return signals
