"""The admin's page of accounts."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.console import passwords
from api.console.access import Admin
from api.console.accounts import Account, LastAdminError, NameRefusedError, Role
from api.console.render import page
from api.console.sign_in import ServiceHere, Text
from api.service import Service

_ACCOUNTS = "/console/accounts"

router = APIRouter(prefix=_ACCOUNTS)

_log = structlog.get_logger("api.console")

AccountId = Annotated[str, Path(alias="id", pattern=r"^m-[a-z2-7]{8}$")]


@router.get("")
async def listed(request: Request, signed: Admin, service: ServiceHere) -> Response:
    """Every account, and who is signed in how often."""
    return await _page(request, signed, service)


@router.post("")
async def create(
    request: Request,
    signed: Admin,
    service: ServiceHere,
    name: Text = "",
    role: Text = Role.MODERATOR,
) -> Response:
    """Makes an account and shows its password, this once. Its person must change it."""
    if (chosen := _role(role)) is None:
        return await _page(request, signed, service, status=422, name=name, wrong="role")
    password = passwords.generated()
    try:
        made = await service.accounts.create(name, chosen, password, temporary=True)
    except NameRefusedError as refused:
        return await _page(request, signed, service, status=422, name=name, wrong=refused.reason)
    _log.info("account created", account=made.id, role=chosen.value, by=signed.account.id)
    return await _page(request, signed, service, status=201, told=made, password=password)


@router.get("/{id}/{action}")
async def back(_: Admin) -> Response:
    """Whoever loads the answer to a change again sees the accounts."""
    return RedirectResponse(_ACCOUNTS, 303)


@router.post("/{id}/role")
async def set_role(
    request: Request, account: AccountId, signed: Admin, service: ServiceHere, role: Text = ""
) -> Response:
    """Gives an account another role."""
    if (chosen := _role(role)) is None:
        return await _page(request, signed, service, status=422, wrong="role")
    try:
        await service.accounts.set_role(account, chosen)
    except LastAdminError:
        return await _page(request, signed, service, status=409, wrong="last")
    _log.info("role changed", account=account, role=chosen.value, by=signed.account.id)
    return _back(account)


@router.post("/{id}/disable")
async def disable(
    request: Request, account: AccountId, signed: Admin, service: ServiceHere
) -> Response:
    """Shuts an account out and ends its sessions."""
    try:
        await service.accounts.disable(account)
    except LastAdminError:
        return await _page(request, signed, service, status=409, wrong="last")
    await service.sessions.end_all(account)
    _log.info("account disabled", account=account, by=signed.account.id)
    return _back(account)


@router.post("/{id}/enable")
async def enable(account: AccountId, signed: Admin, service: ServiceHere) -> Response:
    """Lets a disabled account in again."""
    await service.accounts.enable(account)
    _log.info("account enabled", account=account, by=signed.account.id)
    return _back(account)


@router.post("/{id}/password")
async def reset_password(
    request: Request, account: AccountId, signed: Admin, service: ServiceHere
) -> Response:
    """Gives an account a new password, shown this once, and ends its sessions."""
    password = passwords.generated()
    changed = await service.accounts.set_password(account, password, temporary=True)
    await service.sessions.end_all(account)
    _log.info("password reset", account=account, by=signed.account.id)
    return await _page(request, signed, service, told=changed, password=password)


@router.post("/{id}/sessions/end")
async def end_sessions(account: AccountId, signed: Admin, service: ServiceHere) -> Response:
    """Signs an account out everywhere."""
    await service.sessions.end_all(account)
    _log.info("sessions ended", account=account, by=signed.account.id)
    return _back(account)


async def _page(
    request: Request,
    signed: Admin,
    service: Service,
    *,
    status: int = 200,
    name: str = "",
    wrong: str = "",
    told: Account | None = None,
    password: str = "",
) -> Response:
    accounts = await service.accounts.all()
    return page(
        request,
        "accounts.html",
        signed=signed,
        status=status,
        accounts=[(account, await service.sessions.of(account.id)) for account in accounts],
        roles=list(Role),
        name=name,
        wrong=wrong,
        told=told,
        password=password,
    )


def _role(text: str) -> Role | None:
    return next((role for role in Role if role == text), None)


def _back(account: str) -> Response:
    return RedirectResponse(f"{_ACCOUNTS}#{account}", 303)
