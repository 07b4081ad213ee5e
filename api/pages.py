"""Pages that readers see, and the files that pages load."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


def templates_of(package: str) -> Environment:
    """The templates of a package: what they are given is escaped, and must be given."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_TEMPLATES: Final = templates_of("api")
_HEADERS: Final = {
    # Nothing that a reader wrote can run, load or post elsewhere, even if it became markup.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> HTMLResponse:
    """A page from a template; values are escaped. It loads files of this service only."""
    html = _TEMPLATES.get_template(template).render(values)
    return HTMLResponse(html, status, _HEADERS | dict(headers or {}))


class Files(StaticFiles):
    """Files of a folder, each answered with headers of their own."""

    def __init__(self, directory: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=directory)
        self._headers = {"X-Content-Type-Options": "nosniff", **headers}

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers.update(self._headers)
        return answer


_PUBLIC: Final = {
    # Pages of every site may load them.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}


def install(app: FastAPI) -> None:
    """Serves the files under /static."""
    app.mount("/static", Files(Path(__file__).parent / "static", _PUBLIC))
