"""The whole checks of drafts: one for each text, remembered for a while once it has ended.

Publishing asks here who has seen what was found, so that nobody publishes past a warning that was
never shown to them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from api.console.workshop.checking import checked
from api.rulebook.files import Files
from rules.errors import Problem

KEPT: Final = 50
_SEEN_KEPT: Final = 1_000

_Draft = tuple[str, str]
"""The version of a set of files, and the file among them that is edited."""


class Checks:
    """The whole checks of one service."""

    def __init__(self) -> None:
        self._going: dict[_Draft, asyncio.Task[Sequence[Problem]]] = {}
        self._ended: OrderedDict[_Draft, Sequence[Problem]] = OrderedDict()
        self._seen: OrderedDict[tuple[str, _Draft], None] = OrderedDict()

    def shown(self, account: str, files: Files, edited: str) -> None:
        """Remembers that somebody was shown what the whole check of a text found."""
        seen = (account, (files.version, edited))
        self._seen[seen] = None
        self._seen.move_to_end(seen)
        while len(self._seen) > _SEEN_KEPT:
            self._seen.popitem(last=False)

    def seen(self, account: str, files: Files, edited: str) -> bool:
        """Whether somebody was shown what the whole check of this very text found."""
        return (account, (files.version, edited)) in self._seen

    async def of(self, files: Files, edited: str) -> Sequence[Problem]:
        """What is wrong with a text; a check that is going on already is waited for.

        Raises CheckFailedError where the check cannot be run: then it may be tried again.
        """
        draft = (files.version, edited)
        if draft in self._ended:
            return self._ended[draft]
        task = self._going.get(draft)
        if task is None:
            task = asyncio.create_task(self._checked(draft, files))
            self._going[draft] = task
        # One who leaves does not take the check from others who wait for it.
        return await asyncio.shield(task)

    async def _checked(self, draft: _Draft, files: Files) -> Sequence[Problem]:
        try:
            found = await checked(files, draft[1], thorough=True)
        finally:
            del self._going[draft]
        self._ended[draft] = found
        while len(self._ended) > KEPT:
            self._ended.popitem(last=False)
        return found
