"""What a moderator narrows the queue by, from the page's address."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, field_validator

from moderation.store.filters import Filters
from moderation.store.item import ItemState, Mark


class Narrowed(BaseModel):
    """Which items; an empty field does not narrow."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["", "waiting", "escalated", "claimed"] = ""
    clause: str = ""
    article: str = ""
    section: str = ""
    author: str = ""
    dialect: str = ""
    mark: Literal["", "appeal", "new_commenter", "watched", "always_review"] = ""
    severity: Literal["", "1", "2", "3", "4", "5"] = ""

    @field_validator("*", mode="after")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value) > 1000:
            raise ValueError("a filter has at most 1000 characters")
        return value

    @property
    def active(self) -> bool:
        """Whether anything narrows."""
        return bool(self.query)

    @property
    def query(self) -> str:
        """The same as part of an address."""
        return urlencode({name: value for name, value in self if value})

    def filters(self) -> Filters:
        """As the store filters."""
        return Filters(
            state=ItemState(self.state) if self.state else None,
            clause=self.clause or None,
            article=self.article or None,
            section=self.section or None,
            author=self.author or None,
            dialect=self.dialect or None,
            mark=Mark(self.mark) if self.mark else None,
            severity=int(self.severity) if self.severity else None,
        )

    def claiming(self) -> Filters:
        """The same where items are taken: waiting ones, unless escalated ones are asked for."""
        state = "escalated" if self.state == "escalated" else ""
        return self.model_copy(update={"state": state}).filters()
