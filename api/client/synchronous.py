"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

import httpx

from api.client import wire
from api.client.errors import error_of, unreached
from api.client.retrying import PATIENT, Retries
from api.client.wire import Call, Outcome, Preview, QueuePage, Record, State
from api.shown import ItemShown
from moderation.comment import Comment

Result = TypeVar("Result")


class ModerationClient:
    """Calls one service with one key. Close it, or use it as a context manager.

    `timeout` is in seconds, for each attempt. Every method raises ModerationError: what cannot be
    reached or answers "not now" is tried again first, which never makes a decision twice. May be
    shared between threads.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        timeout: float = 10.0,
        retries: Retries = PATIENT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._address = address.rstrip("/")
        self._retries = retries
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"}, timeout=timeout, transport=transport
        )
        self.queue = Queue(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def submit(self, comment: Comment) -> Record:
        """Judges and records a comment; what is flagged waits for a moderator.

        The same text under the same id is answered as before; another text is a new revision.
        """
        return self.call(wire.submit(comment))

    def get(self, comment: str) -> Record:
        """What became of the comment of this id. Raises NotFoundError."""
        return self.call(wire.get(comment))

    def preview(self, comment: Comment) -> Preview:
        """Judges a comment and records nothing."""
        return self.call(wire.preview(comment))

    def preview_batch(self, comments: Sequence[Comment]) -> list[Preview]:
        """Judges several comments and records nothing; the answers keep their order."""
        return self.call(wire.preview_batch(comments))

    def call(self, call: Call[Result]) -> Result:
        """Sends one request, again where that can help, and reads its answer."""
        attempt = 1
        while True:
            try:
                response = self._client.request(
                    call.method,
                    self._address + call.path,
                    json=call.body,
                    params=call.query,
                    headers=call.headers,
                )
            except httpx.TransportError as error:
                pause = self._retries.after_failure(call, error, attempt)
                if pause is None:
                    raise unreached(error, self._address) from error
            else:
                if response.is_success:
                    return call.read(response.content)
                pause = self._retries.after(response, attempt)
                if pause is None:
                    raise error_of(response)
            time.sleep(pause)
            attempt += 1


class Queue:
    """Flagged comments and the decisions of the moderator whose key the client has."""

    def __init__(self, client: ModerationClient) -> None:
        self._client = client

    def page(
        self,
        *,
        state: State | None = None,
        clause: str | None = None,
        article: str | None = None,
        section: str | None = None,
        severity: int | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> QueuePage:
        """Open items, the gravest and then the oldest first; what is None does not narrow."""
        return self._client.call(
            wire.queue_page(state, clause, article, section, severity, mine, cursor, limit)
        )

    def list(
        self,
        *,
        state: State | None = None,
        clause: str | None = None,
        article: str | None = None,
        section: str | None = None,
        severity: int | None = None,
        mine: bool = False,
    ) -> Iterator[ItemShown]:
        """All open items, page by page."""
        cursor: str | None = None
        while True:
            page = self.page(
                state=state,
                clause=clause,
                article=article,
                section=section,
                severity=severity,
                mine=mine,
                cursor=cursor,
            )
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def claim(
        self,
        count: int = 1,
        *,
        clause: str | None = None,
        article: str | None = None,
        section: str | None = None,
        escalated: bool = False,
    ) -> Sequence[ItemShown]:
        """Takes the next items for a while; may be fewer than asked for, and none."""
        return self._client.call(wire.claim(count, clause, article, section, escalated))

    def resolve(
        self, item: str, outcome: Outcome, *, clause: str | None = None, note: str | None = None
    ) -> ItemShown:
        """Approves, rejects (names the clause) or escalates an item that was claimed.

        Raises NotFoundError, and ConflictError where it is not in this moderator's hands.
        """
        return self._client.call(wire.resolve(item, outcome, clause, note))

    def release(self, item: str) -> ItemShown:
        """Gives an item back. Raises NotFoundError and ConflictError."""
        return self._client.call(wire.release(item))

    def undo(self, item: str) -> ItemShown:
        """Takes the own last decision back. Raises NotFoundError and ConflictError."""
        return self._client.call(wire.undo(item))
