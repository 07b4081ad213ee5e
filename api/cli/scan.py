"""`moderation scan`: judge a whole file on many cores."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from api.cli.failure import PROBLEMS, fail
from api.cli.sources import OWN_PACKS, OWN_POLICY, sources
from api.scan.backends import Backend
from api.scan.form import Columns, Form, ScanError, form_of
from api.scan.judging import Judging


def scan(
    source: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="File of comments; .gz too.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File of verdicts.")],
    form: Annotated[
        Form | None, typer.Option("--format", help="Of the source; default: by its name.")
    ] = None,
    output_form: Annotated[
        Form | None, typer.Option("--output-format", help="Of the verdicts; default: by the name.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=COLUMN",
            help="Of CSV and Parquet; may repeat. Parts: id, text, author, parent, newcomer (true "
            "or false), repeats, and of the article title, authors, article (its id), url, "
            "section, tags, people. Default: columns of those names.",
        ),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Repeat each comment's text beside its verdict.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Cores of this machine; -1 takes all.")
    ] = -1,
    backend: Annotated[
        Backend, typer.Option(help="loky: this machine. dask, ray: a cluster.")
    ] = Backend.LOKY,
    address: Annotated[
        str | None,
        typer.Option(help="Of the dask scheduler or ray cluster; without it, one is started here."),
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, help="Comments that are judged together.")] = 1000,
    summary: Annotated[
        Path | None, typer.Option(help="Folder of the summary; default: OUTPUT.summary.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew; replace what is there.")
    ] = False,
    rules: Annotated[
        Path | None, typer.Option(help=f"Folder of rule packs; default: {OWN_PACKS}.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help=f"Policy file; default: {OWN_POLICY}.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model bundle.")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Judge by rules alone.")] = False,
) -> None:
    """Judge a whole file and sum up what was found.

    JSON Lines are read and written as `moderation check --format jsonl` has them:

        moderation scan comments.jsonl -o verdicts.jsonl

    Tables need to know where the text is; plain text has one comment a line:

        moderation scan export.csv -o verdicts.csv --column text=body --column id=comment_id

    A scan that was killed goes on when the same command is given again; nothing is judged twice or
    lost. The summary has plots, `summary.html` to read and `summary.json` for programs. Answers
    keep the order of the source; a row that cannot be judged is answered by its error, and the exit
    code is 1. Parquet needs `pip install 'moderation[bulk]'`.

    On a cluster, whose machines have this package and the same rules and model:

        moderation scan archive.parquet -o verdicts.parquet --backend dask --address tcp://10.0.0.5:8786
    """
    from api.scan.run import Scan, run
    from api.settings import Settings

    settings = Settings()
    read = sources(settings, rules, policy)
    # So that processes that were started end with this one.
    signal.signal(signal.SIGTERM, _end)
    console = Console(stderr=True)
    try:
        made = Scan(
            source=source,
            form=form or form_of(source),
            columns=Columns.of(column or ()),
            output=output,
            judging=Judging(
                rules=read.packs.resolve(),
                policy=read.policy.resolve(),
                model=None
                if no_model or not settings.classifier
                else (model or settings.served_model).resolve(),
                form=_output_form(output_form or form_of(output), output),
                with_text=with_text,
            ),
            summary=summary or output.with_name(f"{output.name}.summary"),
            backend=backend,
            jobs=jobs,
            address=address,
            rows=chunk,
            restart=restart,
        )
        tally = run(made, console)
    except (ScanError, OSError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("ended before the end", "the same command goes on from here")
    _print(made.summary, tally)
    if tally.failed:
        raise typer.Exit(PROBLEMS)


def _output_form(form: Form, output: Path) -> Form:
    if form is Form.TEXT:
        raise ScanError("verdicts are written as jsonl, csv or parquet, not as plain text")
    if output.suffix == ".gz":
        raise ScanError(f"{output}: an output is not packed while it grows; leave .gz away")
    return form


def _print(folder: Path, tally: object) -> None:
    from api.scan import report
    from api.scan.tally import Tally

    assert isinstance(tally, Tally)  # noqa: S101
    console = Console()
    for heading, rows in (report.actions(tally), report.clauses(tally)):
        table = Table(*heading, box=None)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    console.print(f"{folder / 'summary.html'}", soft_wrap=True)


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt
