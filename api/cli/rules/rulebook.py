"""What the commands on published rules share."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from api.cli.connected import connected
from api.cli.failure import fail
from api.rulebook.loading import Loader
from api.rulebook.rulebook import Rulebook
from api.rulebook.versions import Published
from api.settings import Settings
from api.storing import Opened
from api.wiring import LoadedClassifier, load_classifier
from moderation.store import Conflict, NotFound
from rules.errors import RulesError

Result = TypeVar("Result")

By = Annotated[
    str, typer.Option(help="Who does it, for the history; default the user of this computer.")
]
Why = Annotated[str, typer.Option(help="Why, for the history.")]


def with_rulebook(
    settings: Settings,
    work: Callable[[Opened, Rulebook], Awaitable[Result]],
    *,
    judging: bool = False,
) -> Result:
    """What `work` returns, given the store and the rulebook in it; fails the command otherwise.

    With `judging`, the classifier is loaded as the service has it.
    """
    classifier = LoadedClassifier(None)
    if judging and settings.classifier:
        classifier = load_classifier(settings.served_model)
        if classifier.problem:
            typer.echo(f"judging by rules alone: {classifier.problem}", err=True)
    loader = Loader(classifier.classifier, expects_classifier=settings.classifier)

    async def run(opened: Opened) -> Result:
        try:
            return await work(opened, Rulebook(opened.versions, loader, opened.store))
        except RulesError as error:
            for problem in error.problems:
                typer.echo(str(problem))
            fail("nothing was published or judged", "repair the places named, and try again")
        except Conflict as error:
            fail(str(error), "moderation rules history --diff")
        except NotFound as error:
            fail(str(error))

    return connected(settings, run)


def user() -> str:
    """The name of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


def line(published: Published) -> str:
    """A line of the history: version, when, who, how and why, and what it came after."""
    how = published.kind.value.replace("_", " ")
    after = f", after {published.parent}" if published.parent else ""
    why = f": {published.why}" if published.why else ""
    return (
        f"{published.version}  {published.at:%Y-%m-%d %H:%M:%S}  {how} by {published.by}{why}"
        f"  (rules {published.rules}, policy {published.policy}{after})"
    )
