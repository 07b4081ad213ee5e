"""Where a challenger model would have judged otherwise, kept in the store: the newest, and counts.

Neither holds a text: a difference names its comment, whose record says what became of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from moderation.finding import Source
from moderation.span import Span
from moderation.store.connection import Client
from moderation.store.encoding import to_moment
from moderation.store.library import reaching
from moderation.verdict import Action, Reason, Verdict

MOST: Final = 10_000
"""How many differences are kept, the newest."""
KEPT_DAYS: Final = 90
"""How long the hourly counts are kept."""
SAME: Final = "same"
CLAUSE: Final = "clause"
"""The kind of a difference whose action is the same, under another clause."""
DROPPED: Final = "dropped"
FAILED: Final = "failed"
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """The versions of two models of which the second would take the place of the first."""

    champion: str
    challenger: str


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two models made of a comment. Reasons are without evidence."""

    action: Action
    reasons: tuple[Reason, ...]

    @property
    def clause(self) -> str | None:
        """The gravest reason's."""
        return self.reasons[0].clause if self.reasons else None

    @classmethod
    def of(cls, verdict: Verdict) -> Side:
        """The part of a verdict that is compared and shown."""
        return cls(verdict.action, verdict.reasons)


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides on one revision of a comment."""

    comment: str
    revision: int
    pair: Pair
    champion: Side
    challenger: Side

    @property
    def kind(self) -> str:
        """`same`, `clause`, or both actions such as `allow_flag`, the champion's first."""
        if self.champion.action is not self.challenger.action:
            return f"{self.champion.action}_{self.challenger.action}"
        return SAME if self.champion.clause == self.challenger.clause else CLAUSE


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept one. `id` continues a list after it."""

    id: str
    at: datetime
    compared: Compared


@dataclass(frozen=True, slots=True)
class Hour:
    """How often each kind came in the hour from `at`, in UTC."""

    at: datetime
    counts: Mapping[str, int]


class Differences:
    """The differences of one site. Methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._stream = f"{root}:challenger:differences"
        self._totals = f"{root}:challenger:totals"

    async def add(self, pair: Pair, compared: Iterable[Compared], **lost: int) -> None:
        """Counts what was compared, with what was `dropped` or `failed`, and keeps differences."""
        found = list(compared)
        counts = Counter({kind: number for kind, number in lost.items() if number})
        counts.update(each.kind for each in found)
        now = datetime.now(UTC)
        day = self._day(pair, now)
        async with reaching():
            pipeline = self._client.pipeline(transaction=False)
            for each in found:
                if each.kind != SAME:
                    fields: Any = {"difference": _encoded(each)}
                    pipeline.xadd(self._stream, fields, maxlen=MOST)
            for kind, number in counts.items():
                pipeline.hincrby(day, f"{now:%H}|{kind}", number)
            pipeline.expire(day, timedelta(days=KEPT_DAYS))
            await pipeline.execute()

    async def read(
        self, pair: Pair, *, limit: int = 50, before: str | None = None, kind: str | None = None
    ) -> list[Difference]:
        """Those between two models, the newest first; `before` is the id of the last one read."""
        found: list[Difference] = []
        end = f"({before}" if before else "+"
        while True:
            async with reaching():
                entries: Any = await self._client.xrevrange(
                    self._stream, max=end, min="-", count=_PAGE
                )
            for identifier, fields in entries:
                each = _decoded(fields[b"difference"])
                if each.pair == pair and kind in (None, each.kind):
                    number = identifier.decode()
                    at = to_moment(number.partition("-")[0])
                    found.append(Difference(number, at, each))
                    if len(found) == limit:
                        return found
            if len(entries) < _PAGE:
                return found
            end = f"({entries[-1][0].decode()}"

    async def totals(self, pair: Pair, days: int = 7) -> list[Hour]:
        """The hours of the last days in which anything was judged, the oldest first."""
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        past = [today - timedelta(days=back) for back in reversed(range(min(days, KEPT_DAYS)))]
        async with reaching():
            pipeline = self._client.pipeline(transaction=False)
            for day in past:
                pipeline.hgetall(self._day(pair, day))
            replies = await pipeline.execute()
        return [
            hour for day, counts in zip(past, replies, strict=True) for hour in _hours(day, counts)
        ]

    def _day(self, pair: Pair, at: datetime) -> str:
        return f"{self._totals}:{pair.champion}:{pair.challenger}:{at:%Y%m%d}"


def summed(hours: Iterable[Hour]) -> Counter[str]:
    """The counts of all hours together."""
    total: Counter[str] = Counter()
    for hour in hours:
        total.update(hour.counts)
    return total


def _hours(day: datetime, counts: Mapping[bytes, bytes]) -> Sequence[Hour]:
    told: dict[int, dict[str, int]] = {}
    for field, number in counts.items():
        hour, _, kind = field.decode().partition("|")
        told.setdefault(int(hour), {})[kind] = int(number)
    return [Hour(day.replace(hour=hour), told[hour]) for hour in sorted(told)]


def _encoded(compared: Compared) -> str:
    return json.dumps(
        {
            "comment": compared.comment,
            "revision": compared.revision,
            "pair": [compared.pair.champion, compared.pair.challenger],
            "champion": _side(compared.champion),
            "challenger": _side(compared.challenger),
        },
        separators=(",", ":"),
    )


def _decoded(told: bytes) -> Compared:
    said = json.loads(told)
    return Compared(
        said["comment"],
        said["revision"],
        Pair(*said["pair"]),
        _read_side(said["champion"]),
        _read_side(said["challenger"]),
    )


def _side(side: Side) -> Mapping[str, Any]:
    return {
        "action": side.action,
        "reasons": [
            [
                reason.clause,
                reason.action,
                [reason.source.kind, reason.source.name, reason.source.version],
                round(reason.score, 4),
                [[span.start, span.end] for span in reason.spans],
                reason.mention,
            ]
            for reason in side.reasons
        ],
    }


def _read_side(said: Mapping[str, Any]) -> Side:
    return Side(
        Action(said["action"]),
        tuple(
            Reason(
                clause,
                Action(action),
                Source(*source),
                score,
                tuple(Span(start, end) for start, end in spans),
                mention=mention,
            )
            for clause, action, source, score, spans, mention in said["reasons"]
        ),
    )
