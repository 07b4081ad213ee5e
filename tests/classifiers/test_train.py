"""Training: labels are learned from words, each from the corpora that annotate it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifiers.corpora import Corpora, Example
from classifiers.evaluate import cross_fitted, leave_one_out, measure, score, scored
from classifiers.predict import TrainedClassifier
from classifiers.train import Recipe, Trained, TrainingError, train
from moderation.text import Text

from .conftest import comments


def test_held_out_rows_are_told_apart_by_their_words(data: Corpora, trained: Trained) -> None:
    held_out = data.held_out()
    measured = {
        rows.label: measure(rows, {})
        for rows in scored(held_out, trained.model.labels, score(trained.model, held_out))
    }
    assert measured["abusive"].auc > 0.97
    assert measured["abusive"].macro_f1 > 0.9
    assert measured["hate"].auc > 0.97


def test_scores_are_probabilities(data: Corpora, trained: Trained) -> None:
    for rows in scored(
        data.held_out(), trained.model.labels, score(trained.model, data.held_out())
    ):
        assert abs(float(rows.scores.mean()) - float(rows.answers.mean())) < 0.1
        assert measure(rows, {}).ece < 0.15


def test_serving_and_evaluation_give_one_score(data: Corpora, trained: Trained) -> None:
    classifier = TrainedClassifier(trained.model, "test")
    in_rows = score(trained.model, data.held_out()[:20])
    served = [list(classifier.score(Text(one.text)).values()) for one in data.held_out()[:20]]
    assert np.allclose(in_rows, served, atol=1e-5)


def test_a_new_label_is_learned_without_a_line_of_code(data: Corpora, recipe: Recipe) -> None:
    examples = [
        Example(one.text, {"author_insult": int("الكاتب" in one.text)}, one.corpus)
        for one in data.training()
    ]
    classifier = TrainedClassifier(train(examples, recipe).model, "test")
    assert classifier.labels == ("author_insult",)
    about_author = classifier.score(Text("هذا الكاتب قال"))["author_insult"]
    assert about_author > 0.5 > classifier.score(Text("هذا اليوم قال"))["author_insult"]


def test_rows_that_do_not_carry_a_label_have_no_say_in_it(data: Corpora, recipe: Recipe) -> None:
    silent = [Example(f"اطردوهم {number}", {"abusive": 1}, "silent") for number in range(200)]
    alone = train([*data.training()], recipe)
    beside = train([*data.training(), *silent], recipe)
    hate = alone.model.labels.index("hate")
    assert np.isnan(beside.cross_fitted[-200:, hate]).all()
    assert not np.isnan(beside.cross_fitted[:-200, hate]).any()


def test_an_example_of_no_weight_has_no_say(data: Corpora, recipe: Recipe) -> None:
    lies = [
        Example(row["text"], {"abusive": 1 - row["abusive"]}, "liar", weight=1e-6)
        for row in comments(400, seed=9)
    ]
    held_out = data.held_out()
    model = train([*data.training(), *lies], recipe).model
    rows = next(iter(scored(held_out, model.labels, score(model, held_out))))
    assert rows.label == "abusive"
    assert measure(rows, {}).auc > 0.97


def test_the_weight_of_a_source_label_goes_before_that_of_its_corpus() -> None:
    recipe = Recipe(weights={"aj": 0.5, "aj:-1": 0.2})
    weights = [
        recipe.weight(Example("", {}, corpus, raw=raw))
        for corpus, raw in (("aj", "-1"), ("aj", "0"), ("forum", "-1"))
    ]
    assert weights == [0.2, 0.5, 1.0]


def test_cross_fitted_scores_come_from_heads_that_never_saw_the_row(recipe: Recipe) -> None:
    """A hint that is right three times in four is all that a head can know of a row unseen."""
    random = np.random.default_rng(5)
    examples: list[Example] = []
    for number, answer in enumerate(random.integers(0, 2, 400)):
        hint = "نعم" if (random.random() < 0.75) == bool(answer) else "كلا"
        examples.append(Example(f"{hint} كلمه{number}", {"abusive": int(answer)}, "lots"))
    trained = train(examples, replace(recipe, fewest_rows=1))
    (unseen,) = cross_fitted(trained)
    (by_heart,) = scored(examples, trained.model.labels, score(trained.model, examples))
    assert measure(by_heart, {}).auc > 0.95
    assert 0.65 < measure(unseen, {}).auc < 0.85


def test_leaving_a_corpus_out_measures_it_by_the_others(data: Corpora, recipe: Recipe) -> None:
    groups = leave_one_out(data.examples, "tweets", recipe)
    assert {rows.corpus for rows in groups} == {"tweets"}
    assert all(measure(rows, {}).auc > 0.95 for rows in groups)


def test_held_out_examples_are_refused(data: Corpora, recipe: Recipe) -> None:
    with pytest.raises(TrainingError, match="held-out"):
        train(data.examples, recipe)


def test_too_few_examples_are_refused_in_words(recipe: Recipe) -> None:
    with pytest.raises(TrainingError, match="no label has 20 examples of each answer among 1"):
        train([Example("نص", {"abusive": 1}, "forum")], recipe)


def test_recipes_survive_a_manifest(recipe: Recipe) -> None:
    assert Recipe.from_mapping(recipe.to_mapping()) == recipe
