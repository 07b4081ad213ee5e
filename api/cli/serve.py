"""`moderation serve`: run the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Folder of rule packs.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model bundle.")] = None,
) -> None:
    """Run the service, with its own store unless REDIS_URL names one.

    The first start prints an API key, once, and a curl line to try. Rule packs and the policy are
    loaded again whenever their files change.

        moderation serve --port 9000 --data /var/lib/moderation
    """
    given = {
        "host": host, "port": port, "data": data, "rules": rules, "policy": policy, "model": model,
    }  # fmt: skip
    settings = Settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    from api.cli.serving import run

    run(settings)
