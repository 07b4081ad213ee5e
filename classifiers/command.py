"""What the commands `train` and `evaluate` do, told on the console as it goes.

What rules find is a feature, and rules are not this package's: `signals` says how they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
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
from classifiers.decisions import CORPUS as DECISIONS
from classifiers.decisions import WEIGHT, compared, joined, read_decisions
from classifiers.evaluate import (
    FEWEST_OF_EACH,
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
from classifiers.lexicon import Lexicon, LexiconError
from classifiers.misspelled import misspelled
from classifiers.model import Model
from classifiers.refine import Correction
from classifiers.refine import refine as corrected
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
    decisions: Path | None = None,
    decision_weight: float = WEIGHT,
    former: Path = bundle.DEFAULT,
) -> None:
    """Trains, calibrates and measures a classifier on a folder, and writes it as a bundle.

    `authored` adds the shipped annotations and authored examples. Without `signals` the model reads
    none. `decisions` are moderators' own, those that overturned the machine counting
    `decision_weight`; on what is held out of them, the model is compared with that of `former`.
    Prints what is wrong with the input and raises typer.Exit with code 1.
    """
    console = Console()
    with _told(console):
        data = _with_shipped(read(corpora), seed) if authored else read(corpora)
        if decisions is not None:
            data = _with_decisions(data, decisions, decision_weight)
        features = Features(signals=signals is not None, lexicon=Lexicon.read())
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
        facts = _facts(data, recipe, chosen, measured)
        unseen_decisions = [each for each in data.held_out() if each.corpus == DECISIONS]
        if decisions is not None:
            facts["decisions"] = _comparison(former, trained.model, unseen_decisions, signals)
        console.print(_table("Cross-fitted (heads without the row)", measured["cross_fitted"]))
        console.print(_table("Held out", measured["held_out"]))
        _write(output, trained.model, facts, console)


def refine(
    decisions: Path,
    output: Path,
    seed: int = SEED,
    *,
    base: Path = bundle.DEFAULT,
    authored: bool = True,
    signals: Signals | None = None,
    decision_weight: float = WEIGHT,
) -> None:
    """Corrects the model of `base` by decisions alone, without corpora, and writes it as a bundle.

    Prints what was learned, and the model beside its base on held-out decisions. Prints what is
    wrong with the input and raises typer.Exit with code 1.
    """
    console = Console()
    with _told(console):
        loaded = bundle.load(base)
        data = read_decisions(decisions, decision_weight)
        # The shipped sentences keep the model from forgetting, where no decision contradicts them.
        decided = {example.key for example in data.examples}
        shipped = without_duplicates(read_authored(seed=seed)) if authored else ()
        known = [
            example
            for example in shipped
            if example.corpus == CORPUS and example.key not in decided
        ]
        with _progress(console) as progress:
            task = progress.add_task("reading", total=len(data.training()) + len(known))
            refined = corrected(
                loaded.model,
                data.training(),
                known,
                signals=signals or no_signals,
                seed=seed,
                advance=lambda: progress.advance(task),
            )
        console.print(_corrections(refined.corrections))
        if all(each.strength is None for each in refined.corrections):
            raise TrainingError(
                "the decisions teach this model nothing beyond chance, so that none is written; "
                "decide more, or train with --corpora"
            )
        held_out = _scored_by(refined.model, data.held_out(), signals)
        facts = {
            **{name: loaded.manifest[name] for name in ("recipe", "thresholds", "duplicates")},
            "lexicon_words": len(refined.model.features.lexicon),
            "base": loaded.version,
            "sources": [*loaded.manifest["sources"], *map(_source, data.sources)],
            "metrics": {"held_out": [measure(rows, {}).to_mapping() for rows in held_out]},
            "corrections": [asdict(each) for each in refined.corrections],
            "decisions": _comparison(base, refined.model, data.held_out(), signals),
        }
        _write(output, refined.model, facts, console)


def compare(decisions: Path, models: Sequence[Path], *, signals: Signals | None = None) -> None:
    """Prints models side by side on held-out decisions, as `train` does of the old and the new."""
    console = Console()
    with _told(console):
        held_out = read_decisions(decisions).held_out()
        loaded = {bundle_.version: bundle_.model for bundle_ in map(bundle.load, models)}
        measured = compared(loaded, held_out, signals or no_signals)
        told = {
            version: [each.to_mapping() for each in found] for version, found in measured.items()
        }
        console.print(_side_by_side({"rows": len(held_out), "models": told}))


def _with_decisions(data: Corpora, path: Path, weight: float) -> Corpora:
    decided = read_decisions(path, weight)
    examples = joined(data.examples, decided)
    return replace(data, examples=examples, sources=(*data.sources, *decided.sources))


def _comparison(
    former: Path, model: Model, examples: Sequence[Example], signals: Signals | None
) -> dict[str, Any]:
    """The former and the new model on held-out decisions, as a manifest keeps it."""
    old = bundle.load(former)
    measured = compared({old.version: old.model, "new": model}, examples, signals or no_signals)
    return {
        "rows": len(examples),
        "models": {
            name: [each.to_mapping() for each in measures] for name, measures in measured.items()
        },
    }


def _write(output: Path, model: Model, facts: Mapping[str, Any], console: Console) -> None:
    manifest = bundle.save(output, model, facts)
    (output / bundle.CARD_FILE).write_text(card.render(manifest), encoding="utf-8")
    if "decisions" in manifest:
        console.print(_side_by_side(manifest["decisions"]))
    size = manifest["model"]["bytes"]
    console.print(f"[green]wrote[/green] {escape(str(output))} ({size:,} bytes)")


def _side_by_side(told: Mapping[str, Any]) -> Table | str:
    models: Mapping[str, Sequence[Mapping[str, Any]]] = told["models"]
    if not any(models.values()):
        return (
            f"{told['rows']:,} held-out decisions: too few to compare models on "
            f"({FEWEST_OF_EACH} of each answer are needed)"
        )
    table = Table(title=f"{told['rows']:,} held-out decisions", title_justify="left")
    for name in ("label", "rows", "broken", "model", "AUC", "average precision", "Brier"):
        table.add_column(name, justify="left" if name in {"label", "model"} else "right")
    rows = [(row["label"], name, row) for name, found in models.items() for row in found]
    for label, name, row in sorted(rows, key=lambda each: each[0]):
        numbers = (f"{row[key]:.3f}" for key in ("auc", "average_precision", "brier"))
        table.add_row(label, str(row["rows"]), str(row["positives"]), name, *numbers)
    return table


def _corrections(corrections: Sequence[Correction]) -> Table:
    table = Table(title="What decisions changed", title_justify="left")
    for name in ("label", "decisions", "log loss falls by", "corrected"):
        table.add_column(name, justify="left" if name in {"label", "corrected"} else "right")
    for each in corrections:
        done = "no: not more than chance" if each.strength is None else f"yes (C {each.strength:g})"
        table.add_row(each.label, f"{each.decisions:,}", f"{each.gain:.4f}", done)
    return table


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
            recipe = replace(
                Recipe.from_mapping(loaded.manifest["recipe"]), features=loaded.model.features
            )
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
    authored = read_authored(seed=seed)
    sentences = (example for example in authored if example.corpus == CORPUS)
    examples = without_duplicates([*annotated, *authored, *misspelled(sentences, seed)])
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
    corpora = sorted(
        {example.corpus for example in examples} - {CORPUS, GRAMMAR, annotated.CORPUS, DECISIONS}
    )
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
        "lexicon_words": len(recipe.features.lexicon),
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
    except (BundleError, CorpusError, LexiconError, TrainingError) as error:
        console.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
