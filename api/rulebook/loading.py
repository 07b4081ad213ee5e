"""Files of a rule set, made into what judges."""

from __future__ import annotations

import asyncio
import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.rulebook.files import PACKS, POLICY, Files
from api.wiring import Equipment, equipped
from moderation.detector import Classifier
from moderation.policy import Policy
from moderation.verdict import Versions
from rules import lint
from rules.compile import PackFile
from rules.errors import Problem, RulesError
from rules.load import load_policy, read_packs, rule_set_of
from rules.ruleset import RuleSet

_KEPT: Final = 4
"""Loaded sets that are kept: the one that serves, the one before, and what is replayed."""


@dataclass(frozen=True)
class Loaded:
    """A rule set that judges, and its parts."""

    equipment: Equipment
    rules: RuleSet
    policy: Policy

    @property
    def judged(self) -> Versions:
        """How verdicts name it."""
        return Versions(self.rules.version, self.policy.version, None)


class Loader:
    """Makes files into engines with the present classifier; the last few stay loaded."""

    def __init__(self, classifier: Classifier | None, *, expects_classifier: bool) -> None:
        self._classifier = classifier
        self._expects_classifier = expects_classifier
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._sound: set[str] = set()
        self._loading = asyncio.Lock()

    async def load(self, files: Files) -> Loaded:
        """What judges by these files. Raises RulesError, with files named as `Files` does."""
        return await self._load(files, self._read)

    async def check(self, files: Files) -> Loaded:
        """The same, having run every example and every other check.

        Raises RulesError with everything that is wrong.
        """
        if files.version in self._sound:
            return await self._load(files, self._read)
        self._loaded.pop(files.version, None)
        return await self._load(files, self._read_and_check)

    def without(self, loaded: Loaded, rule: str) -> Loaded:
        """The same set without one rule (`pack/rule`). Its version says so."""
        left = tuple(each for each in loaded.rules.rules if each.name != rule)
        rules = RuleSet(
            replace(loaded.rules.compiled, rules=left), f"{loaded.rules.version} without {rule}"
        )
        return self._equipped(rules, loaded.policy)

    async def use(self, classifier: Classifier | None) -> None:
        """Judges with another classifier; what is loaded stays loaded."""
        async with self._loading:
            self._classifier = classifier
            for version, loaded in self._loaded.items():
                self._loaded[version] = self.again(loaded)

    def again(self, loaded: Loaded) -> Loaded:
        """The same set with the present classifier."""
        return self._equipped(loaded.rules, loaded.policy)

    async def _load(self, files: Files, read: Callable[[Files], Loaded]) -> Loaded:
        # One at a time: two would take twice as long each, and often they are the same.
        async with self._loading:
            loaded = self._loaded.get(files.version)
            if loaded is None:
                loaded = await asyncio.to_thread(_undisturbed, read, files)
            self._loaded[files.version] = loaded
            self._loaded.move_to_end(files.version)
            while len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
            return loaded

    def _read(self, files: Files) -> Loaded:
        with _written(files) as folder:
            packs, policy = _parsed(folder)
            return self._equipped(rule_set_of(packs), policy)

    def _read_and_check(self, files: Files) -> Loaded:
        with _written(files) as folder:
            packs, policy = _parsed(folder)
            rules = rule_set_of(packs)
            problems = lint.lint_rule_set(packs, rules, policy, lint.ERRORS)
            if problems:
                raise RulesError(problems)
            self._sound.add(files.version)
            return self._equipped(rules, policy)

    def _equipped(self, rules: RuleSet, policy: Policy) -> Loaded:
        equipment = equipped(rules, policy, self._classifier, self._expects_classifier)
        return Loaded(equipment, rules, policy)


def _undisturbed(read: Callable[[Files], Loaded], files: Files) -> Loaded:
    """Reads without rounds of the collector, which take a fifth of the time and find nothing."""
    gc.disable()
    try:
        return read(files)
    finally:
        gc.enable()


@contextmanager
def _written(files: Files) -> Iterator[Path]:
    """A folder that holds the files while they are read; problems leave it with their names.

    What is read is so exactly what is hashed and kept, whatever happens to a folder meanwhile.
    """
    with TemporaryDirectory(prefix="moderation-rules-") as name:
        folder = Path(name)
        (folder / PACKS).mkdir()
        files.write(folder)
        try:
            yield folder
        except RulesError as error:
            raise placed(error, lambda path: path.relative_to(folder)) from None


def _parsed(folder: Path) -> tuple[tuple[PackFile, ...], Policy]:
    """Packs and policy. Raises RulesError with the problems of both."""
    problems: list[Problem] = []
    try:
        policy = load_policy(folder / POLICY)
    except RulesError as error:
        problems.extend(error.problems)
    try:
        packs = read_packs(folder / PACKS)
    except RulesError as error:
        problems.extend(error.problems)
    if problems:
        raise RulesError(problems)
    return packs, policy


def placed(error: RulesError, place: Callable[[Path], Path]) -> RulesError:
    """The same problems with each path replaced."""
    return RulesError([replace(each, path=place(each.path)) for each in error.problems])
