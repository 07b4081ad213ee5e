"""Cross-site request forgery: only the console's own pages may ask for changes."""

from __future__ import annotations

import hmac
from typing import Final

from fastapi import Request

from api.origins import is_own
from api.problems import Problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"


def same_site(request: Request) -> None:
    """Lets requests of this service's own pages through, and safe ones. Raises Problem (403).

    Browsers say where a request comes from: `Sec-Fetch-Site` over https, `Origin` always. A request
    that changes something and says neither is refused.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is None:
        own = is_own(request.headers.get("origin", ""), request.headers)
    else:
        own = site == "same-origin"
    if not own:
        raise Problem(
            403,
            "not-from-here",
            "The request comes from another site's page",
            "Open the console itself; a proxy before it must pass on the header Host.",
        )


async def carries(request: Request, token: str) -> None:
    """Lets requests through that carry a session's token, and safe ones. Raises Problem (403)."""
    if request.method in SAFE:
        return
    given = request.headers.get(HEADER) or (await request.form()).get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode(errors="replace"), token.encode()
    ):
        raise Problem(
            403,
            "page-outdated",
            "The page is older than this sign-in",
            "Go back, load the page again, and repeat what you did.",
        )
