"""The moderation record, the flag queue and the audit trail, on any server of the Redis protocol.

`EmbeddedServer` starts a server of the service's own; `Store` is what remembers.
"""

from moderation.store.audit import Audit, Broken, Entry, Head, Verification
from moderation.store.embedded import EmbeddedServer
from moderation.store.errors import (
    ChainBroken,
    Conflict,
    NotFound,
    StoreError,
    StoreInUse,
    StoreUnavailable,
)
from moderation.store.item import Item, ItemState, Lease, Outcome, Resolution, Resolved
from moderation.store.queue import Counts, Filters, Page, Queue
from moderation.store.record import Decider, Decision, Record, Revision, Status
from moderation.store.retention import Archived, Retention, verify_archives
from moderation.store.store import Store

__all__ = [
    "Archived",
    "Audit",
    "Broken",
    "ChainBroken",
    "Conflict",
    "Counts",
    "Decider",
    "Decision",
    "EmbeddedServer",
    "Entry",
    "Filters",
    "Head",
    "Item",
    "ItemState",
    "Lease",
    "NotFound",
    "Outcome",
    "Page",
    "Queue",
    "Record",
    "Resolution",
    "Resolved",
    "Retention",
    "Revision",
    "Status",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreUnavailable",
    "Verification",
    "verify_archives",
]
