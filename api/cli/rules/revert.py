"""`moderation rules revert`: undo what one rule, or one version, decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.printable import printable
from api.cli.rules.rulebook import By, user, with_rulebook
from api.rulebook import reverting
from api.rulebook.reverting import Plan, Reverted
from api.rulebook.rulebook import Rulebook
from api.settings import Settings
from api.storing import Opened

_SHOWN = 20


def revert(
    rule: Annotated[str | None, typer.Option(help="The rule, `pack/rule`.")] = None,
    version: Annotated[str | None, typer.Option(help="The version, or its beginning.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only comments submitted since, in UTC.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, it is only shown.")
    ] = False,
    why: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    by: By = "",
) -> None:
    """Undo everything that one rule or one version decided.

    Recorded comments whose verdict rests on the rule are judged again by the current rules without
    it; those that the version judged, by the version before it. What would change is shown;
    `--apply` records it. Comments that a moderator decided are listed and never touched.

        moderation rules revert --rule person_insult/animal
        moderation rules revert --version 3fa4b2c1d0e9 --since 2026-01-01 --apply
    """
    if (rule is None) == (version is None):
        raise typer.BadParameter("name one of --rule and --version")
    settings = Settings()
    begin = since.replace(tzinfo=UTC) if since is not None else None

    async def work(_: Opened, rulebook: Rulebook) -> tuple[Plan, Reverted | None]:
        with _bar("judging again") as progress:
            plan = await rulebook.revert_plan(
                rule=rule, version=version, since=begin, progress=progress
            )
        if not apply:
            return plan, None
        with _bar("recording") as progress:
            reason = why or f"revert of {plan.target.name}"
            return plan, await rulebook.revert(plan, by=by or user(), why=reason, progress=progress)

    plan, done = with_rulebook(settings, work, judging=True)
    _show(plan)
    if not plan.changes and not plan.same and not plan.by_moderators:
        typer.echo("no recorded verdict rests on it: is the name right?", err=True)
    if done is not None:
        typer.echo(f"{len(done.done)} comments are judged again")
        for comment, reason in done.left:
            typer.echo(f"left as it is: {printable(comment)}: {printable(reason)}")
    elif plan.changes:
        typer.echo("nothing was changed; --apply does it")


def _show(plan: Plan) -> None:
    typer.echo(
        f"{plan.target.name}: {len(plan.changes)} verdicts change, {plan.same} stay, "
        f"{len(plan.by_moderators)} were decided by moderators"
    )
    kinds = Counter(
        (change.record.revision.verdict.action, change.verdict.action) for change in plan.changes
    )
    for (before, after), count in kinds.most_common():
        typer.echo(f"  {before} → {after}: {count}")
    for change in plan.changes[:_SHOWN]:
        before, after = change.record.revision.verdict.action, change.verdict.action
        typer.echo(f"  {printable(change.record.id)}: {before} → {after}")
    if len(plan.changes) > _SHOWN:
        typer.echo(f"  and {len(plan.changes) - _SHOWN} more")
    for record in plan.by_moderators[:_SHOWN]:
        typer.echo(f"  {printable(record.id)}: stays {record.status}, as a moderator decided")
    if len(plan.by_moderators) > _SHOWN:
        typer.echo(f"  and {len(plan.by_moderators) - _SHOWN} more that moderators decided")


@contextmanager
def _bar(what: str) -> Iterator[reverting.Progress]:
    """A bar on standard error, where that is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
