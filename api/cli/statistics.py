"""`moderation store statistics`: how far the audit trail is counted, and counting it again."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.connected import connected
from api.settings import Settings
from api.storing import Opened
from moderation.store.projection import Progress


def statistics(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Count again what the trail in the store tells.")
    ] = False,
) -> None:
    """Count the audit trail for the statistics, and say how far it is counted.

    The running service does this all the time. With `--rebuild`, counts are forgotten and made
    again from the trail; days of which entries were archived stay as they were counted.

        moderation store statistics --rebuild
    """

    async def work(opened: Opened) -> tuple[int, Progress]:
        if rebuild:
            await opened.store.statistics.begin_again()
        done = await opened.store.statistics.catch_up()
        return done, await opened.store.statistics.progress()

    done, progress = connected(Settings(), work)
    typer.echo(f"{done} entries counted now; {progress.counted} of {progress.head} in all")
