"""The statistics: a projection of the audit trail, counted as it grows.

Every transition is an entry of the trail, so that nothing is lost between a decision and its count;
what is counted and how far the trail was read change in one step, so that nothing counts twice,
however many services count and wherever one of them dies. Retention has the trail counted before it
cuts it.

Counts are kept by the hour for 62 days and by the day (UTC) for 800 days; then they are dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from moderation.store.audit import Entry
from moderation.store.counting import Counts, ItemBefore, Names, Told, counts_of
from moderation.store.encoding import (
    decode_content,
    from_json,
    to_json,
    to_milliseconds,
    to_moment,
    to_text,
)
from moderation.store.library import Library
from moderation.store.record import Status
from moderation.store.statistics import RuleNumbers, Statistics, rules_of, statistics_of

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
HOURS_KEPT: Final = timedelta(days=60)
"""How far back a period may begin or end within a day."""
LONGEST_BY_HOUR: Final = timedelta(days=8)
"""How long a period has one point for each hour; longer ones have one for each day."""
PAGE: Final = 100
_BUCKETS_IN_ONE: Final = 24
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_IN_POINTS: Final = ('["judged"', '["decided"', '["wait"')

Pause = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """The number of the last entry that was counted, and of the last that there is."""

    counted: int
    head: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Since when open comments wait, held ones too; None where none is open.

    Of more than 10,000 in one state, a sample tells.
    """

    oldest: datetime | None
    median: datetime | None


class Projection:
    """The statistics of one namespace. All methods raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def catch_up(self, pause: Pause | None = None) -> int:
        """Counts what the trail tells since the last time; the number of entries that this did.

        `pause` is awaited between pages. Several services may do so at once.
        """
        done = 0
        while True:
            counted, entries = await self._library.call("statistics_read", PAGE)
            if not entries:
                return done
            told = [_told(each) for each in entries]
            done += await self._add(counted, told)
            if pause is not None:
                await pause()

    async def begin_again(self) -> None:
        """Forgets what was counted and can be counted again: `catch_up` then does.

        Days of which entries were archived stay as they were counted.
        """
        await self._library.call("statistics_again")

    async def progress(self) -> Progress:
        """How far the trail was counted."""
        counted, head = await self._library.call("statistics_counted")
        return Progress(int(counted), int(head))

    async def between(self, since: datetime, until: datetime) -> Statistics:
        """The statistics of a period, rounded to whole hours, or to whole days (UTC) where an end
        of it is older than 60 days.

        Raises ValueError for a time without a zone, and where the period has no length.
        """
        if since.tzinfo is None or until.tzinfo is None:
            raise ValueError("the ends of a period have a time zone, for example +00:00")
        now = to_moment(await self._library.transition("moment"))
        since = _floor(since, _unit(since, now))
        until = _ceiling(until, _unit(until, now))
        if since >= until:
            raise ValueError("a period ends after it begins")
        by_hour = until - since <= LONGEST_BY_HOUR and now - since < HOURS_KEPT
        step = HOUR if by_hour else DAY
        counts = await self._sum(since, until)
        first = _floor(since, step)
        starts = _steps(first, _ceiling(until, step), step)
        found = await self._buckets(step, starts, _IN_POINTS)
        points = dict(zip(starts, found, strict=True))
        return statistics_of(since, until, step, counts, points)

    async def by_rule(self, days: int) -> Mapping[str, RuleNumbers]:
        """What each rule (`pack/rule`) did today and on the days before, `days` in all (UTC).

        Rules that did nothing are left out.
        """
        now = to_moment(await self._library.transition("moment"))
        starts = [_floor(now, DAY) - DAY * back for back in range(days)]
        return rules_of(_total(await self._buckets(DAY, starts, ('["rule"',))))

    async def waiting(self) -> Waiting:
        """How old the queue is."""
        oldest, median = await self._library.call("statistics_waiting")
        return Waiting(to_moment(oldest) if oldest else None, to_moment(median) if median else None)

    async def _add(self, counted: bytes, told: Sequence[Told]) -> int:
        counts = Counts()
        for each in told:
            counts.update(counts_of(each))
        by_hour: dict[int, dict[str, int]] = {}
        for (hour, names), count in counts.items():
            by_hour.setdefault(hour, {})[to_text(to_json(names))] = count
        pairs = [part for hour, fields in by_hour.items() for part in (str(hour), to_json(fields))]
        last = str(told[-1].entry.number)
        added = await self._library.call("statistics_add", counted, last, *pairs)
        return len(told) if added else 0

    async def _sum(self, since: datetime, until: datetime) -> Counter[Names]:
        """The whole days within a period by the day, and its ends by the hour."""
        first_day, last_day = _ceiling(since, DAY), _floor(until, DAY)
        if first_day > last_day:
            return _total(await self._buckets(HOUR, _steps(since, until, HOUR)))
        edges = [*_steps(since, first_day, HOUR), *_steps(last_day, until, HOUR)]
        found = await self._buckets(DAY, _steps(first_day, last_day, DAY))
        return _total([*found, *await self._buckets(HOUR, edges)])

    async def _buckets(
        self, step: timedelta, starts: Sequence[datetime], prefixes: Sequence[str] = ()
    ) -> list[Counter[Names]]:
        found: list[Counter[Names]] = []
        name = "hour" if step == HOUR else "day"
        for at in range(0, len(starts), _BUCKETS_IN_ONE):
            some = [str(to_milliseconds(each)) for each in starts[at : at + _BUCKETS_IN_ONE]]
            replies = await self._library.call(
                "statistics_buckets", name, to_json(list(prefixes)), *some
            )
            found.extend(_counter(flat) for flat in replies)
        return found


def _unit(moment: datetime, now: datetime) -> timedelta:
    return HOUR if now - moment < HOURS_KEPT else DAY


def _floor(moment: datetime, step: timedelta) -> datetime:
    return _EPOCH + step * ((moment - _EPOCH) // step)


def _ceiling(moment: datetime, step: timedelta) -> datetime:
    floor = _floor(moment, step)
    return floor if floor == moment else floor + step


def _steps(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    return [since + step * at for at in range((until - since) // step)]


def _total(counters: Iterable[Counter[Names]]) -> Counter[Names]:
    total: Counter[Names] = Counter()
    for each in counters:
        total.update(each)
    return total


def _counter(flat: Sequence[bytes]) -> Counter[Names]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return Counter({tuple(from_json(field)): int(count) for field, count in pairs})


def _told(reply: Sequence[Any]) -> Told:
    told, content = reply
    fields = from_json(told)
    return Told(
        entry=_entry(fields["entry"]),
        verdict=decode_content(content)[1] if content else None,
        item=_item(fields["item"]) if "item" in fields else None,
        undone=_entry(fields["undone"]) if "undone" in fields else None,
    )


def _entry(fields: Mapping[str, str]) -> Entry:
    return Entry(
        number=int(fields["number"]),
        kind=fields["kind"],
        milliseconds=int(fields["at"]),
        comment=fields["comment"],
        revision=int(fields["revision"]) if fields["revision"] else None,
        item=fields["item"] or None,
        actor=fields["actor"],
        detail=fields["detail"],
        hash=fields["hash"],
    )


def _item(fields: Mapping[str, Any]) -> ItemBefore:
    status = fields.get("status")
    return ItemBefore(
        queued=int(fields["queued"]),
        appeal=fields["appeal"],
        reopened=fields["reopened"],
        status=Status(status) if status else None,
        by=fields.get("by"),
    )
