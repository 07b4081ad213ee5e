"""`moderation models …`: which model serves, how models compare, and putting one in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.champion import Champion, PromotionError, keep_folder, shelved
from api.cli.connected import connected
from api.cli.failure import fail
from api.cli.rules.rulebook import user
from api.settings import Settings
from api.storing import Opened
from api.wiring import LoadedClassifier
from classifiers import bundle
from classifiers.bundle import BundleError
from moderation.store import Promotion

app = typer.Typer(
    help="Compare models, and promote one.", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_models() -> None:
    """List the bundles that could serve here, the serving one marked, and who promoted which.

    moderation models list
    """
    settings = Settings()

    async def work(opened: Opened) -> tuple[Promotion, ...]:
        return await opened.store.promotions.history()

    serves = _version(settings.served_model)
    for model in shelved(settings).values():
        typer.echo(f"{'→' if model.version == serves else ' '} {model.version}  {model.folder}")
    for each in connected(settings, work):
        typer.echo(
            f"{each.at:%Y-%m-%d %H:%M}  {each.version} after {each.parent or 'none'}, "
            f"by {each.by}: {each.why}"
        )


@app.command()
def compare(
    models: Annotated[list[Path], typer.Argument(help="Folders of bundles, two or more.")],
    decisions: Annotated[
        Path, typer.Option(help="What `moderation store decisions` wrote, or its folder.")
    ],
    signals: Annotated[
        bool, typer.Option(help="Let the models weigh what the shipped rules find.")
    ] = True,
) -> None:
    """Show models side by side on the decisions that training holds out.

    Compare models on decisions that both were kept from: the same file that the newer was trained
    with.

        moderation models compare classifiers/models/default data/model --decisions learning
    """
    from api.cli.learning import signals_of
    from classifiers import command
    from rules.load import load_rules

    command.compare(decisions, models, signals=signals_of(load_rules()) if signals else None)


@app.command()
def promote(
    model: Annotated[str, typer.Argument(help="Folder of a bundle, or a version from `list`.")],
    why: Annotated[str, typer.Option(help="The reason, for the audit.")],
    by: Annotated[str | None, typer.Option(help="Who does it; default: your user name.")] = None,
) -> None:
    """Have another model judge from now on, for every service; the former one is demoted by this.

    The bundle is verified and copied to `models` in MODERATION_DATA. Running services change over
    within two seconds, without a restart, where they share this folder.

        moderation models promote data/model --why "better on two weeks of decisions"
    """
    settings = Settings()

    async def work(opened: Opened) -> None:
        promotions = opened.store.promotions
        champion = Champion(settings, promotions, _nobody)
        champion.served = former = _version(settings.served_model)
        base = await promotions.current()
        try:
            version = keep_folder(settings, Path(model)) if Path(model).is_dir() else model
            await champion.promote(version, base=base, by=by or user(), why=why)
        except (BundleError, PromotionError) as error:
            fail(str(error), "`moderation models list` shows what is at hand")
        typer.echo(f"{version} serves; before it, {former or 'none'}")

    connected(settings, work)


async def _nobody(_: LoadedClassifier) -> None:
    """No service runs in this process: those that do follow the store."""


def _version(folder: Path) -> str | None:
    try:
        return str(bundle.read_manifest(folder)["model"]["sha256"])[:12]
    except (BundleError, KeyError, TypeError):
        return None
