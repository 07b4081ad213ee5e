"""The commands `train` and `evaluate`, ready to be registered with a typer application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from classifiers import bundle, card, report
from classifiers.bundle import BundleError
from classifiers.corpora import Corpora, CorpusError, Example, Source, read
from classifiers.evaluate import (
    Measure,
    Scored,
    Thresholds,
    cross_fitted,
    leave_one_out,
    measure,
    score,
    scored,
    thresholds,
)
from classifiers.model import Model
from classifiers.train import SEED, Recipe, TrainingError, fits, labels_of
from classifiers.train import train as fit

_FEWEST_FOLDS: Final = 2

_CORPORA_HELP: Final = (
    "Folder of *.jsonl.gz files, each line an object with `text` and, where known, 0/1 fields "
    "`abusive`, `hate`, `profanity`. Files named *.dev.jsonl.gz are held out: evaluated on, never "
    "trained on. Put your moderators' decisions here in this form to train on them."
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


def train(
    corpora: CorporaOption,
    output: BundleOption = Path("data/model"),
    seed: SeedOption = SEED,
) -> None:
    """Train, calibrate and measure a classifier, and write it as a verified bundle.

    Texts that are equal after folding are used once. Every label is learned from the corpora that
    annotate it, calibrated on rows that its heads did not see, and measured on held-out files.
    """
    console = Console()
    with _told(console):
        data = read(corpora)
        recipe = replace(Recipe(), seed=seed)
        examples = data.training()
        labels = labels_of(examples)
        console.print(
            f"{len(examples):,} rows to train on, {len(data.held_out()):,} held out, "
            f"{data.duplicates:,} duplicates left out; labels: {', '.join(labels) or 'none'}"
        )
        with _progress(console) as progress:
            task = progress.add_task("training", total=len(examples) + fits(labels, recipe))
            trained = fit(examples, recipe, advance=lambda: progress.advance(task))
        unseen = cross_fitted(trained)
        chosen = thresholds(unseen)
        held_out = _scored_by(trained.model, data.held_out())
        measured = {
            "cross_fitted": [measure(rows, chosen) for rows in unseen],
            "held_out": [measure(rows, chosen) for rows in held_out],
        }
        manifest = bundle.save(output, trained.model, _facts(data, recipe, chosen, measured))
        (output / bundle.CARD_FILE).write_text(card.render(manifest), encoding="utf-8")
        console.print(_table("Cross-fitted (heads without the row)", measured["cross_fitted"]))
        console.print(_table("Held out", measured["held_out"]))
        size = manifest["model"]["bytes"]
        console.print(f"[green]wrote[/green] {escape(str(output))} ({size:,} bytes)")


def evaluate(
    corpora: CorporaOption,
    model: ModelOption = bundle.DEFAULT,
    output: ReportOption = Path("data/evaluation"),
    without_each: LeaveOneOutOption = False,
) -> None:
    """Measure a bundle on held-out files, by corpus and label, with plots.

    For each: macro-F1 at 0.5 and at the threshold that was best in training, AUC, average
    precision, Brier score and expected calibration error. Open report.html to see reliability,
    precision-recall and ROC curves.
    """
    console = Console()
    with _told(console):
        loaded = bundle.load(model)
        data = read(corpora)
        if not data.held_out():
            raise CorpusError(
                f"{corpora}: no held-out rows; name the files to evaluate on *.dev.jsonl.gz"
            )
        chosen = _thresholds(loaded.manifest)
        sections = [_section("Held out", _scored_by(loaded.model, data.held_out()), chosen)]
        if without_each:
            recipe = Recipe.from_mapping(loaded.manifest["recipe"])
            groups = _leave_each_out(data.examples, recipe, console)
            sections.append(_section("Leave one corpus out", groups, {}))
        for section in sections:
            console.print(_table(section.title, section.measures))
        facts = {"model": loaded.version, "sources": [_source(source) for source in data.sources]}
        report.write(output, f"Classifier {loaded.version}", sections, facts)
        console.print(f"[green]wrote[/green] {escape(str(output / 'report.html'))}")


def _leave_each_out(examples: Sequence[Example], recipe: Recipe, console: Console) -> list[Scored]:
    # Cross-fitting only sets the calibration here, for which few folds do.
    quicker = replace(recipe, folds=_FEWEST_FOLDS)
    corpora = sorted({example.corpus for example in examples})
    groups: list[Scored] = []
    with _progress(console) as progress:
        task = progress.add_task("leaving one out", total=len(corpora))
        for corpus in corpora:
            progress.update(task, description=f"without {corpus}")
            groups.extend(leave_one_out(examples, corpus, quicker))
            progress.advance(task)
    return groups


def _scored_by(model: Model, examples: Sequence[Example]) -> list[Scored]:
    return list(scored(examples, model.labels, score(model, examples)))


def _section(title: str, groups: Sequence[Scored], chosen: Thresholds) -> report.Section:
    return report.Section(title, groups, [measure(rows, chosen) for rows in groups])


def _facts(
    data: Corpora, recipe: Recipe, chosen: Thresholds, measured: Mapping[str, Sequence[Measure]]
) -> dict[str, Any]:
    return {
        "sources": [_source(source) for source in data.sources],
        "duplicates": data.duplicates,
        "recipe": recipe.to_mapping(),
        "thresholds": [
            {"corpus": corpus, "label": label, "threshold": value}
            for (corpus, label), value in sorted(chosen.items())
        ],
        "metrics": {
            name: [measure.to_mapping() for measure in measures]
            for name, measures in measured.items()
        },
    }


def _thresholds(manifest: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    return {
        (row["corpus"], row["label"]): float(row["threshold"])
        for row in manifest.get("thresholds", [])
    }


def _source(source: Source) -> dict[str, Any]:
    return {"name": source.name, "sha256": source.digest, "rows": source.rows}


def _table(title: str, measures: Sequence[Measure]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in report.COLUMNS.values():
        table.add_column(name, justify="left" if name in {"corpus", "label"} else "right")
    for one in measures:
        table.add_row(*report.cells(one))
    return table


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


@contextmanager
def _told(console: Console) -> Iterator[None]:
    """What is wrong with the input is told in its own words, without a traceback."""
    try:
        yield
    except (BundleError, CorpusError, TrainingError) as error:
        console.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
