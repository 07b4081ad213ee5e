"""What moderators decided, as examples: kept apart from corpora, because it goes before them.

A file is gzipped JSON Lines: `text`, `labels` (0 or 1 by clause, and `violation`), `overturned`
(whether the machine had said otherwise) and `weight`. Nothing says who decided.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from classifiers.corpora import HELD_OUT, CorpusError, Example, Source, digest_of, normalised
from classifiers.evaluate import Measure, measure, score, scored
from classifiers.model import Model
from classifiers.rows import Signals, no_signals

CORPUS: Final = "decisions"
"""Under this name decisions are trained on and measured."""

FILE: Final = f"{CORPUS}.jsonl.gz"
OVERTURNED: Final = "overturned"
"""`raw` of an example whose decision overturned the machine."""

WEIGHT: Final = 3.0
"""How much more a decision counts that overturned the machine, unless told otherwise: it is where
there is something to learn."""

_HELD_OUT_ONE_IN: Final = 5


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decided texts, each once; one in five is held out. `sources` are the files read."""

    examples: tuple[Example, ...]
    sources: tuple[Source, ...]

    def training(self) -> tuple[Example, ...]:
        """Those that may be trained on."""
        return tuple(example for example in self.examples if not example.held_out)

    def held_out(self) -> tuple[Example, ...]:
        """Those that models are compared on."""
        return tuple(example for example in self.examples if example.held_out)

    def apart_from(self, tested: Iterable[Example]) -> Decisions:
        """Those whose text is not among held-out examples of elsewhere."""
        keys = {example.key for example in tested if example.held_out}
        kept = tuple(example for example in self.examples if example.key not in keys)
        return replace(self, examples=kept)


def read_decisions(path: Path, weight: float = WEIGHT) -> Decisions:
    """The decisions of a file, or of every `decisions*.jsonl.gz` of a folder.

    What overturned the machine counts `weight` times. One in five texts is held out, by its
    digest: the same ones in every training. A text that the files tell twice counts as the last
    one tells it. Raises CorpusError at the file and line that is wrong.
    """
    paths = sorted(path.glob(f"{CORPUS}*.jsonl.gz")) if path.is_dir() else [path]
    if not paths:
        raise CorpusError(f"{path}: no {FILE} in it; write one with `moderation store decisions`")
    found: dict[str, Example] = {}
    sources: list[Source] = []
    for file in paths:
        rows = list(_rows(file, weight))
        found.update((example.key, example) for example in rows if normalised(example.text))
        sources.append(Source(file.name, sha256(file.read_bytes()).hexdigest(), len(rows)))
    return Decisions(tuple(found.values()), tuple(sources))


def joined(examples: Iterable[Example], decisions: Decisions) -> tuple[Example, ...]:
    """Examples of corpora and decisions, each text once; all have their `key`.

    What a corpus holds out stays held out. Elsewhere the newsroom's word takes the place of a
    corpus's, and what is held out of its decisions is trained on under no other name.
    """
    examples = tuple(examples)
    mine = decisions.apart_from(examples).examples
    decided = {example.key for example in mine}
    return (*(example for example in examples if example.key not in decided), *mine)


def compared(
    models: Mapping[str, Model],
    examples: Sequence[Example],
    signals: Signals = no_signals,
) -> dict[str, list[Measure]]:
    """By name of the model: its measures on held-out decisions, for the labels that all have.

    A label is measured where enough decisions carry each answer.
    """
    if not examples:
        return {name: [] for name in models}
    shared = set.intersection(*(set(model.labels) for model in models.values()))
    found: dict[str, list[Measure]] = {}
    for name, model in models.items():
        rows = scored(examples, model.labels, score(model, examples, signals=signals))
        found[name] = [measure(each, {}) for each in rows if each.label in shared]
    return found


def _rows(path: Path, weight: float) -> Iterator[Example]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _example(line, weight, f"{path}:{number}")
    except FileNotFoundError:
        raise CorpusError(
            f"{path}: no such file; write one with `moderation store decisions FOLDER`"
        ) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not gzipped UTF-8 JSON Lines ({error})") from error


def _example(line: str, weight: float, place: str) -> Example:
    try:
        row: Any = json.loads(line)
        text, labels, own = row["text"], dict(row["labels"]), float(row.get("weight", 1.0))
        overturned = row.get("overturned", False)
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(
            f"{place}: not a decision ({error}); a row is an object such as "
            '{"text": "…", "labels": {"profanity": 1}, "overturned": false, "weight": 1}'
        ) from error
    if not isinstance(text, str) or not all(value in (0, 1) for value in labels.values()):
        raise CorpusError(f"{place}: `text` is a string, and each of `labels` 0 or 1")
    if not 0 < own <= 100:
        raise CorpusError(f"{place}: `weight` is {own}; write more than 0 and at most 100")
    key = digest_of(text)
    return Example(
        text,
        {str(label): int(value) for label, value in labels.items()},
        CORPUS,
        HELD_OUT if int(key[-8:], 16) % _HELD_OUT_ONE_IN == 0 else "train",
        weight=own * (weight if overturned else 1.0),
        raw=OVERTURNED if overturned else "",
        key=key,
    )
