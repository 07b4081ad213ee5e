"""The queue as one would write it with nothing but lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from moderation.store import Outcome
from tests.moderation.store.samples import Clock

LEASE = timedelta(seconds=60)
WINDOW = timedelta(seconds=30)
OPEN = ("waiting", "claimed", "escalated")
DONE = {Outcome.APPROVE: "published", Outcome.REJECT: "refused"}


def alike(text: str) -> str:
    """What near-identical texts share, as far as the test's few texts go."""
    return "".join(filter(str.isalpha, text))


@dataclass(frozen=True)
class Resolved:
    """The last resolution of an entry, and what was before it."""

    moderator: str
    outcome: Outcome
    at: datetime
    home: str
    standing: tuple[str, str]


@dataclass
class Entry:
    """What the model knows of one item."""

    id: str
    comment: str
    text: str
    order: tuple[int, int]
    state: str = "waiting"
    home: str = "waiting"
    holder: str = ""
    until: datetime | None = None
    resolved: Resolved | None = None
    undone: bool = False
    before: str = ""
    barred: str = ""


@dataclass
class Thread:
    """What the model knows of one comment. `standing` is status and who decided."""

    text: str
    severity: int
    item: str = ""
    standing: tuple[str, str] = ("waiting", "")
    appealed: bool = False


@dataclass
class Model:
    """Every event of the store, each returning whether it is accepted, or what it answers."""

    clock: Clock
    entries: dict[str, Entry] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    transitions: int = 0

    def expire(self) -> None:
        for entry in self.entries.values():
            if entry.until is not None and entry.until <= self.clock.now:
                self._go_home(entry)

    def ordered(self, state: str) -> list[str]:
        found = [entry for entry in self.entries.values() if entry.state == state]
        return [entry.id for entry in sorted(found, key=lambda entry: entry.order)]

    def submit(self, name: str, text: str, severity: int) -> bool:
        known = self.threads.get(name)
        if known is not None and known.text == text:
            return False
        if known is not None:
            self._close(self.entries[known.item])
        self.threads[name] = Thread(text, severity)
        self._enqueue(name)
        self.transitions += 1
        return True

    def claim(self, moderator: str, count: int, state: str) -> list[str]:
        self.expire()
        free = [item for item in self.ordered(state) if self.entries[item].barred != moderator]
        for item in free[:count]:
            self._hold(self.entries[item], moderator)
        return free[:count]

    def take(self, entry: Entry, moderator: str) -> bool:
        self.expire()
        if entry.state == "claimed" and entry.holder == moderator:
            entry.until = self.clock.now + LEASE
            return True
        if entry.state not in {"waiting", "escalated"} or entry.barred == moderator:
            return False
        self._hold(entry, moderator)
        return True

    def renew(self, moderator: str) -> int:
        self.expire()
        held = [entry for entry in self.entries.values() if entry.holder == moderator]
        for entry in held:
            entry.until = self.clock.now + LEASE
        return len(held)

    def release(self, entry: Entry, moderator: str) -> bool:
        self.expire()
        if entry.state == entry.home:
            return True
        if entry.state != "claimed" or entry.holder != moderator:
            return False
        self._go_home(entry)
        return True

    def resolve(self, entry: Entry, moderator: str, outcome: Outcome) -> bool:
        self.expire()
        if self._repeats(entry, moderator, outcome):
            return True
        if entry.state != "claimed" or entry.holder != moderator:
            return False
        self._settle(entry, moderator, outcome)
        return True

    def resolve_group(
        self, entry: Entry, moderator: str, outcome: Outcome
    ) -> tuple[bool, list[str]]:
        """Whether it is accepted, and what it resolves beside the entry."""
        self.expire()
        if self._repeats(entry, moderator, outcome):
            return True, []
        if entry.state != "claimed" or entry.holder != moderator:
            return False, []
        others = [
            each
            for each in sorted(self.entries.values(), key=lambda each: each.order)
            if each is not entry
            and alike(each.text) == alike(entry.text)
            and self._may_have(each, moderator)
            and (each.home != "escalated" or entry.home == "escalated")
        ]
        for each in (entry, *others):
            self._settle(each, moderator, outcome)
        return True, [each.id for each in others]

    def resolve_many(self, entry: Entry, moderator: str, outcome: Outcome) -> bool:
        """As one of many: nobody need hold it."""
        self.expire()
        if self._repeats(entry, moderator, outcome):
            return True
        if not self._may_have(entry, moderator):
            return False
        self._settle(entry, moderator, outcome)
        return True

    def undo(self, entry: Entry, moderator: str, *, senior: bool = False) -> bool:
        self.expire()
        if entry.undone and entry.state == "claimed" and entry.holder == moderator:
            return True
        last, thread = entry.resolved, self.threads[entry.comment]
        if (
            last is None
            or entry.undone
            or not (senior or last.moderator == moderator)
            or entry.state not in {"resolved", "escalated"}
            or thread.item != entry.id
            or not (senior or self.clock.now - last.at <= WINDOW)
        ):
            return False
        entry.home = last.home
        self._hold(entry, moderator)
        entry.undone = True
        if last.outcome is not Outcome.ESCALATE:
            thread.standing = last.standing
        return True

    def appeal(self, name: str) -> bool:
        self.expire()
        thread = self.threads[name]
        if thread.appealed:
            return True
        if thread.standing[0] != "refused":
            return False
        present = self.entries[thread.item]
        if present.state in OPEN:
            self._close(present)
        self._enqueue(name).barred = thread.standing[1]
        thread.appealed = True
        self.transitions += 1
        return True

    def reopen(self, name: str, moderator: str) -> bool:
        self.expire()
        thread = self.threads[name]
        present = self.entries[thread.item]
        if present.state in OPEN:
            return self.take(present, moderator)
        made = self._enqueue(name)
        made.home, made.before = "superseded", present.id
        self._hold(made, moderator)
        return True

    def _enqueue(self, name: str) -> Entry:
        thread, number = self.threads[name], len(self.entries) + 1
        entry = Entry(str(number), name, thread.text, (-thread.severity, number))
        self.entries[entry.id] = entry
        thread.item = entry.id
        return entry

    def _close(self, entry: Entry) -> None:
        entry.state, entry.holder, entry.until = "superseded", "", None

    def _hold(self, entry: Entry, moderator: str) -> None:
        entry.state, entry.holder, entry.until = "claimed", moderator, self.clock.now + LEASE
        self.transitions += 1

    def _go_home(self, entry: Entry) -> None:
        entry.state, entry.holder, entry.until = entry.home, "", None
        if entry.home == "superseded":
            self.threads[entry.comment].item = entry.before
        self.transitions += 1

    def _may_have(self, entry: Entry, moderator: str) -> bool:
        if entry.state == "claimed":
            return entry.holder == moderator
        return entry.state in OPEN and entry.barred != moderator

    def _repeats(self, entry: Entry, moderator: str, outcome: Outcome) -> bool:
        last = entry.resolved
        return (
            last is not None
            and not entry.undone
            and entry.state in {"resolved", "escalated"}
            and (last.moderator, last.outcome) == (moderator, outcome)
        )

    def _settle(self, entry: Entry, moderator: str, outcome: Outcome) -> None:
        thread = self.threads[entry.comment]
        entry.resolved = Resolved(moderator, outcome, self.clock.now, entry.home, thread.standing)
        entry.undone, entry.holder, entry.until = False, "", None
        if outcome is Outcome.ESCALATE:
            entry.state = entry.home = "escalated"
        else:
            entry.state = "resolved"
            thread.standing = DONE[outcome], moderator
        self.transitions += 1
