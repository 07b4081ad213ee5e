"""Where the console leads, by role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.console.accounts import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One place: its address, the key of its name, the least role that sees it."""

    path: str
    key: str
    role: str


_ENTRIES: Final = (
    Entry("/console/queue", "common.queue", "moderator"),
    Entry("/console/history", "common.history", "moderator"),
    Entry("/console/dashboard", "common.dashboard", "moderator"),
    Entry("/console/rules", "common.rules", "senior"),
    Entry("/console/models", "common.models", "senior"),
    Entry("/console/webhooks", "common.webhooks", "admin"),
    Entry("/console/site", "common.site", "senior"),
    Entry("/console/accounts", "common.accounts", "admin"),
)
_RANKS: Final = {"moderator": 0, "senior": 1, "admin": 2}


def entries(role: Role) -> tuple[Entry, ...]:
    """What somebody of a role sees in the navigation."""
    return tuple(entry for entry in _ENTRIES if _RANKS[entry.role] <= _RANKS[str(role)])
