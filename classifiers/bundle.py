"""A trained model on disk: weights, a manifest that vouches for them, and a card for people.

A joblib file is a pickle, and a pickle is code. So nothing of it is read as one before the manifest
says that these bytes, this format and these libraries belong together.
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

import joblib

from classifiers.model import Model

FORMAT: Final = 4
"""The form of manifest and model file. A loader reads its own form and no other."""

MODEL_FILE: Final = "model.joblib"
MANIFEST_FILE: Final = "manifest.json"
CARD_FILE: Final = "MODEL_CARD.md"

DEFAULT: Final = Path(__file__).parent / "models" / "default"
"""The model that travels with the product."""

LARGEST_BYTES: Final = 20 * 1024 * 1024
"""A model file may not be larger: it travels with the product."""

READ_BY: Final = ("joblib", "numpy")
"""The libraries that read a model file. Their major version must be the one that wrote it: the file
holds plain arrays, whose form changes with a major version alone."""

_WRITTEN_BY: Final = (*READ_BY, "scikit-learn", "scipy")
_COMPRESSION: Final = ("zlib", 9)
_RETRAIN: Final = "write a new bundle with `moderation train`, or restore the shipped one"


class BundleError(ValueError):
    """A bundle that must not be loaded: which file, what was expected, what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A verified model. `version` names its content; `manifest` is as it was written."""

    model: Model
    version: str
    manifest: Mapping[str, Any]


def save(folder: Path, model: Model, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write a model and its manifest, and return the manifest.

    `facts` (sources, recipe, metrics) go into the manifest as they are. The same model and facts
    give the same bytes. Raises BundleError where the file would be larger than LARGEST_BYTES.
    """
    buffer = io.BytesIO()
    joblib.dump(model.to_mapping(), buffer, compress=_COMPRESSION)
    content = buffer.getvalue()
    if len(content) > LARGEST_BYTES:
        raise BundleError(
            f"{folder / MODEL_FILE}: {len(content):,} bytes, at most {LARGEST_BYTES:,} may be "
            "shipped; train with fewer buckets (Features.bits)"
        )
    manifest = {
        "format": FORMAT,
        "model": {"file": MODEL_FILE, "sha256": sha256(content).hexdigest(), "bytes": len(content)},
        "labels": list(model.labels),
        "libraries": {name: installed_version(name) for name in _WRITTEN_BY},
        "python": platform.python_version(),
        **facts,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(content)
    written = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / MANIFEST_FILE).write_text(written + "\n", encoding="utf-8")
    return manifest


def load(folder: Path) -> Bundle:
    """The model of a bundle, once format, libraries and hash are verified.

    Raises BundleError otherwise; until they are, no byte of the model file is unpickled.
    """
    manifest = read_manifest(folder)
    _verify_libraries(folder / MANIFEST_FILE, manifest)
    content, digest = _verified(folder, manifest)
    path = folder / MODEL_FILE
    try:
        model = Model.from_mapping(joblib.load(io.BytesIO(content)))
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{path}: the bytes are as recorded but hold no model of format {FORMAT} "
            f"({error}); {_RETRAIN}"
        ) from error
    if list(model.labels) != manifest.get("labels"):
        raise BundleError(
            f"{path}: labels {list(model.labels)}, expected {manifest.get('labels')} as the "
            f"manifest says; {_RETRAIN}"
        )
    return Bundle(model, digest[:12], manifest)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle. Raises BundleError where it is missing or of another format."""
    path = folder / MANIFEST_FILE
    try:
        manifest: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{path}: no such file; {_RETRAIN}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(f"{path}: not a JSON manifest ({error}); {_RETRAIN}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise BundleError(f"{path}: format {found!r}, expected {FORMAT}; {_RETRAIN}")
    return dict(manifest)


def _verify_libraries(path: Path, manifest: Mapping[str, Any]) -> None:
    recorded = manifest.get("libraries")
    for name in READ_BY:
        wrote = recorded.get(name) if isinstance(recorded, dict) else None
        if not isinstance(wrote, str):
            raise BundleError(f"{path}: does not say which {name} wrote the model; {_RETRAIN}")
        reads = installed_version(name)
        if wrote.split(".")[0] != reads.split(".")[0]:
            raise BundleError(
                f"{path}: the model was written with {name} {wrote}, expected {name} "
                f"{wrote.split('.')[0]}.x and found {reads}; install that, or {_RETRAIN}"
            )


def _verified(folder: Path, manifest: Mapping[str, Any]) -> tuple[bytes, str]:
    path = folder / MODEL_FILE
    recorded = manifest.get("model")
    expected = recorded.get("sha256") if isinstance(recorded, dict) else None
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error}); {_RETRAIN}") from error
    if len(content) > LARGEST_BYTES:
        raise BundleError(f"{path}: larger than {LARGEST_BYTES:,} bytes; {_RETRAIN}")
    digest = sha256(content).hexdigest()
    if digest != expected:
        raise BundleError(
            f"{path}: SHA-256 is {digest}, the manifest expects {expected}. The file is not "
            f"the one that was trained: do not use it; {_RETRAIN}"
        )
    return content, digest
