"""What judges: rules, policy and classifier, loaded from files into one engine."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classifiers import bundle
from classifiers.bundle import BundleError
from classifiers.predict import TrainedClassifier
from moderation.detector import Classifier
from moderation.engine import Engine
from moderation.policy import Policy, Wording
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY, load_policy, load_rules
from rules.ruleset import RuleSet


@dataclass(frozen=True)
class Equipment:
    """One engine with the words in which its verdicts are told.

    `messages` and `descriptions` are by rule name: of rules that have their own, and of rules that
    are described in each language.
    """

    engine: Engine
    policy: Policy
    messages: Mapping[str, Wording]
    descriptions: Mapping[str, Wording]


@dataclass(frozen=True)
class LoadedClassifier:
    """The classifier, or why there is none."""

    classifier: Classifier | None
    problem: str | None = None


def load_classifier(folder: Path) -> LoadedClassifier:
    """The classifier of a bundle; one that is missing or refused is told, not raised."""
    try:
        return LoadedClassifier(TrainedClassifier.load(folder))
    except (BundleError, OSError) as error:
        return LoadedClassifier(None, str(error))


def default_engine() -> Engine:
    """The engine of the shipped rules, policy and model.

    Raises RulesError where rules or policy are broken, and BundleError where the model is refused.
    """
    classifier = TrainedClassifier.load(bundle.DEFAULT)
    return equip(DEFAULT_PACKS, DEFAULT_POLICY, classifier, expects_classifier=True).engine


def settle() -> None:
    """Takes what is loaded out of the collector's rounds: one over rules and model halts 90 ms."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def equip(
    rules: Path, policy: Path, classifier: Classifier | None, *, expects_classifier: bool
) -> Equipment:
    """Loads rules and policy. Raises RulesError with every problem of every file."""
    return equipped(load_rules(rules), load_policy(policy), classifier, expects_classifier)


def equipped(
    rules: RuleSet, policy: Policy, classifier: Classifier | None, expects_classifier: bool
) -> Equipment:
    """An engine of what was loaded."""
    return Equipment(
        engine=Engine(rules, policy, classifier, expects_classifier=expects_classifier),
        policy=policy,
        messages={
            compiled.name: compiled.rule.message
            for compiled in rules.rules
            if compiled.rule.message is not None
        },
        descriptions={
            compiled.name: compiled.rule.description
            for compiled in rules.rules
            if compiled.rule.description.ar != compiled.rule.description.en
        },
    )
