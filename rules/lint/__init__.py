"""Checks of rule files. Each module here is one complaint, or a few of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from moderation.policy import Policy
from rules.compile import PackFile, compile_packs
from rules.errors import Problem, RulesError
from rules.lint import (
    clauses,
    duplicates,
    effect,
    examples,
    impossible,
    innocent,
    lists,
    regexes,
    shadowed,
    unmeant,
)
from rules.lint.allowed import is_allowed
from rules.lint.complaint import Check, Linted
from rules.load import read_packs
from rules.ruleset import RuleSet

ERRORS: Final[tuple[Check, ...]] = (
    examples.CHECK,
    regexes.CHECK,
    clauses.UNKNOWN,
    impossible.TERMS,
    impossible.CONDITIONS,
)
"""What must be repaired."""

HINTS: Final[tuple[Check, ...]] = (
    clauses.WEAK,
    duplicates.REPEATED,
    duplicates.SHARED,
    effect.EXPIRED,
    effect.SWITCHED_OFF,
    impossible.OPTIONS,
    innocent.CHECK,
    lists.UNUSED,
    shadowed.CHECK,
    unmeant.COMMAS,
    unmeant.FILES,
)
"""What is likely a mistake, or worth knowing."""

CHECKS: Final = (*ERRORS, lists.UNKNOWN, *HINTS)
"""Every check; `code` is what reports and directives call it."""


def check(folder: Path, policy: Policy | None = None) -> list[Problem]:
    """The errors in the packs of a folder; empty where they can be used.

    With a policy, clauses that it does not have are errors too.
    """
    return lint(folder, policy, ERRORS)


def lint(
    folder: Path, policy: Policy | None = None, checks: Sequence[Check] = CHECKS
) -> list[Problem]:
    """Everything that is to say about the packs of a folder: errors, warnings and notes."""
    try:
        files = read_packs(folder)
    except RulesError as error:
        return list(error.problems)
    return lint_packs(files, policy, checks)


def lint_packs(
    files: Sequence[PackFile], policy: Policy | None = None, checks: Sequence[Check] = CHECKS
) -> list[Problem]:
    """The same of packs that were read, in the order of their lines."""
    try:
        compiled = compile_packs(files)
    except RulesError as error:
        return _of_packs_that_do_not_compile(files, error)
    return lint_rule_set(files, RuleSet(compiled, ""), policy, checks)


def lint_rule_set(
    files: Sequence[PackFile],
    rules: RuleSet,
    policy: Policy | None = None,
    checks: Sequence[Check] = CHECKS,
) -> list[Problem]:
    """The same of packs that are compiled already."""
    linted = Linted(files, rules.compiled, rules, policy, datetime.now(UTC))
    problems = [
        each.problem(complaint)
        for each in checks
        for complaint in each.find(linted)
        if not is_allowed(each.code, complaint)
    ]
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.column))


def _of_packs_that_do_not_compile(files: Sequence[PackFile], error: RulesError) -> list[Problem]:
    """The compiler's problems; for unknown lists, the complaint that says what was meant."""
    unknown = [lists.UNKNOWN.problem(complaint) for complaint in lists.unknown_lists(files)]
    told = {(problem.path, problem.line, problem.column, problem.message) for problem in unknown}
    others = (
        problem
        for problem in error.problems
        if (problem.path, problem.line, problem.column, problem.message) not in told
    )
    return [*unknown, *others]
