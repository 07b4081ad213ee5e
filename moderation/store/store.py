"""The store of one site: record, queue, audit trail and retention, behind one address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

from moderation.comment import Comment
from moderation.store.audit import Audit
from moderation.store.connection import Client, close, connect
from moderation.store.encoding import (
    decode_content,
    encode_content,
    identity,
    to_json,
    to_moment,
    to_text,
)
from moderation.store.errors import NotFound
from moderation.store.item import severity
from moderation.store.library import Clock, Library, reaching
from moderation.store.queue import DEFAULT_UNDO_WINDOW, Queue
from moderation.store.record import Decider, Decision, Record, Revision, Status
from moderation.store.retention import Retention
from moderation.store.suggestions import Suggestions
from moderation.verdict import Verdict

NAMESPACE = "moderation"
LONGEST_ID = 500


class Store:
    """Everything that the service remembers. One per event loop; close it there.

    `namespace` lets several sites share a server. `clock` replaces the server's, for tests.
    """

    def __init__(
        self,
        client: Client,
        *,
        namespace: str = NAMESPACE,
        undo_window: timedelta = DEFAULT_UNDO_WINDOW,
        clock: Clock | None = None,
    ) -> None:
        self._library = Library(client, namespace, clock)
        self.queue = Queue(self._library, undo_window)
        self.audit = Audit(self._library)
        self.retention = Retention(self._library, self.audit)
        self.suggestions = Suggestions(self._library)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        namespace: str = NAMESPACE,
        undo_window: timedelta = DEFAULT_UNDO_WINDOW,
        clock: Clock | None = None,
    ) -> Self:
        """A store whose server has answered. Raises StoreUnavailable and ValueError (address)."""
        store = cls(connect(url), namespace=namespace, undo_window=undo_window, clock=clock)
        try:
            await store._library.load()
        except BaseException:
            await store.close()
            raise
        return store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await close(self._library.client)

    async def ping(self) -> None:
        """Returns when the server answers. Raises StoreUnavailable."""
        async with reaching():
            await self._library.client.ping()

    async def submit(self, comment: Comment, verdict: Verdict) -> Record:
        """Records a verdict, and queues the comment when it is flagged; both or neither.

        A comment id that comes again with the same text under the same article is answered with
        the first decision and changes nothing. Another text is a new revision that takes the
        place of the old one, in the queue too. Raises StoreUnavailable, and ValueError for an id
        that is empty or longer than 500 characters.
        """
        if not 0 < len(comment.id) <= LONGEST_ID:
            raise ValueError(f"a comment's id has 1 to {LONGEST_ID} characters")
        content = encode_content(comment, verdict)
        clauses = tuple(dict.fromkeys(reason.clause for reason in verdict.reasons))
        article = comment.article
        clause = clauses[0] if clauses else ""
        detail = {"action": verdict.action, "content": sha256(content).hexdigest()}
        reply = await self._library.transition(
            "record_submit",
            comment.id,
            identity(comment),
            content,
            verdict.action,
            clause,
            to_json(clauses),
            severity(verdict),
            "" if article is None else article.id or "",
            "" if article is None else article.section or "",
            to_json({**detail, "clause": clause} if clause else detail),
        )
        return _record(comment.id, reply)

    async def get(self, comment: str) -> Record:
        """The record of a comment id. Raises NotFound and StoreUnavailable."""
        reply = await self._library.call("record_get", comment)
        if reply[0] == b"absent":
            raise NotFound(f"there is no record of a comment `{comment}`")
        return _record(comment, reply)

    async def revisions(self, comment: str) -> tuple[Revision, ...]:
        """Every revision of a comment, the first first; none for an unknown id."""
        contents = await self._library.call("record_contents", comment)
        return tuple(
            _revision(number, content) for number, content in enumerate(contents, 1) if content
        )


def _revision(number: int, content: bytes) -> Revision:
    comment, verdict = decode_content(content)
    return Revision(number, comment, verdict)


def _record(identifier: str, reply: Sequence[Any]) -> Record:
    outcome, flat, content = reply
    fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
    return Record(
        id=identifier,
        status=Status(fields["status"].decode()),
        revision=_revision(int(fields["revision"]), content),
        submitted=to_moment(fields["submitted"]),
        decision=_decision(fields),
        item=fields["item"].decode() or None,
        repeated=outcome == b"repeated",
    )


def _decision(fields: Mapping[str, bytes]) -> Decision | None:
    if "decided" not in fields:
        return None
    return Decision(
        by=Decider(fields["by"].decode()),
        at=to_moment(fields["decided"]),
        moderator=to_text(fields["moderator"]) if "moderator" in fields else None,
        clause=to_text(fields["clause"]) or None,
        note=to_text(fields.get("note", b"")),
    )
