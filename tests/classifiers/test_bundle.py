"""Bundles: the same bytes from the same input, and nothing unpickled that is not vouched for."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from classifiers import bundle
from classifiers.bundle import BundleError
from classifiers.corpora import Corpora
from classifiers.predict import TrainedClassifier
from classifiers.train import Recipe, Trained, train
from moderation.text import Text


@pytest.fixture
def saved(tmp_path: Path, trained: Trained) -> Path:
    folder = tmp_path / "bundle"
    bundle.save(folder, trained.model, {"duplicates": 0})
    return folder


def change(folder: Path, **facts: Any) -> None:
    path = folder / bundle.MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, **facts}), encoding="utf-8")


def test_a_loaded_model_scores_as_the_trained_one(saved: Path, trained: Trained) -> None:
    text = Text("قرأت مقال تافه في المدينة")
    before = TrainedClassifier(trained.model, "").score(text)
    after = TrainedClassifier.load(saved).score(text)
    assert before == after


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, data: Corpora, recipe: Recipe, saved: Path
) -> None:
    again = tmp_path / "again"
    bundle.save(again, train(data.training(), recipe).model, {"duplicates": 0})
    for name in (bundle.MODEL_FILE, bundle.MANIFEST_FILE):
        assert (again / name).read_bytes() == (saved / name).read_bytes()


def test_another_model_has_another_version(
    tmp_path: Path, data: Corpora, recipe: Recipe, saved: Path
) -> None:
    bundle.save(tmp_path / "other", train(data.training()[:200], recipe).model, {})
    versions = {TrainedClassifier.load(folder).version for folder in (saved, tmp_path / "other")}
    assert len(versions) == 2


class Trap:
    """Unpickling it is running it."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.touch, (self.victim,))


def test_a_file_that_was_changed_is_refused_before_a_byte_is_unpickled(
    saved: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    content = pickle.dumps(Trap(victim))
    (saved / bundle.MODEL_FILE).write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.joblib: SHA-256 is .* the manifest expects"):
        bundle.load(saved)
    assert not victim.exists()
    pickle.loads(content)  # noqa: S301
    assert victim.exists(), "the trap does not work, so the test shows nothing"


def test_one_flipped_bit_is_enough(saved: Path) -> None:
    path = saved / bundle.MODEL_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match="SHA-256"):
        bundle.load(saved)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"format": 1}, r"manifest\.json: format 1, expected 4"),
        (
            {"libraries": {"joblib": "1.4.0", "numpy": "1.26.4"}},
            r"numpy 1\.26\.4, expected .* 1\.x",
        ),
        ({"libraries": {"joblib": "1.4.0"}}, "does not say which numpy wrote the model"),
        ({"labels": ["spam"]}, r"labels \['abusive', 'hate'\], expected \['spam'\]"),
        ({"model": {}}, "the manifest expects None"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    saved: Path, facts: dict[str, Any], complaint: str
) -> None:
    change(saved, **facts)
    with pytest.raises(BundleError, match=complaint) as error:
        bundle.load(saved)
    assert "moderation train" in str(error.value)


def test_a_library_of_the_same_major_version_reads_the_model(saved: Path) -> None:
    major = installed_version("numpy").split(".", maxsplit=1)[0]
    change(saved, libraries={"joblib": installed_version("joblib"), "numpy": f"{major}.999.0"})
    assert bundle.load(saved).model.labels == ("abusive", "hate")


@pytest.mark.parametrize("name", [bundle.MODEL_FILE, bundle.MANIFEST_FILE])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(BundleError, match=name):
        bundle.load(saved)


def test_a_manifest_that_is_not_json_is_named(saved: Path) -> None:
    (saved / bundle.MANIFEST_FILE).write_text("not JSON")
    with pytest.raises(BundleError, match=r"manifest\.json: not a JSON manifest"):
        bundle.load(saved)


def test_the_model_file_holds_plain_arrays_and_no_training_text(saved: Path, data: Corpora) -> None:
    content: dict[str, Any] = joblib.load(saved / bundle.MODEL_FILE)
    assert {type(value) for value in content.values()} == {dict, list, np.ndarray}
    assert all(
        value.dtype.kind in "fi" for value in content.values() if isinstance(value, np.ndarray)
    )
    raw = pickle.dumps(content)
    for one in data.examples:
        for word in one.text.split():
            assert word.encode() not in raw or len(word) < 3


def test_a_bundle_too_large_to_ship_is_not_written(
    tmp_path: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "LARGEST_BYTES", 1000)
    with pytest.raises(BundleError, match="at most 1,000 may be shipped"):
        bundle.save(tmp_path / "large", trained.model, {})
    assert not (tmp_path / "large").exists()


def test_a_bundle_may_be_moved(saved: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(saved, tmp_path / "elsewhere")
    assert bundle.load(moved).version == bundle.load(saved).version
