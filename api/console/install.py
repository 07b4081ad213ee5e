"""The console's routes and files, put into the application."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.console import (
    account_pages,
    audit_pages,
    conversation,
    dashboard,
    exporting,
    history,
    models,
    my_account,
    queue,
    rules_pages,
    sign_in,
    site,
    transparency,
    webhooks,
)
from api.console.access import RedirectedError, redirected

_ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    my_account.router,
    account_pages.router,
    queue.router,
    history.router,
    exporting.router,
    audit_pages.router,
    conversation.router,
    dashboard.router,
    transparency.router,
    rules_pages.router,
    models.router,
    site.router,
    webhooks.router,
)


class _Files(StaticFiles):
    """Files whose addresses change with their content."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def install(app: FastAPI) -> None:
    """Serves the console under /console."""

    @app.get("/console", include_in_schema=False)
    async def _first_page() -> Response:
        return RedirectResponse("/console/queue", 303)

    app.add_exception_handler(RedirectedError, redirected)
    for router in _ROUTERS:
        app.include_router(router, include_in_schema=False)
    files = _Files(directory=Path(__file__).parent / "static")
    app.mount("/console/static", files)
