"""Labels that other services' moderators gave to comments, kept to train the classifier from.

A stream of bounded length: the oldest leave when new ones come. Nothing is decided by them, so
that they are no part of the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from moderation.store.encoding import from_json, to_json
from moderation.store.library import Library, reaching

MOST: Final = 50_000
"""About how many are kept."""
LONGEST_TEXT: Final = 4_000
"""Longest text that is kept, in code points. A longer one is not cut: its label might be about
what was cut off."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody says that a text's scores should be: 0..1 by attribute.

    `token` and `community` are the client's own words for the comment and the site; `key` is the
    id of the API key that sent it.
    """

    text: str
    scores: Mapping[str, float]
    token: str | None = None
    community: str | None = None
    key: str | None = None


class Suggestions:
    """The stream of one namespace. All methods raise StoreUnavailable."""

    def __init__(self, library: Library) -> None:
        self._client = library.client
        self._name = f"{library.root}:suggestions"

    async def add(self, suggestion: Suggestion) -> bool:
        """Whether it was kept; one with a text longer than LONGEST_TEXT is not."""
        if len(suggestion.text) > LONGEST_TEXT:
            return False
        content = to_json(asdict(suggestion))
        async with reaching():
            await self._client.xadd(self._name, {"suggestion": content}, maxlen=MOST)
        return True

    async def read(self, *, after: str = "0", limit: int = 1_000) -> list[tuple[str, Suggestion]]:
        """The next ones after an id, the oldest first, each with its id. From "0", all."""
        async with reaching():
            entries: Any = await self._client.xrange(self._name, min=f"({after}", count=limit)
        return [
            (identifier.decode(), Suggestion(**from_json(fields[b"suggestion"])))
            for identifier, fields in entries
        ]
