"""Problems as a person reads them: a page, or a few words where a part of a page asked."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request, Response

from api.console.language import Words
from api.console.render import language_of, page
from api.problems import Problem


def told(request: Request, problem: Problem) -> Response:
    """A problem as a page; for a request by htmx, its words in the header `X-Told`."""
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
    return page(
        request,
        "error.html",
        status=problem.status_code,
        headers=problem.headers,
        title=title,
        detail=detail,
        number=problem.status_code,
    )


def _detail(problem: Problem) -> str:
    errors = problem.content.get("errors")
    if isinstance(errors, list):
        return "; ".join(
            f"{error.get('pointer') or error.get('parameter') or ''} {error['detail']}".strip()
            for error in errors
        )
    return str(problem.content.get("detail", ""))
