"""The console's routes and files, put into the application."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import RedirectResponse

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
from api.pages import Files

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
_KEPT: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Addresses change with the content: see `render.asset`."""


def install(app: FastAPI) -> None:
    """Serves the console under /console."""

    @app.get("/console", include_in_schema=False)
    async def _first_page() -> Response:
        return RedirectResponse("/console/queue", 303)

    app.add_exception_handler(RedirectedError, redirected)
    for router in _ROUTERS:
        app.include_router(router, include_in_schema=False)
    files = Files(Path(__file__).parent / "static", _KEPT)
    app.mount("/console/static", files)
