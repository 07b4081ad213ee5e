"""Golden items: comments whose right answer is known, mixed into the queue.

They tell how far moderators, and the machine, agree with the newsroom's line. Nobody can tell one
before deciding on it (see `placed` and `guise`); afterwards its answer is told. It touches no
reader's comment.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from api.console.placed import MOST_NOTES
from api.console.places import Places
from moderation.comment import Article, Comment
from moderation.engine import Engine
from moderation.store import NotFound
from moderation.store.connection import Client
from moderation.store.encoding import to_milliseconds, to_moment
from moderation.store.item import Note, Outcome, Resolution
from moderation.store.library import reaching
from moderation.verdict import Action

MOST: Final = 500
_FIRST: Final = 900_000_000_000_000
"""What they are known by where they are kept. In the queue they get numbers of its own."""


@dataclass(frozen=True, slots=True)
class GoldenItem:
    """A comment, what the newsroom wants done with it, and why. `clause` is a rejection's."""

    id: str
    text: str
    title: str
    outcome: Outcome
    clause: str | None
    why: str
    by: str

    def agrees(self, outcome: Outcome, clause: str | None) -> bool:
        """Whether a decision is the right one, its clause included."""
        return outcome is self.outcome and clause == self.clause


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often decisions were right and wrong; what was escalated was left open."""

    right: int
    wrong: int
    open: int

    @property
    def share(self) -> float | None:
        """The share of right ones among those that were decided, 0..1; None before the first."""
        decided = self.right + self.wrong
        return self.right / decided if decided else None


class Golden:
    """The golden items of one site. Methods raise StoreUnavailable."""

    def __init__(self, client: Client, root: str) -> None:
        self._client = client
        self._root = f"{root}:golden"
        self.places = Places(client, root)

    async def add(
        self,
        text: str,
        outcome: Outcome,
        clause: str | None,
        *,
        title: str = "",
        why: str = "",
        by: str,
    ) -> GoldenItem:
        """A new golden item. Raises ValueError where it cannot be one, or there are too many."""
        Resolution(outcome, clause)
        if outcome is Outcome.ESCALATE:
            raise ValueError("a golden item is approved or rejected")
        if not text.strip():
            raise ValueError("a golden item needs a text")
        async with reaching():
            if await self._client.hlen(self._items) >= MOST:
                raise ValueError(f"there are {MOST} golden items, the most that fit: remove some")
            number = _FIRST + int(await self._client.hincrby(f"{self._root}:numbers", "last", 1))
            item = GoldenItem(str(number), text, title, outcome, clause, why, by)
            await self._client.hset(self._items, item.id, json.dumps(asdict(item)))
        return item

    async def remove(self, item: str) -> None:
        """Takes an item out, off desks too; the answers that it got no longer count."""
        async with reaching():
            await self._client.hdel(self._items, item)
            await self._client.delete(self._notes(item))
        placed = [each.number for each in await self.places.all() if each.golden == item]
        await self.places.remove(placed)

    async def all(self) -> list[GoldenItem]:
        """Every golden item, the oldest first."""
        async with reaching():
            stored = await self._client.hgetall(self._items)
        return sorted((_load(raw) for raw in stored.values()), key=lambda item: item.id)

    async def fresh(self, moderator: str) -> list[GoldenItem]:
        """Those that a moderator has not answered and that lie on nobody's desk."""
        answered = await self.answered_by(moderator)
        placed = {each.golden for each in await self.places.all() if each.is_open}
        return [
            item for item in await self.all() if item.id not in answered and item.id not in placed
        ]

    async def answered_by(self, moderator: str) -> Collection[str]:
        """The items that a moderator decided on."""
        return (await self._answers(moderator)).keys()

    async def note(self, item: str, note: Note) -> None:
        """Keeps what a moderator wrote beside an item."""
        told = [note.moderator, to_milliseconds(note.at), note.text]
        async with reaching():
            await self._client.rpush(self._notes(item), json.dumps(told))
            await self._client.ltrim(self._notes(item), -MOST_NOTES, -1)

    async def notes(self) -> Mapping[str, Sequence[Note]]:
        """What moderators wrote, by item."""
        found = {}
        for item in await self.all():
            async with reaching():
                kept = await self._client.lrange(self._notes(item.id), 0, -1)
            told = [json.loads(each) for each in kept]
            found[item.id] = [Note(moderator, to_moment(at), text) for moderator, at, text in told]
        return found

    async def answer(self, moderator: str, item: str, resolution: Resolution) -> GoldenItem:
        """Notes a decision on an item and gives its right answer. Raises NotFound."""
        async with reaching():
            raw = await self._client.hget(self._items, item)
            if raw is None:
                raise NotFound(f"there is no queue item `{item}`")
            told = {"outcome": resolution.outcome, "clause": resolution.clause}
            await self._client.hset(self._answered(moderator), item, json.dumps(told))
            await self._client.sadd(f"{self._root}:moderators", moderator)
        return _load(raw)

    async def take_back(self, moderator: str, item: str) -> None:
        """Forgets a moderator's decision."""
        async with reaching():
            await self._client.hdel(self._answered(moderator), item)

    async def agreement(self) -> Mapping[str, Agreement]:
        """How far each moderator agrees with the golden items, by their pseudonymous id."""
        async with reaching():
            known = await self._client.smembers(f"{self._root}:moderators")
        items = {item.id: item for item in await self.all()}
        found = {}
        for moderator in sorted(map(_text, known)):
            answers = await self._answers(moderator)
            found[moderator] = _agreement(
                [(items[item], *answer) for item, answer in answers.items() if item in items]
            )
        return found

    async def _answers(self, moderator: str) -> dict[str, tuple[Outcome, str | None]]:
        async with reaching():
            stored = await self._client.hgetall(self._answered(moderator))
        found = {}
        for item, raw in stored.items():
            told = json.loads(raw)
            found[_text(item)] = (Outcome(told["outcome"]), told["clause"])
        return found

    @property
    def _items(self) -> str:
        return f"{self._root}:items"

    def _answered(self, moderator: str) -> str:
        return f"{self._root}:answers:{moderator}"

    def _notes(self, item: str) -> str:
        return f"{self._root}:notes:{item}"


@lru_cache(maxsize=1)
def machine_agreement(items: tuple[GoldenItem, ...], engine: Engine) -> Agreement:
    """How far the machine agrees: what it flags, it leaves open.

    It judges every item, which takes long: call it in a thread. The last answer is remembered, as
    long as items, rules, policy and model stay.
    """
    outcomes = {
        Action.ALLOW: Outcome.APPROVE,
        Action.REJECT: Outcome.REJECT,
        Action.FLAG: Outcome.ESCALATE,
    }
    told = []
    for item in items:
        verdict = engine.judge(_comment(item))
        outcome = outcomes[verdict.action]
        clause = verdict.reasons[0].clause if outcome is Outcome.REJECT else None
        told.append((item, outcome, clause))
    return _agreement(told)


def _comment(item: GoldenItem) -> Comment:
    return Comment(id=f"c-{item.id}", text=item.text, article=Article(title=item.title))


def _agreement(told: Sequence[tuple[GoldenItem, Outcome, str | None]]) -> Agreement:
    decided = [each for each in told if each[1] is not Outcome.ESCALATE]
    right = sum(item.agrees(outcome, clause) for item, outcome, clause in decided)
    return Agreement(right, len(decided) - right, len(told) - len(decided))


def _load(raw: bytes | str) -> GoldenItem:
    said = json.loads(raw)
    return GoldenItem(**(said | {"outcome": Outcome(said["outcome"])}))


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
