"""What a moderator looks for among the records, from the page's address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, field_validator

from moderation.store import Decider, Search, Status


class Searched(BaseModel):
    """Which records; an empty field does not narrow.

    `since` and `until` are times of the submission in UTC, as `2026-11-25` or `2026-11-25T08:30`;
    `until` excludes its own moment.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = ""
    author: str = ""
    article: str = ""
    rule: str = ""
    moderator: str = ""
    clause: str = ""
    status: Literal["", "published", "waiting", "refused"] = ""
    by: Literal["", "machine", "moderator"] = ""
    since: str = ""
    until: str = ""

    @field_validator("*", mode="after")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value) > 1000:
            raise ValueError("a search has at most 1000 characters")
        return value

    @field_validator("since", "until", mode="after")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        _moment(value)
        return value

    @property
    def active(self) -> bool:
        """Whether anything narrows."""
        return bool(self.query)

    @property
    def query(self) -> str:
        """The same as part of an address."""
        return urlencode({name: value for name, value in self if value})

    def search(self) -> Search:
        """As the store searches."""
        return Search(
            text=self.text.strip() or None,
            author=self.author or None,
            article=self.article or None,
            rule=self.rule or None,
            moderator=self.moderator or None,
            clause=self.clause or None,
            status=Status(self.status) if self.status else None,
            by=Decider(self.by) if self.by else None,
            since=_moment(self.since),
            until=_moment(self.until),
        )


def _moment(value: str) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("a time is written 2026-11-25 or 2026-11-25T08:30") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
