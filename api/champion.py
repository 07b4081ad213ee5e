"""The model that serves, and how another takes its place without a restart.

Promoted bundles are copied, once verified, to `MODERATION_DATA/models/<version>`; the file
`current` beside them names the one that serves from this folder. It counts as long as
MODERATION_MODEL names no other. The store says which was promoted last: services that share a
store but not a disk change over where they have that bundle, and otherwise say that they have not.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from api.settings import CURRENT, Settings
from api.wiring import LoadedClassifier, load_classifier
from classifiers import bundle
from classifiers.bundle import CARD_FILE, MANIFEST_FILE, MODEL_FILE, BundleError
from moderation.store import Promotion, Promotions, StoreError

_log = structlog.get_logger("api.champion")

POLL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Shelved:
    """A bundle that is at hand: where, what its version is, what its manifest says."""

    folder: Path
    version: str
    manifest: Mapping[str, Any]


def shelved(settings: Settings) -> dict[str, Shelved]:
    """Every bundle that this service could serve, by version: promoted, set or shipped.

    Only manifests are read; a bundle is verified when it is loaded.
    """
    shelf = settings.shelf
    folders = [settings.model, bundle.DEFAULT]
    if settings.challenger is not None:
        folders.append(settings.challenger)
    if shelf.is_dir():
        folders.extend(sorted(path for path in shelf.iterdir() if path.is_dir()))
    found: dict[str, Shelved] = {}
    for folder in folders:
        with suppress(BundleError, KeyError, TypeError):
            manifest = bundle.read_manifest(folder)
            version = str(manifest["model"]["sha256"])[:12]
            found.setdefault(version, Shelved(folder, version, manifest))
    return found


class PromotionError(ValueError):
    """A model cannot be promoted here; the message says why and what to do."""


class Champion:
    """Promotes models for one service. `serve` takes a model that serves from then on."""

    def __init__(
        self,
        settings: Settings,
        promotions: Promotions,
        serve: Callable[[LoadedClassifier], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._promotions = promotions
        self._serve = serve
        self._changing = asyncio.Lock()
        self._told = ""
        self.served: str | None = None
        """The version that serves here."""
        self.missing: str | None = None
        """The version that was promoted last, where this service does not serve it."""

    @property
    def is_fixed(self) -> bool:
        """Whether MODERATION_MODEL names the model, so that nothing can be promoted here."""
        return self._settings.model_is_fixed

    async def history(self, limit: int = 20) -> tuple[Promotion, ...]:
        """The promotions of all services, the newest first. Raises StoreUnavailable."""
        return await self._promotions.history(limit)

    async def promote(self, version: str, *, base: str | None, by: str, why: str) -> None:
        """Has a bundle that is at hand judge for every service, here at once.

        `base` is what was promoted last, as the caller knows it. Raises PromotionError, Conflict
        where another was promoted meanwhile, StoreUnavailable, and ValueError for a reason that is
        empty or too long.
        """
        async with self._changing:
            loaded = await asyncio.to_thread(keep, self._settings, version)
            former = self.served or ""
            with suppress(PromotionError):
                # So that it can come back, even when an upgrade has replaced the shipped one.
                await asyncio.to_thread(keep, self._settings, former)
            await self._promotions.promote(version, base=base, parent=former, by=by, why=why)
            await self._change(version, loaded)

    async def follow(self, stop: asyncio.Event) -> None:
        """Changes over to what others promote, until `stop`. A store that is down is waited for."""
        while not stop.is_set():
            with suppress(StoreError):
                await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)

    async def look(self) -> None:
        """Changes over to what was promoted last, where it is at hand. Raises StoreUnavailable."""
        if not self._settings.classifier:
            return
        promoted = await self._promotions.current()
        if promoted is None or promoted == self.served:
            self.missing = None
            return
        try:
            async with self._changing:
                loaded = await asyncio.to_thread(keep, self._settings, promoted)
                await self._change(promoted, loaded)
        except PromotionError as error:
            self.missing = promoted
            if self._told != promoted:
                self._told = promoted
                _log.warning(
                    "another model was promoted than this service serves",
                    promoted=promoted,
                    served=self.served,
                    reason=str(error),
                )

    async def _change(self, version: str, loaded: LoadedClassifier) -> None:
        await asyncio.to_thread(_point, self._settings, version)
        before, self.served, self.missing = self.served, version, None
        if before != version:
            await self._serve(loaded)


def keep(settings: Settings, version: str) -> LoadedClassifier:
    """The model of a version that is at hand, verified, and copied to the shelf.

    Raises PromotionError.
    """
    if not settings.classifier:
        raise PromotionError("MODERATION_CLASSIFIER is false: this site runs rules alone")
    if settings.model_is_fixed:
        raise PromotionError(
            f"MODERATION_MODEL names the model ({settings.model}): change that setting, or take it "
            "away so that models can be promoted"
        )
    found = shelved(settings).get(version)
    if found is None:
        raise PromotionError(
            f"no bundle of version {version} is here; put it into {settings.shelf / version}"
        )
    home = settings.shelf / version
    try:
        if found.folder.absolute() != home.absolute():
            _copy(found.folder, home)
    except OSError as error:
        raise PromotionError(f"{home}: cannot be written ({error})") from error
    # What is loaded is the copy: nobody can change the original between the check and the use.
    loaded = load_classifier(home)
    if loaded.classifier is None or loaded.classifier.version != version:
        raise PromotionError(loaded.problem or f"{home}: holds another version than {version}")
    return loaded


def keep_folder(settings: Settings, folder: Path) -> str:
    """Puts a bundle from anywhere on the shelf, verified; its version.

    Raises PromotionError and BundleError.
    """
    version = bundle.load(folder).version
    try:
        _copy(folder, settings.shelf / version)
    except OSError as error:
        raise PromotionError(f"{settings.shelf}: cannot be written ({error})") from error
    return version


def _copy(source: Path, home: Path) -> None:
    if home.is_dir():
        return
    half = home.with_name(f".{home.name}-{secrets.token_hex(4)}")
    half.mkdir(parents=True)
    try:
        for name in (MODEL_FILE, MANIFEST_FILE, CARD_FILE):
            if (source / name).is_file():
                shutil.copyfile(source / name, half / name)
        with suppress(FileExistsError):
            half.rename(home)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _point(settings: Settings, version: str) -> None:
    pointer = settings.shelf / CURRENT
    half = pointer.with_name(f".{CURRENT}-{secrets.token_hex(4)}")
    half.write_text(version + "\n", "utf-8")
    os.replace(half, pointer)  # noqa: PTH105 - the atomic one, by its name
