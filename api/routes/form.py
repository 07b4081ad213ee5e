"""The comment form without script: form-encoded in, a page out."""

from __future__ import annotations

from secrets import token_hex
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api import browser_keys, shown
from api.faces import ClauseShown
from api.keys import Key
from api.origins import origin_of
from api.pages import page
from api.problems import Problem, unavailable
from api.requests import CommentSent, within_limits
from api.routes.comments import accepted
from api.service import Service, service_of
from api.shown import RecordShown
from moderation.store import StoreUnavailable
from moderation.verdict import Action

router = APIRouter(include_in_schema=False)

_MANY: Final = 100
_AGAIN: Final = frozenset({429, 503})
"""Statuses after which the same comment may be sent again."""


@router.post(browser_keys.FORM_PATH)
async def posted(request: Request, service: Annotated[Service, Depends(service_of)]) -> Response:
    """Takes the fields of docs/comment-form.md with a browser key, and answers a page.

    Whatever goes wrong, the page holds the reader's text, ready to be sent again under the same id.
    """
    try:
        fields = _Fields(await request.body())
    except ValueError:
        raise Problem(422, "invalid-request", "The form cannot be read") from None
    try:
        key = await _holder(fields, request, service)
        record = await _submit(fields, key, service)
    except Problem as problem:
        return _failed(fields, problem)
    except StoreUnavailable:
        return _failed(fields, unavailable())
    return page(
        "outcome.html",
        lang=fields.lang,
        outcome=record.status.value,
        record=record,
        reasons=_told(record),
        fields=fields.carried(record.id),
        text=fields["text"],
        back=_back(fields["url"], key),
        appeal=_appeal(fields["appeal"], record.id),
    )


class _Fields:
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
    def lang(self) -> str:
        return "en" if self["lang"].startswith("en") else "ar"

    def carried(self, identifier: str) -> list[tuple[str, str]]:
        """The fields of a form that sends the comment again: all but its text, and the same id."""
        kept = [pair for pair in self._pairs if pair[0] not in {"text", "id"}]
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
                # Forms post line ends as CR LF, scripts as LF; both are one text.
                "text": self["text"].replace("\r\n", "\n"),
                "article": article,
                "author": self["reader"] or None,
                "parent": self["parent"] or None,
            }
        )


async def _holder(fields: _Fields, request: Request, service: Service) -> Key:
    key = await service.keys.holder(fields["key"], browser=True)
    if key is None or not key.origins:
        raise Problem(401, "no-valid-key", "A browser key is needed")
    browser_keys.admit(key, request, own_pages=True)
    return key


async def _submit(fields: _Fields, key: Key, service: Service) -> RecordShown:
    identifier = fields["id"] or f"{key.id}-{token_hex(16)}"
    browser_keys.own(key, identifier)
    try:
        sent = fields.comment(identifier)
    except ValidationError:
        raise Problem(422, "invalid-request", "The comment is not valid") from None
    record = await accepted(within_limits(sent, service.settings), service)
    told = shown.record(record, service.faces, evidence=False)
    assert isinstance(told, RecordShown)  # noqa: S101
    return told


def _told(record: RecordShown) -> list[ClauseShown]:
    """What refused it; all that was found where it waits."""
    reasons = record.verdict.reasons
    if record.decision is None:
        return reasons
    return [
        reason
        for reason in reasons
        if reason.action is Action.REJECT or reason.clause == record.decision.clause
    ]


def _failed(fields: _Fields, problem: Problem) -> Response:
    again = problem.status_code in _AGAIN
    empty = problem.status_code == 422 and not fields["text"].strip()
    return page(
        "outcome.html",
        problem.status_code,
        problem.headers,
        lang=fields.lang,
        outcome="again" if again else "empty" if empty else "unfit",
        fields=fields.carried(fields["id"]),
        text=fields["text"],
        back=None,
        appeal=None,
    )


def _back(url: str, key: Key) -> str | None:
    """The article's address, where it is a page of the key's sites: no door to elsewhere."""
    parts = urlsplit(url)
    try:
        return url if origin_of(f"{parts.scheme}://{parts.netloc}") in key.origins else None
    except ValueError:
        return None


def _appeal(address: str, comment: str) -> str | None:
    if address.startswith(("https://", "http://")):
        return address
    mail = address.removeprefix("mailto:")
    name, at, host = mail.partition("@")
    sound = name and at and host and not set(mail) & set(" \t\r\n:/?&<>\"'") and "@" not in host
    return f"mailto:{mail}?subject={comment}" if sound else None
