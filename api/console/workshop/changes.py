"""When each rule was last changed, and by whom: read from the published versions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from api.console.workshop.texts import rules_in
from api.rulebook.rulebook import Rulebook
from api.rulebook.versions import Kind, Published

MOST: Final = 30
"""Versions that are compared; what is older than the oldest of them is told as of that one."""

Written = Mapping[str, int]
"""By `pack/rule`: a hash of its lines."""


class Changes:
    """The last change of every rule of one site."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._written: dict[str, Written] = {}

    async def last(self) -> Mapping[str, Published]:
        """By `pack/rule`: the line of the history that brought its present text.

        Raises StoreUnavailable.
        """
        lines = [
            line
            for line in await self._rulebook.history(limit=MOST)
            if line.kind is not Kind.SET_ASIDE
        ]
        for line in lines:
            if line.version not in self._written:
                texts = await self._rulebook.files(line.version)
                self._written[line.version] = await asyncio.to_thread(_written, texts)
        kept = {line.version for line in lines}
        self._written = {key: value for key, value in self._written.items() if key in kept}
        found: dict[str, Published] = {}
        before: Written = {}
        for line in reversed(lines):
            now = self._written[line.version]
            found.update({rule: line for rule, text in now.items() if before.get(rule) != text})
            before = now
        return found


def _written(texts: Mapping[str, str]) -> Written:
    return {rule: hash(block.text) for rule, (_, block) in rules_in(texts).items()}
