"""What pages without script post: form-encoded fields, with a browser key among them."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from api import browser_keys
from api.console.language import Language
from api.keys import Key
from api.origins import origin_of
from api.problems import Problem
from api.requests import CommentSent
from api.service import Service

_MANY: Final = 100


class Fields:
    """What a form posted. Raises ValueError where that is no form."""

    def __init__(self, body: bytes) -> None:
        self._pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MANY,
        )

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self._pairs if key == name), "")

    @property
    def lang(self) -> Language:
        """The language of the answering page."""
        return "en" if self["lang"].startswith("en") else "ar"

    @property
    def text(self) -> str:
        """What the reader wrote. Forms post line ends as CR LF, scripts as LF; both are one."""
        return self["text"].replace("\r\n", "\n")

    def carried(self, identifier: str) -> list[tuple[str, str]]:
        """The fields of a form that sends the comment again: all but its text, and the same id."""
        kept = [pair for pair in self._pairs if pair[0] not in {"text", "id"}]
        return [*kept, ("id", identifier)]

    def about(self, identifier: str) -> list[tuple[str, str]]:
        """The fields of a form that asks about a comment."""
        kept = [(name, self[name]) for name in ("key", "lang", "url", "appeal") if self[name]]
        return [*kept, ("id", identifier)]

    def comment(self, identifier: str) -> CommentSent:
        """The comment. Raises ValidationError."""
        article = {
            "id": self["article"] or None,
            "title": self["title"],
            "authors": [value for name, value in self._pairs if name == "author"],
            "url": self["url"] or None,
            "section": self["section"] or None,
        }
        return CommentSent.model_validate(
            {
                "id": identifier,
                "text": self.text,
                "article": article,
                "author": self["reader"] or None,
                "parent": self["parent"] or None,
            }
        )

    def back(self, key: Key) -> str | None:
        """The article's address, where it is a page of the key's sites: no door to elsewhere."""
        parts = urlsplit(self["url"])
        try:
            inside = origin_of(f"{parts.scheme}://{parts.netloc}") in key.origins
        except ValueError:
            return None
        return self["url"] if inside else None

    def newsroom(self, comment: str) -> str | None:
        """Where appeals go that do not go through the service: a web or mail address."""
        address = self["appeal"]
        if address.startswith(("https://", "http://")):
            return address
        mail = address.removeprefix("mailto:")
        name, at, host = mail.partition("@")
        sound = name and at and host and not set(mail) & set(" \t\r\n:/?&<>\"'") and "@" not in host
        return f"mailto:{mail}?subject={comment}" if sound else None


async def fields_of(request: Request) -> Fields:
    """The fields of a request. Raises Problem (422) where it is no form."""
    try:
        return Fields(await request.body())
    except ValueError:
        raise Problem(422, "invalid-request", "The form cannot be read") from None


async def key_of(fields: Fields, request: Request, service: Service) -> Key:
    """The browser key among the fields. Raises Problem where it may not be used here."""
    key = await service.keys.holder(fields["key"], browser=True)
    if key is None or not key.origins:
        raise Problem(401, "no-valid-key", "A browser key is needed")
    browser_keys.admit(key, request, own_pages=True)
    return key
