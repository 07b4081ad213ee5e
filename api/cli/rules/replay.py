"""`moderation rules replay`: judge an old decision again, under any version."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.printable import printable
from api.cli.rules.rulebook import with_rulebook
from api.rulebook.rulebook import Rulebook
from api.settings import Settings
from api.storing import Opened
from moderation.store import Record
from moderation.verdict import Verdict


def replay(
    comment: Annotated[str, typer.Argument(metavar="COMMENT-ID")],
    version: Annotated[
        str | None,
        typer.Option(help="The version to judge by, or its beginning; default: the current one."),
    ] = None,
) -> None:
    """Judge a recorded comment again and show both verdicts, then and now. Nothing is recorded.

    Rules and policy are the version's, the classifier is today's.

        moderation rules replay comment-7 --version 3fa4b2c1d0e9
    """

    async def work(opened: Opened, rulebook: Rulebook) -> tuple[Record, Verdict]:
        record = await opened.store.get(comment)
        current = await rulebook.current()
        named = version or (current.version if current else None)
        return record, await rulebook.replay(record, named)

    record, now = with_rulebook(Settings(), work, judging=True)
    then = record.revision.verdict
    table = Table("", "then", "now")
    table.add_row("action", _plain(then.action), _plain(now.action))
    table.add_row("reasons", _reasons(then, record), _reasons(now, record))
    table.add_row("rules", _plain(then.versions.rules), _plain(now.versions.rules))
    table.add_row("policy", _plain(then.versions.policy), _plain(now.versions.policy))
    table.add_row(
        "model", _plain(then.versions.model or "none"), _plain(now.versions.model or "none")
    )
    Console().print(table)


def _reasons(verdict: Verdict, record: Record) -> Text:
    text = record.revision.comment.text
    lines = [
        f"{reason.action} {reason.clause} {reason.source.name} {reason.score:.2f}"
        + "".join(f" «{text[span.start : span.end]}»" for span in reason.spans)
        for reason in verdict.reasons
    ]
    return Text("\n").join(map(_plain, lines))


def _plain(text: str) -> Text:
    # Comments are hostile: neither markup nor control characters reach the terminal.
    return Text(printable(text))
