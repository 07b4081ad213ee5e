"""A check of rule files: what it looks at, what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from moderation.policy import Policy
from rules.compile import Compiled, PackFile
from rules.errors import Level, Problem
from rules.ruleset import RuleSet
from rules.source import Location


@dataclass(frozen=True)
class Linted:
    """Packs that load, with what they compile to. `now` is when they are to be used."""

    files: Sequence[PackFile]
    compiled: Compiled
    rules: RuleSet
    policy: Policy | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a check says of one place of one file. `subject` is the term that it is about, if any.

    `level` replaces that of the check. `about` is another location in `of`, where the complaint may
    be allowed too: that of the rule which a term of a list serves.
    """

    file: PackFile
    location: Location
    message: str
    remedy: str = ""
    subject: str = ""
    level: Level | None = None
    of: PackFile | None = None
    about: Location = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of complaint. `code` names it, also in `# lint: allow`."""

    code: str
    level: Level
    find: Callable[[Linted], Iterator[Complaint]]

    def problem(self, complaint: Complaint) -> Problem:
        """The complaint at its line."""
        source = complaint.file.source
        line, column = source.place(complaint.location)
        return Problem(
            source.path,
            line,
            column,
            source.problem(complaint.location, "").key,
            complaint.message,
            complaint.remedy,
            complaint.level or self.level,
            self.code,
        )
