"""Signing in and out, and how the console looks to this browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console import browsers
from api.console.access import (
    MY_ACCOUNT,
    SIGN_IN,
    THEMES,
    Newcomer,
    Visitor,
    cookie_name,
)
from api.console.accounts import Account, SignInRefusedError
from api.console.addresses import HOME, local
from api.console.forgery import same_site
from api.console.language import LANGUAGES
from api.console.render import page
from api.rates import network_of
from api.service import Service, service_of

router = APIRouter(prefix=HOME)

_log = structlog.get_logger("api.console")
_YEAR: Final = 365 * 24 * 3600
_REFUSED: Final = {"wrong": 401, "disabled": 403, "locked": 429}

ServiceHere = Annotated[Service, Depends(service_of)]
Text = Annotated[str, Form()]
Next = Annotated[str, Form(alias="next")]


@router.get("/sign-in")
async def asked(
    request: Request, visitor: Visitor, wanted: Annotated[str, Query(alias="next")] = HOME
) -> Response:
    """The form; whoever is signed in goes on."""
    if visitor:
        return RedirectResponse(local(wanted), 303)
    return page(request, "sign_in.html", wanted=local(wanted), name="", refused=None)


@router.post("/sign-in", dependencies=[Depends(same_site)])
async def sign_in(
    request: Request,
    service: ServiceHere,
    name: Text = "",
    password: Text = "",
    wanted: Next = HOME,
) -> Response:
    """Begins a session of its own for this browser; one that it had is over."""
    try:
        account = await service.accounts.authenticate(name, password, address_of(request))
    except SignInRefusedError as refused:
        _log.warning("sign-in refused", reason=refused.reason, address=address_of(request))
        return page(
            request,
            "sign_in.html",
            status=_REFUSED[refused.reason],
            headers={"Retry-After": str(refused.wait)} if refused.wait else None,
            wanted=local(wanted),
            name=name[:100],
            refused=refused,
            wait=timedelta(seconds=refused.wait),
        )
    await service.sessions.end_token(request.cookies.get(cookie_name(request), ""))
    _log.info("signed in", account=account.id)
    answer = RedirectResponse(MY_ACCOUNT if account.temporary else local(wanted), 303)
    return await with_session(answer, request, service, account)


@router.post("/sign-out")
async def sign_out(request: Request, signed: Newcomer, service: ServiceHere) -> Response:
    """Ends the session of this browser."""
    await service.sessions.end(signed.account.id, signed.session)
    answer = RedirectResponse(SIGN_IN, 303)
    _cookie(answer, request, cookie_name(request), "", 0)
    return answer


@router.post("/language")
async def language(
    request: Request,
    _: Visitor,
    chosen: Annotated[str, Form(alias="language")] = "",
    wanted: Next = HOME,
) -> Response:
    """Speaks another language to this browser."""
    return _chosen(request, "console_language", chosen, LANGUAGES, wanted)


@router.post("/theme")
async def theme(
    request: Request,
    _: Visitor,
    chosen: Annotated[str, Form(alias="theme")] = "",
    wanted: Next = HOME,
) -> Response:
    """Shows this browser light or dark pages, or as its system has it."""
    return _chosen(request, "console_theme", chosen, THEMES, wanted)


async def with_session(
    answer: Response, request: Request, service: Service, account: Account
) -> Response:
    """The answer with the cookie of a new session."""
    browser = browsers.named(request.headers.get("user-agent", ""))
    token = await service.sessions.begin(account, browser)
    _cookie(answer, request, cookie_name(request), token, service.settings.session_seconds)
    return answer


def address_of(request: Request) -> str:
    """What counts as one client."""
    return network_of(request.client.host if request.client else "")


def _chosen(
    request: Request, cookie: str, value: str, known: tuple[str, ...], wanted: str
) -> Response:
    answer = RedirectResponse(local(wanted), 303)
    if value in known:
        _cookie(answer, request, cookie, value, _YEAR)
    return answer


def _cookie(answer: Response, request: Request, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
