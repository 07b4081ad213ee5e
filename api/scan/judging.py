"""One chunk, judged where there is a free core: in this process, another, or on another machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Final

from api.lines import LineError, answer, refusal
from api.scan import writing
from api.scan.form import Form, ScanError
from api.scan.reading import Chunk, Place
from api.scan.tally import Tally
from moderation.engine import Engine
from rules.errors import RulesError

_WATCH_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Judging:
    """What judges and how answers are written. Machines of a cluster need the same files."""

    rules: Path
    policy: Path
    model: Path | None
    form: Form
    with_text: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A chunk's answers, ready to be written, and what came out. `versions` are what judged."""

    number: int
    end: Place
    progress: int
    written: bytes
    tally: Tally
    versions: tuple[str, str, str]


@cache
def engine_of(rules: Path, policy: Path, model: Path | None) -> Engine:
    """The engine of these files, loaded once in a process. Raises ScanError."""
    from api.wiring import equip, load_classifier

    classifier = None
    if model is not None:
        loaded = load_classifier(model)
        if loaded.problem:
            raise ScanError(f"the model cannot be used: {loaded.problem}; --no-model does without")
        classifier = loaded.classifier
    try:
        return equip(rules, policy, classifier, expects_classifier=model is not None).engine
    except RulesError as error:
        raise ScanError(f"rules or policy are broken:\n{error}") from None


def versions_of(judging: Judging) -> tuple[str, str, str]:
    """Rule set, policy and model. Raises ScanError."""
    engine = engine_of(judging.rules, judging.policy, judging.model)
    model = engine.classifier.version if engine.classifier else ""
    return engine.rules.version, engine.policy.version, model


def judge(chunk: Chunk, judging: Judging) -> Judged:
    """Judges every row of a chunk; one that cannot be judged is answered by its error."""
    engine = engine_of(judging.rules, judging.policy, judging.model)
    tally, answers, lines = Tally(), [], []
    for number, row in chunk.rows:
        try:
            line = answer(engine, row)
        except LineError as error:
            line = refusal(error, number)
        told = json.loads(line)
        tally.count(told)
        if judging.with_text:
            told["text"] = _text(row)
            line = json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
        answers.append(told)
        lines.append(line)
    return Judged(
        number=chunk.number,
        end=chunk.end,
        progress=chunk.progress,
        written=writing.rows(judging.form, answers, lines),
        tally=tally,
        versions=versions_of(judging),
    )


def judge_for(parent: int, chunk: Chunk, judging: Judging) -> Judged:
    """Judges a chunk in a process that ends soon after the process `parent` did, however that
    ended: a scan that is killed must not leave others behind that wait for work."""
    _end_with(parent)
    return judge(chunk, judging)


@cache
def _end_with(parent: int) -> None:
    if os.getpid() != parent:
        Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        sleep(_WATCH_SECONDS)
    os._exit(1)


def _text(row: bytes) -> str | None:
    try:
        said = json.loads(row)
    except (ValueError, RecursionError):
        return None
    text = said.get("text") if isinstance(said, dict) else None
    return text if isinstance(text, str) else None
