"""What the commands `train` and `evaluate` do, told on the console as it goes.

What rules find is a feature, and rules are not this package's: `signals` says how they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from classifiers import annotated, bundle, card, report
from classifiers.annotated import annotate, read_annotations
from classifiers.authored import CORPUS, GRAMMAR, read_authored
from classifiers.bundle import BundleError
from classifiers.corpora import (
    LABELS,
    Corpora,
    CorpusError,
    Example,
    Source,
    read,
    without_duplicates,
)
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
from classifiers.features import Features
from classifiers.model import Model
from classifiers.rows import Signals, no_signals
from classifiers.train import SEED, Recipe, TrainingError, fits, labels_of
from classifiers.train import train as fit

_FEWEST_FOLDS: Final = 2


def train(
    corpora: Path,
    output: Path,
    seed: int = SEED,
    *,
    authored: bool = True,
    signals: Signals | None = None,
) -> None:
    """Trains, calibrates and measures a classifier on a folder, and writes it as a bundle.

    `authored` adds the shipped annotations and authored examples. Without `signals` the model reads
    none. Prints what is wrong with the input and raises typer.Exit with code 1.
    """
    console = Console()
    with _told(console):
        data = _with_shipped(read(corpora), seed) if authored else read(corpora)
        features = Features(signals=signals is not None)
        recipe = replace(Recipe(), seed=seed, features=features)
        examples = data.training()
        labels = labels_of(examples)
        console.print(
            f"{len(examples):,} rows to train on, {len(data.held_out()):,} held out, "
            f"{data.duplicates:,} duplicates left out; labels: {', '.join(labels) or 'none'}"
        )
        with _progress(console) as progress:
            task = progress.add_task("training", total=len(examples) + fits(labels, recipe))
            trained = fit(
                examples,
                recipe,
                signals=signals or no_signals,
                advance=lambda: progress.advance(task),
            )
        unseen = cross_fitted(trained)
        chosen = thresholds(unseen)
        held_out = _scored_by(trained.model, data.held_out(), signals)
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
    corpora: Path,
    model: Path,
    output: Path,
    *,
    leave_each_out: bool = False,
    authored: bool = True,
    signals: Signals | None = None,
) -> Corpora:
    """Measures a bundle on held-out rows, by corpus and label, and writes a report with plots.

    `authored` adds the shipped annotations and authored examples, as for training. Returns the rows
    that it read. Prints what is wrong with the input and raises typer.Exit with code 1.
    """
    console = Console()
    with _told(console):
        loaded = bundle.load(model)
        data = _with_shipped(read(corpora), SEED) if authored else read(corpora)
        if not data.held_out():
            raise CorpusError(
                f"{corpora}: no held-out rows; name the files to evaluate on *.dev.jsonl.gz"
            )
        chosen = _thresholds(loaded.manifest)
        sections = [
            _section("Held out", _scored_by(loaded.model, data.held_out(), signals), chosen)
        ]
        if leave_each_out:
            recipe = Recipe.from_mapping(loaded.manifest["recipe"])
            groups = _leave_each_out(data.examples, recipe, signals, console)
            sections.append(_section("Leave one corpus out", groups, {}))
        for section in sections:
            console.print(_table(section.title, section.measures))
        facts = {"model": loaded.version, "sources": [_source(source) for source in data.sources]}
        report.write(output, f"Classifier {loaded.version}", sections, facts)
        console.print(f"[green]wrote[/green] {escape(str(output / 'report.html'))}")
    return data


def _with_shipped(data: Corpora, seed: int) -> Corpora:
    """The rows of a folder with what is shipped about them, and the authored examples."""
    annotated = annotate(data.examples, read_annotations())
    examples = without_duplicates([*annotated, *read_authored(seed=seed)])
    return replace(data, examples=examples)


def _leave_each_out(
    examples: Sequence[Example], recipe: Recipe, signals: Signals | None, console: Console
) -> list[Scored]:
    # Cross-fitting only sets the calibration here, for which few folds do; and only labels that
    # corpora carry of themselves can be measured on a corpus left out.
    quicker = replace(recipe, folds=_FEWEST_FOLDS)
    examples = [
        replace(each, labels={name: each.labels[name] for name in LABELS if name in each.labels})
        for each in examples
    ]
    corpora = sorted({example.corpus for example in examples} - {CORPUS, GRAMMAR, annotated.CORPUS})
    groups: list[Scored] = []
    with _progress(console) as progress:
        task = progress.add_task("leaving one out", total=len(corpora))
        for corpus in corpora:
            progress.update(task, description=f"without {corpus}")
            groups.extend(leave_one_out(examples, corpus, quicker, signals=signals or no_signals))
            progress.advance(task)
    return groups


def _scored_by(model: Model, examples: Sequence[Example], signals: Signals | None) -> list[Scored]:
    scores = score(model, examples, signals=signals or no_signals)
    return list(scored(examples, model.labels, scores))


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
