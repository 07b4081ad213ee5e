"""The store of one site: record, queue, audit trail and retention, behind one address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

from moderation.comment import Comment
from moderation.likeness import likeness
from moderation.store.audit import Audit
from moderation.store.authors import Authors
from moderation.store.breaker import BreakerMemory
from moderation.store.champion import Promotions
from moderation.store.connection import Client, close, connect
from moderation.store.encoding import encode_content, identity, to_json
from moderation.store.errors import NotFound
from moderation.store.item import Item, severity
from moderation.store.library import Clock, Library, reaching
from moderation.store.limits import (
    DEFAULT_LEASE,
    DEFAULT_UNDO_WINDOW,
    LONGEST_APPEAL,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_NOTE,
    check_moderator,
    check_text,
    milliseconds,
)
from moderation.store.projection import Projection
from moderation.store.queue import Queue
from moderation.store.reading import read_conflict, read_item
from moderation.store.record import Record, Revision, read_record, read_revision
from moderation.store.retention import Retention
from moderation.store.review import Review
from moderation.store.search import Finder, RecordPage, Search
from moderation.store.sightings import Sightings
from moderation.store.suggestions import Suggestions
from moderation.verdict import Verdict

NAMESPACE = "moderation"


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
        self.statistics = Projection(self._library)
        self.retention = Retention(self._library, self.audit, self.statistics)
        self.suggestions = Suggestions(self._library)
        self.sightings = Sightings(self._library)
        self.breaker = BreakerMemory(self._library)
        self.promotions = Promotions(self._library)
        self.authors = Authors(self._library)
        self.review = Review(self._library)
        self._finder = Finder(self._library)

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

    async def submit(
        self,
        comment: Comment,
        verdict: Verdict,
        *,
        dialect: str | None = None,
        newcomer: bool | None = None,
    ) -> Record:
        """Records a verdict, and queues the comment when it is flagged; both or neither.

        A comment that is allowed is queued too where it is on the watch list (see `review`). A
        comment id that comes again with the same text under the same article is answered with the
        first decision and changes nothing. Another text is a new revision that takes the place of
        the old one, in the queue too.

        `dialect` and `newcomer` tell moderators more of the comment. Where `newcomer` is None, the
        comment's own is taken, and without one the store decides: an author's first three comments.
        Raises StoreUnavailable, and ValueError for an id that is empty or longer than 500
        characters, and for a dialect with more than 200.
        """
        if not 0 < len(comment.id) <= LONGEST_ID:
            raise ValueError(f"a comment's id has 1 to {LONGEST_ID} characters")
        if dialect is not None and len(dialect) > LONGEST_NAME:
            raise ValueError(f"a dialect's name has at most {LONGEST_NAME} characters")
        content = encode_content(comment, verdict)
        article = comment.article
        known = comment.newcomer if newcomer is None else newcomer
        clause, clauses, detail = _judgement(content, verdict)
        if dialect:
            detail["dialect"] = dialect
        reply = await self._library.transition(
            "record_submit",
            comment.id,
            identity(comment),
            content,
            verdict.action,
            clause,
            to_json(detail),
            clauses,
            severity(verdict),
            "" if article is None else article.id or "",
            "" if article is None else article.section or "",
            comment.author or "",
            dialect or "",
            likeness(comment.text),
            "" if known is None else str(int(known)),
        )
        return read_record(comment.id, reply, (comment, verdict))

    async def judge_again(self, comment: str, verdict: Verdict, *, actor: str, why: str) -> Record:
        """Puts a new verdict in the place of the machine's last one on the present revision.

        The record and the queue follow: a refused comment that is now allowed is published, a
        waiting one leaves the queue, a published one that is now flagged waits. The watch list and
        an appeal that waits count as before; an appeal ends where the comment is published. The
        same verdict again changes nothing. The trail tells who let the machine judge again
        (`actor`) and `why`, in 1 to 2000 characters.

        Raises NotFound, and Conflict where a moderator decided or escalated the comment
        (`decided_by_moderator`) or holds it (`held`).
        """
        check_moderator(actor)
        check_text("the reason for judging again", why, LONGEST_NOTE)
        while True:
            revision = (await self.get(comment)).revision
            content = encode_content(revision.comment, verdict)
            clause, clauses, detail = _judgement(content, verdict)
            reply = await self._library.transition(
                "record_judge_again",
                comment,
                revision.number,
                content,
                verdict.action,
                clause,
                to_json({**detail, "why": why}),
                clauses,
                severity(verdict),
                actor,
            )
            # The comment was edited meanwhile: its new revision is what is judged.
            if reply[0] != b"changed":
                return read_record(comment, _settled(comment, reply))

    async def appeal(self, comment: str, text: str) -> Item:
        """Queues a commenter's appeal against a refusal, with their words.

        The record stays refused until a moderator approves; who refused does not get the item. The
        same words again get the same answer. Raises NotFound, Conflict (`not_refused`, and
        `appealed` for a second appeal on one revision), and ValueError unless the text has 1 to
        2000 characters.
        """
        check_text("the appeal", text, LONGEST_APPEAL)
        reply = await self._library.transition(
            "record_appeal", comment, text, to_json({"text": text})
        )
        return read_item(_settled(comment, reply)[1])

    async def reopen(
        self, comment: str, moderator: str, *, lease: timedelta = DEFAULT_LEASE
    ) -> Item:
        """Puts a comment's present revision into a moderator's hands, whatever became of it.

        An open item is taken; for a decided comment one is made. The record stays as it is until
        the item is resolved. Where it is released or the lease runs out instead, an item that was
        made closes as superseded. Raises NotFound, and Conflict (`held`, `barred`).
        """
        check_moderator(moderator)
        reply = await self._library.transition(
            "record_reopen", comment, moderator, milliseconds(lease, "a lease")
        )
        return read_item(_settled(comment, reply)[1])

    async def get(self, comment: str) -> Record:
        """The record of a comment id. Raises NotFound and StoreUnavailable."""
        reply = await self._library.call("record_get", comment)
        return read_record(comment, _settled(comment, reply))

    async def revisions(self, comment: str) -> tuple[Revision, ...]:
        """Every revision of a comment, the first first, with its last verdict; none for an
        unknown id.
        """
        contents = await self._library.call("record_contents", comment)
        return tuple(
            read_revision(number, content) for number, content in enumerate(contents, 1) if content
        )

    async def recent(self, count: int = 500, before: str | None = None) -> RecordPage:
        """The records submitted last, 1 to 10,000, the newest first.

        `before` is the cursor of an earlier page. Raises ValueError for one that no page gave.
        """
        return await self._finder.find(_EVERY_RECORD, limit=count, cursor=before)

    async def under(
        self, article: str, *, limit: int = 50, before: str | None = None
    ) -> RecordPage:
        """The records of comments under the article of an id, the newest first."""
        return await self._finder.find(Search(article=article), limit=limit, cursor=before)

    async def search(
        self, search: Search, *, limit: int = 50, cursor: str | None = None
    ) -> RecordPage:
        """The records that a search wants, the newest first.

        One call looks at no more than some ten thousand records: a page may hold fewer than asked
        for, even none, and still have a next one.
        """
        return await self._finder.find(search, limit=limit, cursor=cursor)


_EVERY_RECORD = Search()


def _judgement(content: bytes, verdict: Verdict) -> tuple[str, bytes, dict[str, str]]:
    """The clause of a refusal, all clauses, and what the trail tells of a verdict."""
    clauses = tuple(dict.fromkeys(reason.clause for reason in verdict.reasons))
    clause = clauses[0] if clauses else ""
    detail = {"action": str(verdict.action), "content": sha256(content).hexdigest()}
    return clause, to_json(clauses), {**detail, "clause": clause} if clause else detail


def _settled(comment: str, reply: Sequence[Any]) -> Sequence[Any]:
    """A reply on a comment, where it is neither of those raised: NotFound and Conflict."""
    if reply[0] == b"absent":
        raise NotFound(f"there is no record of a comment `{comment}`")
    if reply[0] == b"conflict":
        raise read_conflict(f"comment `{comment}`", reply)
    return reply
