"""How long a dry run over 10,000 comments takes: `python -m benchmarks.dry_run`.

Comments of 120 characters, made of the shipped authored sentences, are judged by the shipped rules
and by the same with one rule added and one made graver; then with every rule's severity changed, so
that nothing can be spared. Loading the new rules and starting processes counts; loading what serves
already (old rules, model) does not.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

from api.dry_run import Case, dry_run
from api.wiring import default_engine, settle
from benchmarks.verdict import comments
from classifiers.authored import CORPUS, read_authored
from moderation.comment import Comment
from moderation.engine import Engine
from rules.load import DEFAULT_PACKS, load_rules

COMMENTS = 10_000
ADDED = """\
pack: added
version: 1.0.0
description: A rule that is new.
rules:
  - id: added
    description: A few words
    clause: profanity
    severity: grave
    when: { word: [سخيف, سخافة, كلام فارغ] }
    examples: { match: [كلام سخيف], no_match: [كلام جميل] }
"""


def small_change(folder: Path) -> None:
    """One rule more, and one that rejects now."""
    (folder / "added.yaml").write_text(ADDED, "utf-8")
    pack = folder / "person_insult.yaml"
    pack.write_text(
        pack.read_text("utf-8").replace("severity: mild", "severity: grave", 1), "utf-8"
    )


def great_change(folder: Path) -> None:
    """Every rule is another."""
    for pack in folder.glob("*.yaml"):
        graver = re.sub(r"severity: \w+", "severity: serious", pack.read_text("utf-8"))
        pack.write_text(graver, "utf-8")


def run(
    name: str, old: Engine, cases: list[Case], change: Callable[[Path], None], helpers: int | None
) -> None:
    """One dry run, timed with the loading of its new rules."""
    with tempfile.TemporaryDirectory() as folder:
        packs = Path(folder) / "packs"
        shutil.copytree(DEFAULT_PACKS, packs)
        change(packs)
        began = perf_counter()
        new = Engine(load_rules(packs), old.policy, old.classifier)
        loaded = perf_counter() - began
        found = dry_run(old, new, cases, helpers=helpers)
        took = perf_counter() - began
    assert found.judged == len(cases)
    print(
        f"{name:44} {took:5.2f} s (rules loaded in {loaded:.2f} s), {found.judged / took:7,.0f}/s, "
        f"{len(found.changes):5,} change",
        flush=True,
    )


def main() -> None:
    """Small and great changes, with recorded verdicts and without, on one core and on all."""
    sentences = [example for example in read_authored() if example.corpus == CORPUS]
    texts = list(islice(cycle(comments(sentences)), COMMENTS))
    old = default_engine()
    plain = [Case(Comment(str(at), text)) for at, text in enumerate(texts)]
    recorded = [Case(case.comment, old.judge(case.comment)) for case in plain]
    settle()
    for cores, helpers in (("all cores", None), ("in this process alone", 0)):
        run(f"small change, recorded verdicts, {cores}", old, recorded, small_change, helpers)
        run(f"small change, a file, {cores}", old, plain, small_change, helpers)
        run(f"great change, a file, {cores}", old, plain, great_change, helpers)


if __name__ == "__main__":
    main()
