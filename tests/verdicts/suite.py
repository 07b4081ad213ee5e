"""The functional suite: cases grouped by clause and function, judged by the shipped engine.

In the manner of HateCheck (Röttger et al. 2021): each function is one thing that a reader of Arabic
can do, and each case says which actions are right. `python -m tests.verdicts` prints the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from moderation.comment import Article, Comment
from moderation.engine import Engine
from moderation.verdict import Verdict

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """One text, and the actions that the terms leave open for it."""

    id: str
    clauses: frozenset[str]
    function: str
    comment: Comment
    accept: frozenset[str]

    @property
    def is_attack(self) -> bool:
        """Whether the terms are broken, so that a reason must name the clause."""
        return "allow" not in self.accept


@dataclass(frozen=True)
class Outcome:
    """A case and its verdict."""

    case: Case
    verdict: Verdict

    @property
    def is_right(self) -> bool:
        """Whether the action is one that the case accepts."""
        return self.verdict.action.value in self.case.accept

    @property
    def names_clause(self) -> bool:
        """Whether a reason names a clause that the case breaks."""
        return any(reason.clause in self.case.clauses for reason in self.verdict.reasons)

    @property
    def is_wrong_reject(self) -> bool:
        """Whether the comment was refused and must not be."""
        return self.verdict.action.value == "reject" and "reject" not in self.case.accept


@cache
def cases() -> tuple[Case, ...]:
    """Every case of the suite, in the order of the files."""
    return tuple(
        _case(json.loads(line))
        for path in sorted(CASES.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    )


def judge(engine: Engine, chosen: Iterable[Case]) -> list[Outcome]:
    """The verdict on each case."""
    return [Outcome(case, engine.judge(case.comment)) for case in chosen]


def _case(row: dict[str, Any]) -> Case:
    given = row["article"]
    article = Article(given["title"], tuple(given["authors"])) if given else None
    return Case(
        id=row["id"],
        clauses=frozenset((row["clause"], *row.get("clause_alt", ()))),
        function=row["function"],
        comment=Comment(id=row["id"], text=row["text"], article=article),
        accept=frozenset(row["accept"]),
    )
