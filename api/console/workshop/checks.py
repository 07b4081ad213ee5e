"""The whole checks of drafts: one for each text, remembered for a while once it has ended.

Publishing asks here, so that nobody publishes a text of which they could not see what is wrong.
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

_Draft = tuple[str, str]
"""The version of a set of files, and the file among them that is edited."""


class Checks:
    """The whole checks of one service."""

    def __init__(self) -> None:
        self._going: dict[_Draft, asyncio.Task[Sequence[Problem]]] = {}
        self._ended: OrderedDict[_Draft, Sequence[Problem]] = OrderedDict()

    def ended(self, files: Files, edited: str) -> bool:
        """Whether a text was checked to the end, and what was found could be seen."""
        return (files.version, edited) in self._ended

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
