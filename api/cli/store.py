"""`moderation store …`, `moderation archive`: the audit chain, and what leaves the store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api import decisions, labels
from api.cli.connected import connected
from api.cli.failure import PROBLEMS, fail
from api.cli.statistics import statistics
from api.rulebook.homes import Homes
from api.settings import Settings
from api.storing import Opened, archive_folder
from classifiers.decisions import FILE
from moderation.store import Archived, Head, Verification, verify_archives
from moderation.store.suggestions import Suggestion
from rules.errors import RulesError
from rules.load import load_policy

app = typer.Typer(
    help="Check the audit chain, count again, and write what moderators decided to train on.",
    no_args_is_help=True,
    add_completion=False,
)
app.command()(statistics)


@app.command()
def verify(
    known: Annotated[
        str | None,
        typer.Option(help="A head kept elsewhere, `number:hash`; the chain must pass through it."),
    ] = None,
) -> None:
    """Check the audit chain, the contents it speaks of, and the archives it goes on from.

    Prints the head; keep it somewhere else, and a later check can be held against it.

        moderation store verify --known 1204:9f2c…
    """

    settings = Settings()
    held = _head(known)

    async def work(opened: Opened) -> list[Verification]:
        chain = await opened.store.audit.verify(held)
        return [verify_archives(archive_folder(settings), chain.anchor), chain]

    results = connected(settings, work)
    for found in results:
        if found.broken:
            typer.echo(f"entry {found.broken.number}: {found.broken.problem}")
    chain = results[-1]
    typer.echo(f"{sum(found.checked for found in results)} entries checked")
    typer.echo(f"head {chain.head.number}:{chain.head.hash}")
    if not all(found.sound for found in results):
        raise typer.Exit(PROBLEMS)


@app.command("labels")
def write_labels(
    folder: Annotated[
        Path, typer.Argument(help="Corpora folder; suggestions.jsonl.gz goes there.")
    ],
) -> None:
    """Write what moderators of other services suggested as a corpus to train on.

    A site that speaks the Perspective interface tells its moderators' decisions by `suggestscore`.

        moderation store labels corpora
        moderation train --corpora corpora
    """

    async def work(opened: Opened) -> list[Suggestion]:
        found: list[Suggestion] = []
        after = "0"
        while page := await opened.store.suggestions.read(after=after):
            found.extend(suggestion for _, suggestion in page)
            after = page[-1][0]
        return found

    suggestions = connected(Settings(), work)
    try:
        rows = labels.write(folder, suggestions)
    except OSError as error:
        fail(f"the corpus cannot be written: {error}", "free space, or give another folder")
    typer.echo(f"{rows} rows of {len(suggestions)} suggestions in {folder / labels.FILE}")


@app.command("decisions")
def write_decisions(
    folder: Annotated[Path, typer.Argument(help="Folder; decisions.jsonl.gz goes there.")],
) -> None:
    """Write what moderators decided, to train on: texts and clauses, nobody's name.

    Undone decisions are left out, and texts on which moderators disagree. The file holds readers'
    comments: keep it as you keep those.

        moderation store decisions learning
        moderation train --decisions learning
    """
    settings = Settings()

    async def work(opened: Opened) -> decisions.Written:
        policy = load_policy(Homes(settings).policy)
        return await decisions.write(folder, opened.store, policy)

    try:
        written = connected(settings, work)
    except RulesError as error:
        fail(f"the policy is broken:\n{error}", "`moderation rules check` explains it")
    except OSError as error:
        fail(f"the file cannot be written: {error}", "free space, or give another folder")
    typer.echo(
        f"{written.rows} texts of {written.decisions} decisions in {folder / FILE}; "
        f"{written.disputed} left out, on which moderators disagree"
    )


def archive(
    folder: Annotated[
        Path | None, typer.Option(help="Where archives go; default `archive` in the data folder.")
    ] = None,
    older_than: Annotated[
        int | None,
        typer.Option(min=0, metavar="DAYS", help="Default: MODERATION_RETENTION_DAYS."),
    ] = None,
) -> None:
    """Move settled records that are old from the store to archives (gzipped JSON Lines).

    The running service does this every day. Comments that wait for a moderator stay.

        moderation archive --older-than 90
    """

    settings = Settings()
    days = settings.retention_days if older_than is None else older_than
    place = folder or archive_folder(settings)

    async def work(opened: Opened) -> Archived:
        return await opened.store.retention.archive(place, timedelta(days=days))

    try:
        moved = connected(settings, work)
    except OSError as error:
        fail(f"the archive cannot be written: {error}", "free space, or give another --folder")
    typer.echo(f"{moved.records} records and {moved.entries} audit entries moved")
    for file in moved.files:
        typer.echo(str(file))


def _head(known: str | None) -> Head | None:
    if known is None:
        return None
    number, _, digest = known.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise typer.BadParameter("a head is `number:hash`, as `store verify` prints it")
    return Head(int(number), digest)
