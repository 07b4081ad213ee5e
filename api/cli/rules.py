"""`moderation rules`: check rule files, print their schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import PROBLEMS

app = typer.Typer(help="Check rule files; print their JSON Schema.", no_args_is_help=True)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of rule packs; default MODERATION_RULES.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file; default MODERATION_POLICY.")
    ] = None,
) -> None:
    """Check every pack and the policy: keys, values, and the rules' own examples.

    Prints one line for each problem, `file:line:column: key: what is wrong (what to write)`, and
    exits with 1 where there is one.

        moderation rules check my-rules/ --policy my-policy.yaml
    """
    from api.settings import Settings
    from moderation.policy import Policy
    from rules.errors import Problem, RulesError
    from rules.lint import check as lint
    from rules.load import load_policy, load_rules

    settings = Settings()
    rules_folder = folder or settings.rules
    problems: list[Problem] = []
    terms: Policy | None = None
    try:
        terms = load_policy(policy or settings.policy)
    except RulesError as error:
        problems.extend(error.problems)
    problems.extend(lint(rules_folder, terms))
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        typer.echo(f"{len(problems)} problems", err=True)
        raise typer.Exit(PROBLEMS)
    rules = load_rules(rules_folder)
    typer.echo(f"{len(rules.rules)} rules are good, version {rules.version}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of rule packs, for completion in editors.

    moderation rules schema > rules.schema.json
    """
    from rules.schema import json_schema

    json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=2)
    typer.echo()
