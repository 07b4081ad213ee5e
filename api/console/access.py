"""Who is asking in the console, and whether they may.

Routes take a parameter of the type `Moderator`, `Senior` or `Admin`. That is all the protection
that a route needs: each also holds requests that change something to the session's CSRF token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.console.accounts import Account, Role
from api.console.forgery import SAFE, carries, same_site
from api.console.language import Language
from api.console.render import language_of
from api.console.sessions import csrf_of
from api.problems import Problem
from api.service import Service, service_of

Theme = Literal["auto", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)

HOME: Final = "/console"
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


def local(path: str) -> str:
    """A path of the console as it is; the console's first page for any other address."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    plain = path.isprintable() and "\\" not in path and path.startswith("/")
    return path if inside and plain and not parts.scheme and not parts.netloc else HOME


async def _visitor(
    request: Request, service: Annotated[Service, Depends(service_of)]
) -> Signed | None:
    same_site(request)
    token = request.cookies.get(cookie_name(request), "")
    found = await service.sessions.find(token)
    if found is None:
        return None
    session, account = found
    await carries(request, csrf_of(token))
    return Signed(account, csrf_of(token), session.id, language_of(request), _theme(request))


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
            raise RedirectedError(f"{SIGN_IN}?next={quote(_page(request), safe='')}")
        if visitor.account.temporary and not with_temporary_password:
            raise RedirectedError(MY_ACCOUNT)
        if not visitor.account.role.includes(least):
            raise Problem(
                403,
                "role-missing",
                "The account has not the role for this",
                f"This needs the role {least}.",
            )
        return visitor

    return allowed


Moderator = Annotated[Signed, Depends(signed_in(Role.MODERATOR))]
Senior = Annotated[Signed, Depends(signed_in(Role.SENIOR))]
Admin = Annotated[Signed, Depends(signed_in(Role.ADMIN))]
Newcomer = Annotated[Signed, Depends(signed_in(with_temporary_password=True))]
"""Whoever is signed in, even with a password that must still be changed."""


def _page(request: Request) -> str:
    # Where the person is: the page itself, or the one that a form or htmx asked from.
    at = request.headers.get("hx-current-url")
    if at is None and request.method not in SAFE:
        at = request.headers.get("referer", "")
    try:
        parts = urlsplit(str(request.url) if at is None else at)
    except ValueError:
        return HOME
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _theme(request: Request) -> Theme:
    asked = request.cookies.get("console_theme")
    return next((theme for theme in THEMES if theme == asked), "auto")
