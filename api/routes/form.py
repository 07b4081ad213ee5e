"""The comment form without script: form-encoded in, a page out."""

from __future__ import annotations

from secrets import token_hex
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api import browser_keys, shown
from api.faces import ClauseShown
from api.forms import Fields, fields_of, key_of
from api.keys import Key
from api.pages import page
from api.problems import Problem, unavailable
from api.requests import within_limits
from api.routes.comments import accepted
from api.service import Service, service_of
from api.shown import RecordShown
from moderation.store import StoreUnavailable
from moderation.verdict import Action

router = APIRouter(include_in_schema=False)

_AGAIN: Final = frozenset({429, 503})
"""Statuses after which the same comment may be sent again."""


@router.post(browser_keys.FORM_PATH)
async def posted(request: Request, service: Annotated[Service, Depends(service_of)]) -> Response:
    """Takes the fields of docs/comment-form.md with a browser key, and answers a page.

    Whatever goes wrong, the page holds the reader's text, ready to be sent again under the same id.
    """
    fields = await fields_of(request)
    try:
        key = await key_of(fields, request, service)
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
        about=fields.about(record.id),
        text=fields["text"],
        back=fields.back(key),
        appeal=fields.newsroom(record.id),
    )


async def _submit(fields: Fields, key: Key, service: Service) -> RecordShown:
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


def _failed(fields: Fields, problem: Problem) -> Response:
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
