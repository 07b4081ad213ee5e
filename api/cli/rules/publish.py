"""`moderation rules publish`: make a folder of rules what every service serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.rules.rulebook import By, Why, line, user, with_rulebook
from api.rulebook import files
from api.rulebook.files import Files, joined
from api.rulebook.homes import Homes
from api.rulebook.rulebook import Rulebook
from api.rulebook.versions import Published
from api.settings import Settings
from api.storing import Opened


def publish(
    why: Why,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of rule packs; default: the site's own.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file; default: the one that serves now.")
    ] = None,
    by: By = "",
    base: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Refuse where another version is current by now."),
    ] = None,
) -> None:
    """Publish rule packs and policy: check everything, and serve it everywhere.

    Every pack and list file of the folder is published with the policy as one version. All
    services of the site serve it within two seconds, and have it in their folders. What is broken,
    or fails its own examples, is not published: nothing changes then.

        moderation rules publish --why "the new slur of this week"
        moderation rules publish my-rules/ --policy my-policy.yaml --why "reviewed by the desk"
    """
    settings = Settings()
    homes = Homes(settings)

    async def work(opened: Opened, rulebook: Rulebook) -> tuple[Published | None, Published]:
        current = await rulebook.current()
        found = files.read(folder or homes.packs, policy or homes.policy)
        if folder is not None and policy is None and current is not None:
            found = joined(packs=found, policy=await opened.versions.files(current.version))
        done = await rulebook.publish(
            _texts(found),
            by=by or user(),
            why=why,
            base=base or (current.version if current else None),
        )
        return current, done

    before, done = with_rulebook(settings, work)
    if done == before:
        typer.echo("nothing changed: this is what serves", err=True)
    typer.echo(line(done))


def _texts(found: Files) -> dict[str, str]:
    # Bytes that are no UTF-8 become halves of characters, which the check names.
    return {
        name: content.decode("utf-8", "surrogateescape") for name, content in found.contents.items()
    }
