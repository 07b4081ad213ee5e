"""Small models that are really trained, to be served and compared by tests of the service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from classifiers import bundle
from classifiers.corpora import Example
from classifiers.features import Features
from classifiers.train import Recipe, train
from tests.classifiers.conftest import comments

RECIPE = Recipe(features=Features(bits=13), folds=2)


def bundle_of(folder: Path, words: Sequence[str], *, seed: int = 5) -> str:
    """Writes a bundle that holds texts with these words for violations; its version."""
    examples = []
    for row in comments(400, seed=seed):
        broken = int(any(word in row["text"].split() for word in words))
        labels = {"violation": broken, "person_insult": broken}
        examples.append(Example(row["text"], labels, "forum"))
    bundle.save(
        folder,
        train(examples, RECIPE).model,
        {
            "sources": [{"name": "forum.jsonl.gz", "sha256": "0" * 64, "rows": len(examples)}],
            "recipe": RECIPE.to_mapping(),
            "metrics": {"held_out": [], "cross_fitted": []},
            "thresholds": [],
            "duplicates": 0,
        },
    )
    return bundle.load(folder).version
