"""Browser keys: public keys that stand in pages, held to their origins and to a rate.

Any reader can copy such a key out of a page, so that it opens nothing but what a comment form
does. Browsers name the page's origin truthfully, which keeps other sites from using the key; a
program can name any origin, which is what the rates are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Final

from fastapi import FastAPI, Request

from api.keys import Key, KeyRing
from api.origins import CrossOrigin, KnownOrigins, is_own
from api.problems import Problem
from api.rates import Rates, network_of
from api.settings import Settings
from moderation.comment import Comment

FORM_PATH: Final = "/v1/form"
"""Where forms post themselves that have no script."""
STATEMENT_PATH: Final = f"{FORM_PATH}/statement"
APPEAL_PATH: Final = f"{FORM_PATH}/appeal"
"""Where readers open the reasons of a refusal, and appeal."""
TOKENS: Final[Mapping[tuple[str, str], int]] = {
    ("POST", "/v1/preview"): 1,
    ("GET", "/v1/comments/{id:path}"): 1,
    ("GET", "/v1/comments/{id:path}/statement"): 1,
    ("POST", "/v1/comments"): 5,
    ("POST", "/v1/comments/{id:path}/appeal"): 5,
    ("POST", FORM_PATH): 5,
    ("POST", STATEMENT_PATH): 1,
    ("POST", APPEAL_PATH): 5,
}
"""What a browser key opens, by method and route, and the tokens that it takes."""


def install(app: FastAPI, keys: KeyRing, settings: Settings) -> None:
    """Gives the app its rates, and its answers to pages of other origins."""
    app.state.browser_rates = Rates(settings.browser_client_tokens, settings.browser_key_tokens)
    app.add_middleware(CrossOrigin, origins=KnownOrigins(keys))


def admit(key: Key, request: Request, *, own_pages: bool = False) -> None:
    """Lets a browser key through where it may be used, and takes the request's tokens.

    With `own_pages`, a form on a page of this service is let through too. Raises Problem: 403 for
    other origins and routes, 429 beyond the rates.
    """
    tokens = TOKENS.get((request.method, getattr(request.scope.get("route"), "path", "")))
    if tokens is None:
        raise Problem(
            403,
            "role-missing",
            "A browser key does not open this",
            "Browser keys preview, submit and appeal; use a server's key for all else.",
        )
    origin = request.headers.get("origin", "")
    if origin not in key.origins and not (own_pages and is_own(origin, request.headers)):
        raise Problem(
            403,
            "origin-not-allowed",
            "This key is for pages of another site",
            "`moderation keys create --origin …` makes a key for a site's pages.",
        )
    rates: Rates = request.app.state.browser_rates
    client = network_of(request.client.host if request.client else "")
    if wait := ceil(rates.take(key.id, client, tokens)):
        raise Problem(
            429,
            "too-many-requests",
            "Too many requests",
            f"Ask again in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


def own(key: Key, comment: str) -> None:
    """Keeps browser keys to comments of their own: ids that begin with the key's id and a hyphen.

    Whoever names a comment's id may change its text, and a public key is everybody's; so a form
    adds a random part to this prefix, and comments of servers are out of its reach. Raises Problem
    (403).
    """
    if key.origins and not comment.startswith(f"{key.id}-"):
        raise Problem(
            403,
            "not-its-own",
            "This key has no comment of this id",
            f"Comments of this browser key have ids that begin with `{key.id}-`; add a random "
            "part, so that no reader can guess another's.",
        )


def unsworn(key: Key, comment: Comment) -> Comment:
    """The comment without what only a server can say of it, where a page sent it: whether its
    author is new and how often the text came are then looked up."""
    return replace(comment, newcomer=None, repeats=None) if key.origins else comment
