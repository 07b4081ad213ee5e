"""A person's own account: the password, the sessions, the look."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import MY_ACCOUNT, THEMES, Newcomer
from api.console.accounts import SignInRefusedError
from api.console.passwords import PasswordRefusedError
from api.console.render import page
from api.console.sign_in import ServiceHere, Text, address_of, with_session
from api.service import Service

router = APIRouter(prefix=MY_ACCOUNT)

_log = structlog.get_logger("api.console")

SessionId = Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{16}$")]


@router.get("")
async def shown(
    request: Request, signed: Newcomer, service: ServiceHere, changed: bool = False
) -> Response:
    """The account and where it is signed in."""
    return await _page(request, signed, service, changed=changed)


@router.post("")
async def change_password(
    request: Request,
    signed: Newcomer,
    service: ServiceHere,
    current: Text = "",
    password: Text = "",
    again: Text = "",
) -> Response:
    """Sets another password, after the one before was given; all other sessions are over."""
    account = signed.account
    if password != again:
        return await _page(request, signed, service, wrong="different")
    try:
        await service.accounts.authenticate(account.name, current, address_of(request))
        changed = await service.accounts.set_password(account.id, password)
    except SignInRefusedError as refused:
        return await _page(request, signed, service, wrong=refused.reason, wait=refused.wait)
    except PasswordRefusedError as refused:
        return await _page(request, signed, service, wrong=refused.reason)
    await service.sessions.end_all(account.id)
    _log.info("password changed", account=account.id)
    answer = RedirectResponse(f"{MY_ACCOUNT}?changed=true", 303)
    return await with_session(answer, request, service, changed)


@router.post("/sessions/{id}/end")
async def end_session(session: SessionId, signed: Newcomer, service: ServiceHere) -> Response:
    """Signs one browser out."""
    await service.sessions.end(signed.account.id, session)
    return RedirectResponse(MY_ACCOUNT, 303)


@router.post("/sessions/end-others")
async def end_others(signed: Newcomer, service: ServiceHere) -> Response:
    """Signs every other browser out."""
    await service.sessions.end_all(signed.account.id, but=signed.session)
    return RedirectResponse(MY_ACCOUNT, 303)


async def _page(
    request: Request,
    signed: Newcomer,
    service: Service,
    *,
    changed: bool = False,
    wrong: str = "",
    wait: int = 0,
) -> Response:
    return page(
        request,
        "my_account.html",
        signed=signed,
        status=422 if wrong else 200,
        sessions=await service.sessions.of(signed.account.id),
        themes=THEMES,
        changed=changed,
        wrong=wrong,
        wait=timedelta(seconds=wait),
    )
