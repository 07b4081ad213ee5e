"""Pages and fragments of the console, from templates to answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.console.addresses import page_of
from api.console.foreign import marked
from api.console.language import DEFAULT, Language, Words, preferred
from api.console.navigation import entries
from api.console.times import Times
from api.pages import templates_of
from moderation.store.encoding import to_moment

if TYPE_CHECKING:
    from api.console.access import Signed

_TEMPLATES: Final = templates_of("api.console")
_HEADERS: Final = {
    # Nothing that a reader wrote can run, load or post elsewhere, even if it became markup.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language, HX-Request",
}


@cache
def asset(name: str) -> str:
    """The address of a file under `static/`; it changes with the content: browsers may keep it."""
    content = (files("api.console") / "static" / name).read_bytes()
    return f"/console/static/{name}?v={sha256(content).hexdigest()[:10]}"


def language_of(request: Request) -> Language:
    """The language of somebody who may not have signed in."""
    cookie = request.cookies.get("console_language")
    return preferred(cookie, request.headers.get("accept-language", DEFAULT))


def page(
    request: Request,
    template: str,
    *,
    signed: Signed | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A page, or a fragment of one, from a template; values are escaped.

    Templates have `words` (texts and numbers in the person's language), `times` (elements that a
    script tells in the viewer's time zone), `foreign` (marks what other programs say as English),
    `signed`, `asset`, `path`, `here` (where the person is, to come back to), `entries` (the places
    that this person may go to) and what is given.
    """
    words = Words(signed.language if signed else language_of(request))
    theme = signed.theme if signed else request.cookies.get("console_theme", "auto")
    html = _TEMPLATES.get_template(template).render(
        values,
        words=words,
        times=Times(words),
        foreign=marked,
        signed=signed,
        theme=theme if theme in {"light", "dark"} else "auto",
        asset=asset,
        moment=to_moment,
        path=request.url.path,
        here=page_of(request),
        entries=entries(signed.account.role) if signed else (),
    )
    return HTMLResponse(html, status, _HEADERS | dict(headers or {}))
