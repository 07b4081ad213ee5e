"""Labels that moderators of other services gave, as a corpus that the classifier trains on."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from moderation.store.suggestions import Suggestion

FILE: Final = "suggestions.jsonl.gz"

_LABEL_OF: Final = {
    "TOXICITY": "abusive",
    "SEVERE_TOXICITY": "abusive",
    "INSULT": "abusive",
    "PROFANITY": "profanity",
    "IDENTITY_ATTACK": "hate",
}
_YES: Final = 0.5


def row(suggestion: Suggestion) -> dict[str, Any] | None:
    """A row of a corpus file; None where no attribute speaks of a label that corpora have.

    An attribute of 0.5 and more is a yes. Where several speak of one label, any yes is one.
    """
    labels: dict[str, int] = {}
    for attribute, score in suggestion.scores.items():
        label = _LABEL_OF.get(attribute)
        if label is not None:
            labels[label] = max(labels.get(label, 0), int(score >= _YES))
    if not labels:
        return None
    return {"text": suggestion.text, "label_raw": json.dumps(dict(suggestion.scores)), **labels}


def write(folder: Path, suggestions: Iterable[Suggestion]) -> int:
    """Writes FILE into a folder, replacing it whole; returns how many rows it has."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [found for each in suggestions if (found := row(each)) is not None]
    half = folder / f"{FILE}.new"
    with gzip.open(half, "wt", encoding="utf-8", errors="replace") as lines:
        for each in rows:
            lines.write(json.dumps(each, ensure_ascii=False) + "\n")
    os.replace(half, folder / FILE)  # noqa: PTH105 - the atomic one, by its name
    return len(rows)
