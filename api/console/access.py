"""Who is asking in the console, and whether they may.

Routes take a parameter of the type `Moderator`, `Senior` or `Admin`. That is all the protection
that a route needs: each also holds requests that change something to the session's CSRF token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.console.accounts import Account, Role
from api.console.addresses import page_of
from api.console.forgery import carries, same_site
from api.console.language import Language
from api.console.render import language_of
from api.console.sessions import csrf_of
from api.problems import Problem
from api.service import service_of

Theme = Literal["auto", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)

SIGN_IN: Final = "/console/sign-in"
MY_ACCOUNT: Final = "/console/account"


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in. `csrf` goes into every form, `session` is the session's id."""

    account: Account
    csrf: str
    session: str
    language: Language
    theme: Theme


class RedirectedError(Exception):
    """The person must go elsewhere first: to sign in, or to change a password."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def redirected(request: Request, error: Exception) -> Response:
    """The answer to RedirectedError: 303 for a page, 401 with `HX-Redirect` for a part of one."""
    assert isinstance(error, RedirectedError)  # noqa: S101
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": error.path})
    return RedirectResponse(error.path, 303)


def cookie_name(request: Request) -> str:
    """The session's cookie. Over https no other host and no plain http can set it."""
    return "__Host-moderation" if request.url.scheme == "https" else "moderation_session"


async def visitor_of(request: Request) -> Signed | None:
    """Whoever is signed in, whether or not they may ask for this. Raises StoreUnavailable."""
    token = request.cookies.get(cookie_name(request), "")
    found = await service_of(request).sessions.find(token)
    if found is None:
        return None
    session, account = found
    return Signed(account, csrf_of(token), session.id, language_of(request), _theme(request))


async def _visitor(request: Request) -> Signed | None:
    same_site(request)
    visitor = await visitor_of(request)
    if visitor is not None:
        await carries(request, visitor.csrf)
    return visitor


Visitor = Annotated[Signed | None, Depends(_visitor)]
"""Anybody, signed in or not."""


def signed_in(
    least: Role = Role.MODERATOR, *, with_temporary_password: bool = False
) -> Callable[..., Awaitable[Signed]]:
    """A dependency: who is signed in, with the role or one that includes it.

    Raises RedirectedError where nobody is, or where a temporary password must be changed first,
    and Problem (403) where the role is missing or the request may be forged.
    """

    async def allowed(request: Request, visitor: Visitor) -> Signed:
        if visitor is None:
            raise RedirectedError(f"{SIGN_IN}?next={quote(page_of(request), safe='')}")
        if visitor.account.temporary and not with_temporary_password:
            raise RedirectedError(MY_ACCOUNT)
        if not visitor.account.role.includes(least):
            raise Problem(
                403,
                "role-missing",
                "The account has not the role for this",
                f"This needs the role {least}.",
                members={"needs": str(least)},
            )
        return visitor

    return allowed


Moderator = Annotated[Signed, Depends(signed_in(Role.MODERATOR))]
Senior = Annotated[Signed, Depends(signed_in(Role.SENIOR))]
Admin = Annotated[Signed, Depends(signed_in(Role.ADMIN))]
Newcomer = Annotated[Signed, Depends(signed_in(with_temporary_password=True))]
"""Whoever is signed in, even with a password that must still be changed."""


def _theme(request: Request) -> Theme:
    asked = request.cookies.get("console_theme")
    return next((theme for theme in THEMES if theme == asked), "auto")
