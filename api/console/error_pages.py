"""Problems as a person reads them: a page, or a few words where a part of a page asked."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from fastapi import Request, Response

from api.console.access import Signed, visitor_of
from api.console.addresses import HOME, came_from
from api.console.language import Words
from api.console.render import language_of, page
from api.problems import Problem

_log = structlog.get_logger("api.console")


async def told(request: Request, problem: Problem) -> Response:
    """A problem as a page with the way back, and the navigation of whoever is signed in.

    The page comes even where it cannot be known who asks: then without the navigation.
    For a request by htmx, its words in the header `X-Told`.
    """
    words = Words(language_of(request))
    slug = str(problem.content["type"]).rpartition(":")[2].replace("-", "_")
    told = (f"errors.conflict_{problem.content.get('reason')}", f"errors.{slug}")
    keys = (*told, f"errors.status_{problem.status_code}", "errors.other")
    title = words(next(filter(words.knows, keys)))
    detail = "" if any(map(words.knows, told)) else _detail(problem)
    if "hx-request" in request.headers:
        headers = {"X-Told": quote(f"{title} {detail}".strip()), "Cache-Control": "no-store"}
        return Response(
            status_code=problem.status_code, headers=dict(problem.headers or {}) | headers
        )
    signed, stranger = await _asking(request, slug)
    return page(
        request,
        "error.html",
        signed=signed,
        stranger=stranger,
        status=problem.status_code,
        headers=problem.headers,
        title=title,
        remedy=_remedy(problem, slug, words),
        detail=detail,
        number=problem.status_code,
        before=came_from(request),
        home=HOME,
    )


async def _asking(request: Request, slug: str) -> tuple[Signed | None, bool]:
    """Whoever is signed in, and whether it is known that nobody is."""
    if slug == "store_unavailable":
        # The store would have to be asked who it is, and waited for once more.
        return None, False
    try:
        signed = await visitor_of(request)
    except Exception:
        # What failed may be this very look-up: the page must come all the same.
        _log.exception("who asks cannot be known; the page of the problem goes without")
        return None, False
    return signed, signed is None


def _remedy(problem: Problem, slug: str, words: Words) -> str:
    """What to do about it, where that can be said."""
    needs = f"common.{problem.content.get('needs')}"
    if slug == "role_missing" and words.knows(needs):
        return words("errors.remedy_role", role=words(needs))
    key = f"errors.remedy_{problem.status_code}"
    return words(key) if words.knows(key) and not words.knows(f"errors.{slug}") else ""


def _detail(problem: Problem) -> str:
    errors = problem.content.get("errors")
    if isinstance(errors, list):
        return "; ".join(
            f"{error.get('pointer') or error.get('parameter') or ''} {error['detail']}".strip()
            for error in errors
        )
    return str(problem.content.get("detail", ""))
