"""A small world of comments that the tests make themselves."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from classifiers.corpora import Corpora, Example, read
from classifiers.features import Features
from classifiers.train import Recipe, Trained, train

CIVIL = ("مقال", "جميل", "شكرا", "الكاتب", "رأي", "مفيد", "الحكومة", "اليوم", "المدينة", "قرأت")
RUDE = ("حقير", "وسخ", "تافه", "نذل", "غبي")
SECTARIAN = ("اطردوهم", "نجس")
FILLER = ("في", "من", "على", "هذا", "كان", "والله", "يا", "لا", "قال", "عن")

Row = Mapping[str, Any]


def comments(count: int, seed: int) -> list[dict[str, Any]]:
    """Rows whose labels follow from their words: rude words abuse, sectarian ones hate."""
    random_ = random.Random(seed)  # noqa: S311
    rows: list[dict[str, Any]] = []
    for number in range(count):
        words = random_.choices(CIVIL + FILLER, k=random_.randint(4, 9))
        kind = number % 4
        if kind == 1:
            words.insert(random_.randrange(len(words)), random_.choice(RUDE))
        if kind == 3:
            words.insert(random_.randrange(len(words)), random_.choice(SECTARIAN))
        rows.append(
            {
                "text": " ".join(words) + f" رقم{seed}و{number}",
                "label_raw": str(kind),
                "abusive": int(kind in {1, 3}),
                "hate": int(kind == 3),
            }
        )
    return rows


def write(folder: Path, name: str, rows: Iterable[Row]) -> Path:
    """A corpus file as `classifiers.corpora` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[..., Path]:
    """Writes a corpus file into a folder of its own and returns the folder."""

    def written(name: str, rows: Iterable[Row]) -> Path:
        return write(tmp_path / "corpora", name, rows).parent

    return written


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two corpora, one of them with a held-out part."""
    made = tmp_path_factory.mktemp("corpora")
    write(made, "forum.train", comments(240, seed=1))
    write(made, "forum.dev", comments(120, seed=2))
    write(made, "tweets", comments(160, seed=3))
    return made


@pytest.fixture(scope="session")
def data(folder: Path) -> Corpora:
    return read(folder)


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe(features=Features(bits=14), folds=3)


@pytest.fixture(scope="session")
def trained(data: Corpora, recipe: Recipe) -> Trained:
    return train(data.training(), recipe)


def example(text: str, corpus: str = "forum", split: str = "train", **labels: int) -> Example:
    """An example in few words."""
    return Example(text, labels, corpus, split)
