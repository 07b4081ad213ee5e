"""Where the files of the current version stand on this machine, for editors to be opened on."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from api.rulebook import files
from api.rulebook.files import PACKS, POLICY, Files
from api.settings import Settings
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY

ON_DISK = "files on disk"
"""Who published what was found in a folder."""
SHIPPED = f"shipped with {version('moderation')}"
"""Who published what came with the package."""


@dataclass(frozen=True)
class _Home:
    """One place, and the copy that stands for it where it is not this service's to write."""

    configured: Path
    copy: Path
    shipped: bool

    @property
    def folder(self) -> Path:
        """What has to be writable: the packs' folder, or the one that the policy lies in."""
        return self.configured if self.configured.is_dir() else self.configured.parent

    @property
    def is_ours(self) -> bool:
        return not self.shipped and os.access(self.folder, os.W_OK)

    @property
    def is_copied(self) -> bool:
        return not self.is_ours and self.copy.exists()

    @property
    def path(self) -> Path:
        return self.copy if self.is_copied else self.configured

    @property
    def written(self) -> Path:
        return self.configured if self.is_ours else self.copy


class Homes:
    """The packs' folder and the policy file that the settings name.

    Those that are shipped with the package, which the next upgrade replaces, and those that are
    read-only are never written. The first change that must be written to one makes a copy under
    `MODERATION_DATA/rules`; from then on the copy is what editors are opened on.
    """

    def __init__(self, settings: Settings) -> None:
        copies = settings.data / "rules"
        self._packs = _Home(settings.rules, copies / PACKS, _same(settings.rules, DEFAULT_PACKS))
        self._policy = _Home(
            settings.policy, copies / POLICY, _same(settings.policy, DEFAULT_POLICY)
        )

    @property
    def packs(self) -> Path:
        """The folder of the packs that are edited."""
        return self._packs.path

    @property
    def policy(self) -> Path:
        """The policy file that is edited."""
        return self._policy.path

    @property
    def source(self) -> str:
        """Who published what stands here: the package, or somebody with an editor."""
        return SHIPPED if self.is_shipped and not self.is_copied else ON_DISK

    @property
    def is_shipped(self) -> bool:
        """Whether the settings name what comes with the package."""
        return self._packs.shipped and self._policy.shipped

    @property
    def is_copied(self) -> bool:
        """Whether a copy stands for a place that the settings name."""
        return self._packs.is_copied or self._policy.is_copied

    @property
    def replaced(self) -> tuple[Path, ...]:
        """The places that the settings name and for which a copy stands: nothing reads them."""
        return tuple(home.configured for home in (self._packs, self._policy) if home.is_copied)

    def read(self) -> Files:
        """What stands on disk now, good or not. Raises RulesError for what cannot be read."""
        return files.read(self.packs, self.policy)

    def read_configured(self) -> tuple[Files, bool, bool]:
        """What stands where the settings say, with whether a copy stands for packs and policy.

        Raises RulesError for what cannot be read.
        """
        found = files.read(self._packs.configured, self._policy.configured)
        return found, self._packs.is_copied, self._policy.is_copied

    def path(self, name: Path) -> Path:
        """Where a file of the set stands on disk."""
        parts = name.parts
        return self.policy if parts == (POLICY,) else self.packs.joinpath(*parts[1:])

    def write(self, new: Files) -> None:
        """Makes the files on disk those of a set; each changes as a whole. Raises OSError."""
        old = self.read()
        if new.part(policy=True) != old.part(policy=True):
            _write(self._policy.written, new.contents[POLICY])
        if new.part(policy=False) != old.part(policy=False):
            _write_packs(self._packs.written, new, old if self._packs.written.exists() else None)


def _write_packs(folder: Path, new: Files, old: Files | None) -> None:
    if old is None:
        # A copy comes to be as a whole: a half of one would be taken for an edit.
        partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
        try:
            for name in new.part(policy=False):
                _write(partial / _relative(name), new.contents[name])
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return
    for name in new.part(policy=False):
        if old.digests.get(name) != new.digests[name]:
            _write(folder / _relative(name), new.contents[name])
    for name in old.part(policy=False):
        if name not in new.contents:
            (folder / _relative(name)).unlink(missing_ok=True)


def _relative(name: str) -> str:
    return name.removeprefix(f"{PACKS}/")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _write(path: Path, content: bytes) -> None:
    # A link stays one: what it leads to changes.
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
