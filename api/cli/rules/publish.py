"""`moderation rules publish`: make a folder of rules what every service serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli.rules.rulebook import By, Why, line, user, with_rulebook
from api.cli.sources import Sources, sources
from api.rulebook import files
from api.rulebook.files import PACKS, POLICY, Files, joined
from api.rulebook.rulebook import Rulebook
from api.rulebook.versions import Published
from api.settings import Settings
from api.storing import Opened
from rules.errors import Problem, RulesError


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
    services of the site serve it within two seconds, and have it in their folders. A pack that is
    not in the folder serves no more: which files came, changed and went is told. What is broken, or
    fails its own examples, is not published: nothing changes then.

        moderation rules publish --why "the new slur of this week"
        moderation rules publish my-rules/ --policy my-policy.yaml --why "reviewed by the desk"
    """
    settings = Settings()

    places = sources(settings, folder, policy)

    async def work(opened: Opened, rulebook: Rulebook) -> tuple[list[str], Published]:
        current = await rulebook.current()
        found = files.read(places.packs, places.policy)
        before = await opened.versions.files(current.version) if current else Files({})
        if folder is not None and policy is None and current is not None:
            found = joined(packs=found, policy=before)
        try:
            done = await rulebook.publish(
                _texts(found),
                by=by or user(),
                why=why,
                base=base or (current.version if current else None),
            )
        except RulesError as error:
            raise RulesError([_on_disk(each, places) for each in error.problems]) from error
        return list(_changes(before, found)) if current else [], done

    changes, done = with_rulebook(settings, work)
    typer.echo(line(done))
    for change in changes:
        typer.echo(change, err=True)


def _changes(before: Files, after: Files) -> Iterator[str]:
    """The files that came, changed and went."""
    for name in sorted(before.contents.keys() | after.contents.keys()):
        if name not in before.contents:
            yield f"+ {name}"
        elif name not in after.contents:
            yield f"- {name} serves no more"
        elif before.digests[name] != after.digests[name]:
            yield f"~ {name}"
    if before.contents == after.contents:
        yield "nothing changed: this is what serves"


def _on_disk(problem: Problem, places: Sources) -> Problem:
    """A problem under the name that the file has on disk, and not in the published set."""
    if problem.path == Path(POLICY):
        return replace(problem, path=places.policy)
    if problem.path.is_relative_to(PACKS):
        return replace(problem, path=places.packs / problem.path.relative_to(PACKS))
    return problem


def _texts(found: Files) -> dict[str, str]:
    # Bytes that are no UTF-8 become halves of characters, which the check names.
    return {
        name: content.decode("utf-8", "surrogateescape") for name, content in found.contents.items()
    }
