"""How long a score takes, beside a plain scikit-learn pipeline on the same rows.

    python benchmarks/classifier.py CORPORA

Both are trained in this run on the same rows of one corpus: the product's model with all its heads,
the pipeline (TF-IDF over character n-grams, logistic regression) with one. Both then score the same
held-out comments one by one, as a service does. Medians of the time for a comment; for the product
once with the views already made, as the engine hands it over after the rules have read them, and
once from the raw string.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline

from classifiers.corpora import Example, read
from classifiers.predict import TrainedClassifier
from classifiers.train import Recipe, train
from moderation.text import Text

Item = TypeVar("Item")

LABEL = "abusive"
NO_SIGNALS: frozenset[str] = frozenset()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpora", type=Path, help="folder of *.jsonl.gz files")
    parser.add_argument("--corpus", default="osact4", help="the corpus to train and measure on")
    arguments = parser.parse_args()
    data = read(arguments.corpora)
    training = _of(data.training(), arguments.corpus)
    held_out = _of(data.held_out(), arguments.corpus)
    classifier = TrainedClassifier(train(training, Recipe(folds=2)).model, "benchmark")
    pipeline = _pipeline(training)
    texts = [one.text for one in held_out]
    answers = [one.labels[LABEL] for one in held_out]

    def serve(original: str) -> float:
        return classifier.score(Text(original), NO_SIGNALS)[LABEL]

    def serve_plainly(original: str) -> float:
        return float(pipeline.predict_proba([original])[0, 1])

    folded = [Text(one) for one in texts]
    views = [(text.folded.word_starts, text.latin) for text in folded]
    assert len(views) == len(texts)
    rows = {
        f"score, {len(classifier.labels)} heads, views made": _microseconds(
            lambda text: classifier.score(text, NO_SIGNALS), folded
        ),
        f"score, {len(classifier.labels)} heads, from the raw string": _microseconds(serve, texts),
        "scikit-learn TF-IDF pipeline, 1 head": _microseconds(serve_plainly, texts),
    }
    slowest = max(rows.values())
    length = int(median(len(one) for one in texts))
    table = Table(title=f"{len(texts)} comments of {length} characters (median), one by one")
    for heading in ("", "median, us", "times faster than the pipeline"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, microseconds in rows.items():
        table.add_row(name, f"{microseconds:.0f}", f"{slowest / microseconds:.1f}")
    console = Console()
    console.print(table)
    ours = roc_auc_score(answers, [serve(one) for one in texts])
    plain = roc_auc_score(answers, [serve_plainly(one) for one in texts])
    console.print(f"AUC of {LABEL} on these comments: {ours:.3f}, pipeline {plain:.3f}")


def _of(examples: Sequence[Example], corpus: str) -> list[Example]:
    return [one for one in examples if one.corpus == corpus and LABEL in one.labels]


def _pipeline(training: Sequence[Example]) -> Pipeline:
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10.0, solver="liblinear"),
    )
    return pipeline.fit([one.text for one in training], [one.labels[LABEL] for one in training])


def _microseconds(call: Callable[[Item], object], items: Sequence[Item]) -> float:
    for item in items[:50]:
        call(item)
    times: list[float] = []
    for item in items:
        began = perf_counter()
        call(item)
        times.append(perf_counter() - began)
    return median(times) * 1e6


if __name__ == "__main__":
    main()
