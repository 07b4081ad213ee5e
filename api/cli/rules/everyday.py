"""`moderation rules everyday`: make the list of everyday words again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import fail
from rules.everyday import FILE


def everyday(
    corpora: Annotated[
        Path,
        typer.Option(
            help="Folder of *.jsonl.gz files as `moderation train` reads them; files named "
            "*.dev.jsonl.gz are not counted.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="File to write.", show_default="the list that is shipped")
    ] = FILE,
) -> None:
    """Make the list of everyday words again, from labelled comments.

    `moderation rules check` warns of rules that hold for one of these words alone. Your own
    moderators' decisions make the list fit your readers; the file holds single words and counts, no
    text of a comment.

        moderation rules everyday --corpora corpora/
    """
    from classifiers.corpora import CorpusError, read
    from rules.everyday.build import build, write
    from rules.load import load_rules

    try:
        examples = read(corpora).training()
    except CorpusError as error:
        fail(str(error))
    abusive = [example.text for example in examples if any(example.labels.values())]
    clean = [
        example.text
        for example in examples
        if example.labels.get("abusive") == 0 and not any(example.labels.values())
    ]
    built = build(clean, abusive, load_rules())
    write(built.words, output)
    typer.echo(
        f"{len(built.words)} words of {len(clean)} comments without abuse; "
        f"{len(built.left_out)} left out as abuse; written to {output}"
    )
