"""Examples written for this project: sentences, and a grammar that is filled in.

The files and their labels are described in `classifiers/authored/README.md`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from classifiers.annotated import clause_labels
from classifiers.corpora import CorpusError, Example

DEFAULT: Final = Path(__file__).parent / "authored"
"""The examples that are shipped."""

CORPUS: Final = "authored"
GRAMMAR: Final = "grammar"
"""The corpus names of the two kinds, by which they are weighted and told apart."""

FILLINGS: Final = 24
"""How often one template text is filled in, at most: the longest would swamp the rest."""

OF_THE_GROUP: Final = "group"
"""What a template says that breaks the clause of whichever group its slots are filled with."""

_SLOT: Final = re.compile(r"\{(\w+)\}")
_OF_A_GROUP: Final = re.compile(r"\{(plural|singular)\}")
_COLUMNS: Final = 4

Row = tuple[tuple[str, ...], str, str, str]


def read_authored(folder: Path = DEFAULT, seed: int = 21) -> tuple[Example, ...]:
    """Every sentence, and every template filled in at most FILLINGS times by the seed.

    `raw` of an example is its function. Raises CorpusError at the file and line that is wrong.
    """
    rows = [(CORPUS, *row) for row in _sentences(folder / "sentences")]
    rows.extend((GRAMMAR, *row) for row in _fillings(folder / "grammar", seed))
    clauses = sorted({clause for _, broken, *_ in rows for clause in broken})
    return tuple(
        Example(text, clause_labels(broken, clauses), corpus, raw=function)
        for corpus, broken, function, _, text in rows
    )


def _sentences(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            columns = line.split("\t")
            if len(columns) != _COLUMNS:
                raise CorpusError(
                    f"{path}:{number}: {len(columns)} columns; write clauses, function, dialect "
                    "and text, with tabs between"
                )
            clauses, function, dialect, text = columns
            broken = () if clauses == "-" else tuple(clauses.split(","))
            yield broken, function, dialect, text


def _fillings(folder: Path, seed: int) -> Iterator[Row]:
    files = [(path, _grammar(path)) for path in sorted(folder.glob("*.yaml"))]
    lexicons: dict[str, list[str]] = {}
    for _, grammar in files:
        lexicons.update(grammar.get("lexicons") or {})
    choose = random.Random(seed)  # noqa: S311
    for path, grammar in files:
        groups = grammar.get("groups") or {}
        for template in grammar.get("templates") or ():
            for text in template["texts"]:
                for clauses, variant, most in _variants(template["clauses"], text, groups):
                    for filled in _filled(variant, lexicons, choose, path, most):
                        yield clauses, template["function"], template["dialect"], filled


def _variants(
    clauses: str | list[str], text: str, groups: Mapping[str, str]
) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """The text for each kind of group that its slots stand for, with what it then breaks."""
    if not _OF_A_GROUP.search(text):
        yield tuple(clauses), text, FILLINGS
        return
    for clause, kind in groups.items():
        variant = _OF_A_GROUP.sub(rf"{{{kind}_\1}}", text)
        broken = (clause,) if clauses == OF_THE_GROUP else tuple(clauses)
        yield broken, variant, -(-FILLINGS // len(groups))


def _filled(
    text: str,
    lexicons: Mapping[str, list[str]],
    choose: random.Random,
    path: Path,
    most: int,
) -> list[str]:
    missing = [slot for slot in _SLOT.findall(text) if slot not in lexicons]
    if missing:
        raise CorpusError(
            f"{path}: «{text}» has a slot {missing[0]!r}, and no lexicon of that name"
        )
    found: dict[str, None] = {}
    for _ in range(most):
        filled = _SLOT.sub(lambda slot: choose.choice(lexicons[slot.group(1)]), text)
        found[" ".join(filled.split())] = None
    return list(found)


def _grammar(path: Path) -> dict[str, Any]:
    try:
        grammar = YAML(typ="safe").load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not valid YAML ({error})") from error
    if not isinstance(grammar, dict):
        raise CorpusError(f"{path}: begin with `lexicons:` and `templates:`")
    return grammar
