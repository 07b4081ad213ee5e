"""Prints the functional suite as a table; with `--wrong`, every case that is judged wrongly."""

from __future__ import annotations

import sys
from collections import defaultdict

from rich.console import Console
from rich.table import Table

from api.wiring import default_engine
from tests.verdicts.suite import Outcome, cases, judge


def main() -> None:
    outcomes = judge(default_engine(), cases())
    console = Console(width=160)
    table = Table("function", "cases", "right", "clause named", "wrong rejects")
    by_function: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_function[outcome.case.function].append(outcome)
    for function, found in sorted(by_function.items()):
        table.add_row(function, *_row(found))
    table.add_section()
    table.add_row("all", *_row(outcomes))
    console.print(table)
    if "--wrong" in sys.argv:
        for outcome in outcomes:
            if not outcome.is_right:
                accepted = "/".join(sorted(outcome.case.accept))
                console.print(
                    f"{outcome.case.id}: {outcome.verdict.action} (accepts {accepted}) "
                    f"{outcome.case.comment.text} "
                    f"{[f'{reason.clause} {reason.source}' for reason in outcome.verdict.reasons]}",
                    markup=False,
                    highlight=False,
                )


def _row(outcomes: list[Outcome]) -> tuple[str, str, str, str]:
    attacks = [outcome for outcome in outcomes if outcome.case.is_attack]
    right = sum(outcome.is_right for outcome in outcomes)
    named = sum(outcome.names_clause for outcome in attacks)
    return (
        str(len(outcomes)),
        f"{right / len(outcomes):.2f}",
        f"{named / len(attacks):.2f}" if attacks else "-",
        str(sum(outcome.is_wrong_reject for outcome in outcomes)),
    )


if __name__ == "__main__":
    main()
