"""The network that all labels share: what it adds, how it is kept, how it is explained."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from classifiers.backpropagation import NetworkRecipe
from classifiers.corpora import Example
from classifiers.evaluate import measure, score, scored
from classifiers.features import Features
from classifiers.model import Model, once
from classifiers.network import Network
from classifiers.train import Recipe, Trained, train

ADJECTIVES = ("حقير", "قذر", "غبي", "سافل", "تافه", "وضيع")
GROUPS = ("الجار", "الموظف", "السائق", "الطبيب", "البائع", "الحارس")
THINGS = ("الطقس", "الطريق", "الهاتف", "المطعم", "الكرسي", "الشارع")
MILD = ("بعيد", "قديم", "جديد", "طويل", "قريب", "هادئ")
FEATURES = Features(bits=15, words=1, skeletons=False)
PATIENT = NetworkRecipe(width=8, units=8, hidden_share=0.0, epochs=100, rate=0.3)


def together(seed: int, number: int) -> list[Example]:
    """Harsh words of a person are abuse; of a thing they are not, nor mild ones of a person."""
    choose = random.Random(seed)  # noqa: S311
    examples: list[Example] = []
    for _ in range(number):
        person, harsh = choose.random() < 0.5, choose.random() < 0.5
        who = choose.choice(GROUPS if person else THINGS)
        said = choose.choice(ADJECTIVES if harsh else MILD)
        labels = {"abusive": int(person and harsh), "odd": int(person != harsh)}
        examples.append(Example(f"{who} {said}", labels, "forum"))
    return examples


def quality(trained: Trained, examples: list[Example], label: str) -> float:
    found = scored(examples, trained.model.labels, score(trained.model, examples))
    return next(measure(rows, {}).auc for rows in found if rows.label == label)


def test_it_reads_what_is_said_of_whom_where_a_line_cannot() -> None:
    recipe = Recipe(features=FEATURES, folds=2, network=PATIENT)
    alone = replace(recipe, network=NetworkRecipe(width=0))
    examples, others = together(1, 1500), together(2, 400)
    with_network, linear = train(examples, recipe), train(examples, alone)
    assert quality(linear, others, "odd") < 0.7
    assert quality(with_network, others, "odd") > 0.9
    assert quality(with_network, others, "abusive") > 0.97


def test_without_a_width_there_is_none(trained: Trained, recipe: Recipe) -> None:
    alone = train(trained.examples, replace(recipe, network=NetworkRecipe(width=0)))
    assert alone.model.network.width == 0
    assert not alone.model.network.margins(np.zeros(0)).any()


def test_what_a_bundle_keeps_gives_the_scores_of_the_model(trained: Trained) -> None:
    model = trained.model
    assert model.network.width
    again = Model.from_mapping(model.to_mapping())
    present = once(np.arange(0, model.features.buckets, 97))
    assert np.array_equal(model.margins(present), again.margins(present))


def test_a_rarity_beyond_half_precision_is_kept_as_the_largest(trained: Trained) -> None:
    table = trained.model.table.copy()
    table[1, 0] = 70_000.0
    again = Model.from_mapping(replace(trained.model, table=table).to_mapping())
    assert np.isfinite(again.table).all()
    assert again.table[1, 0] == 65_504.0


def test_its_gradient_is_that_of_its_margins() -> None:
    numbers = np.random.default_rng(3)
    network = Network(
        numbers.normal(size=(5, 4)),
        numbers.normal(size=4),
        numbers.normal(size=(4, 3)),
        numbers.normal(size=3),
    )
    vector, step = numbers.normal(size=5), 1e-6
    for at in range(5):
        moved = vector.copy()
        moved[at] += step
        rise = (network.margins(moved) - network.margins(vector)) / step
        assert np.allclose(rise, network.gradient(vector)[at], atol=1e-4)


def test_rows_for_unknown_buckets_change_no_score(trained: Trained) -> None:
    model = trained.model
    unknown = np.flatnonzero(model.index == 0)[:50]
    grown = model.grown(unknown)
    assert (grown.index[unknown] > 0).all()
    assert len(grown.table) == len(model.table) + 50
    present = once(np.concatenate([unknown, np.flatnonzero(model.index)[:200]]))
    assert np.array_equal(grown.margins(present), model.margins(present))
