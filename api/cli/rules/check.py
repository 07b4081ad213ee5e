"""`moderation rules check`: say what is wrong with rule files, and where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.failure import PROBLEMS
from api.cli.sources import OWN_PACKS, OWN_POLICY, sources
from rules.errors import Problem

if TYPE_CHECKING:
    from moderation.policy import Policy


class Form(StrEnum):
    """How problems are told."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help=f"Folder of rule packs, or one pack in it; default: {OWN_PACKS}."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help=f"Policy file; default: {OWN_POLICY}.")
    ] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="text: a line for each problem. json: a list of objects. github: annotations of "
            "a workflow. sarif: a SARIF 2.1.0 log, for code scanning.",
        ),
    ] = Form.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Say what is wrong with packs and policy, and where.

    An **error** must be repaired: wrong keys and values, unknown lists and clauses, examples that
    do not hold, terms and conditions that can never match. A **warning** is a likely mistake: terms
    that stand twice or add nothing, rules without effect, rules that hold for everyday words alone.
    A **note** is worth knowing. Whoever has looked at a warning allows it in the YAML file, by
    `# lint: allow innocent-word`; docs/rules.md says how.

        moderation rules check my-rules/ --policy my-policy.yaml

    One pack is checked among those of its folder, whose lists it may name:

        moderation rules check my-rules/news.yaml

    In a pipeline:

        moderation rules check my-rules/ --strict --format github

    Exit codes: 0 nothing to repair, 1 errors (with `--strict` warnings too), 2 wrong use.
    """
    from api.settings import Settings
    from rules.errors import RulesError
    from rules.load import load_policy

    read = sources(Settings(), folder, policy)
    problems: list[Problem] = []
    terms: Policy | None = None
    try:
        terms = load_policy(read.policy)
    except RulesError as error:
        problems.extend(error.problems)
    problems.extend(_of_packs(read.packs, terms))
    _tell(problems, form)
    failing = ("error", "warning") if strict else ("error",)
    if any(problem.level in failing for problem in problems):
        raise typer.Exit(PROBLEMS)


def _of_packs(path: Path, policy: Policy | None) -> list[Problem]:
    """What is wrong with a folder; or with one pack in it, which needs the lists of the others."""
    from rules.lint import lint

    if not path.is_file():
        return lint(path, policy)
    folder = path.parent
    return [
        problem
        for problem in lint(folder, policy)
        if problem.level == "error" or problem.path == folder / path.name
    ]


def _tell(problems: Sequence[Problem], form: Form) -> None:
    from importlib.metadata import version

    from rules.lint.report import as_github, as_json, as_sarif

    if form is Form.JSON:
        typer.echo(json.dumps(as_json(problems), ensure_ascii=False, indent=2))
    elif form is Form.SARIF:
        log = as_sarif(problems, version("moderation"))
        typer.echo(json.dumps(log, ensure_ascii=False, indent=2))
    elif form is Form.GITHUB:
        for problem in problems:
            typer.echo(as_github(problem))
    else:
        for problem in problems:
            typer.echo(str(problem))
        typer.echo(_summary(problems), err=bool(problems))


def _summary(problems: Sequence[Problem]) -> str:
    levels = [problem.level for problem in problems]
    counts = [
        f"{levels.count(level)} {level}{'s' if levels.count(level) > 1 else ''}"
        for level in ("error", "warning", "note")
        if level in levels
    ]
    return ", ".join(counts) if counts else "the rules are good"
