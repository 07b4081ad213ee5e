"""What can stand between a caller and the store, in words for people."""

from __future__ import annotations


class StoreError(Exception):
    """Any failure of the store. The message says what is wrong and what to do."""


class StoreUnavailable(StoreError):  # noqa: N818 - names what callers see: a state, not a mistake
    """The store cannot be reached or cannot take writes now. Nothing is known to be recorded."""


class StoreInUse(StoreError):  # noqa: N818
    """Another service holds the data directory."""


class NotFound(StoreError):  # noqa: N818
    """There is no such comment or queue item."""


class Conflict(StoreError):  # noqa: N818
    """The item or comment is not in the state that the request needs.

    `reason` is stable for programs: `waiting`, `escalated`, `held` (by somebody else), `expired`,
    `resolved`, `superseded`, `other` (the request id was used before), `undone`, `nothing` (to
    undo), `foreign` (somebody else's resolution), `late` (the window to undo has passed), `barred`
    (an appeal against this moderator's decision), `full` (of notes), `absent` (among many items),
    `not_refused`, `appealed`, `decided_by_moderator`, `changed` (another version of the rules was
    published meanwhile). `holder` is who holds the item, where somebody does.
    """

    def __init__(self, reason: str, message: str, holder: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.holder = holder


class ChainBroken(StoreError):  # noqa: N818
    """The audit trail does not verify, so that it must not be archived and cut."""
