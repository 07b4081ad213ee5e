"""What is wrong with a rule file, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["error", "warning", "note"]
"""An error must be repaired before the file is used; a warning is a likely mistake."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about one place. `line` and `column` count from 1; 0 where there is none.

    `code` names the kind of complaint; docs/rules.md lists them.
    """

    path: Path
    line: int
    column: int
    key: str
    message: str
    remedy: str = ""
    level: Level = "error"
    code: str = "invalid"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else str(self.path)
        level = "" if self.level == "error" else f" {self.level}:"
        key = f" {self.key}:" if self.key else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        code = "" if self.level == "error" else f" [{self.code}]"
        return f"{place}:{level}{key} {self.message}{remedy}{code}"


class RulesError(ValueError):
    """Rule files that cannot be used; `problems` lists everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
