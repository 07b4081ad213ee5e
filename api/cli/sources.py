"""The rules and the policy that a command reads: those that are named, else the site's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from api.settings import Settings

OWN_PACKS: Final = "what the site serves: its copy in MODERATION_DATA, else MODERATION_RULES"
"""Where packs come from that are not named, for `--help`."""
OWN_POLICY: Final = "what the site serves: its copy in MODERATION_DATA, else MODERATION_POLICY"
"""The same of the policy."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The folder of the packs, and the policy file."""

    packs: Path
    policy: Path


def sources(settings: Settings, packs: Path | None = None, policy: Path | None = None) -> Sources:
    """What is named, and for the rest what the site serves.

    The site's own is what its service serves and `moderation rules publish` publishes: the files
    that the settings name, or the copy that stands for them once something was published over what
    is shipped. Where a copy is read, standard error says so.
    """
    from api.rulebook.homes import Homes

    homes = Homes(settings)
    for named, own, configured in (
        (packs, homes.packs, settings.rules),
        (policy, homes.policy, settings.policy),
    ):
        if named is None and own != configured:
            typer.echo(f"reading {own}, which the site serves", err=True)
    return Sources(packs or homes.packs, policy or homes.policy)
