"""The moderation record, the flag queue and the audit trail, on any server of the Redis protocol.

`EmbeddedServer` starts a server of the service's own; `Store` is what remembers.
"""

from moderation.store.audit import Audit, Broken, Entry, Head, Verification
from moderation.store.authors import AuthorHistory, Authors, Past
from moderation.store.champion import Promotion, Promotions
from moderation.store.embedded import EmbeddedServer
from moderation.store.errors import (
    ChainBroken,
    Conflict,
    NotFound,
    StoreError,
    StoreInUse,
    StoreUnavailable,
)
from moderation.store.filters import ArticleFacet, Counts, Facets, Filters, HolderFacet, Page
from moderation.store.item import Item, ItemState, Lease, Mark, Note, Outcome, Resolution, Resolved
from moderation.store.queue import Queue
from moderation.store.record import Appeal, Decider, Decision, Record, Revision, Status
from moderation.store.retention import Archived, Retention, verify_archives
from moderation.store.review import Listed, Review, ReviewKind, ReviewLists
from moderation.store.search import RecordPage, Search
from moderation.store.store import Store

__all__ = [
    "Appeal",
    "Archived",
    "ArticleFacet",
    "Audit",
    "AuthorHistory",
    "Authors",
    "Broken",
    "ChainBroken",
    "Conflict",
    "Counts",
    "Decider",
    "Decision",
    "EmbeddedServer",
    "Entry",
    "Facets",
    "Filters",
    "Head",
    "HolderFacet",
    "Item",
    "ItemState",
    "Lease",
    "Listed",
    "Mark",
    "NotFound",
    "Note",
    "Outcome",
    "Page",
    "Past",
    "Promotion",
    "Promotions",
    "Queue",
    "Record",
    "RecordPage",
    "Resolution",
    "Resolved",
    "Retention",
    "Review",
    "ReviewKind",
    "ReviewLists",
    "Revision",
    "Search",
    "Status",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreUnavailable",
    "Verification",
    "verify_archives",
]
