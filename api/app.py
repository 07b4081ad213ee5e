"""The HTTP application."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI

from api import browser_keys, pages, problems
from api.console import error_pages, install, rule_editor
from api.limits import BodyLimit
from api.logs import AccessLog
from api.problems import SafeJSONResponse
from api.routes import (
    appeals,
    audit,
    comments,
    coral,
    demo,
    form,
    health,
    openai,
    perspective,
    policy,
    preview,
    queue,
    rules,
    statistics,
    webhooks,
)
from api.service import Service
from api.settings import Settings
from api.wire.coral_settings import CoralSettings

_DESCRIPTION = """
Judges readers' comments by a site's publication terms, records what was decided, and keeps flagged
comments for moderators.

Errors are problem details (RFC 9457), `application/problem+json`. Offsets are given in code points
and in UTF-16 units; ends are exclusive.
"""

_TAGS = [
    {"name": "comments", "description": "Submitting comments and asking what became of them."},
    {"name": "preview", "description": "Judging without recording."},
    {"name": "queue", "description": "Flagged comments and moderators' decisions on them."},
    {"name": "policy", "description": "The publication terms."},
    {"name": "rules", "description": "Published rule sets, their history, and going back."},
    {"name": "audit", "description": "The append-only record of every transition."},
    {"name": "statistics", "description": "Numbers, counted from the audit trail."},
    {"name": "webhooks", "description": "Other systems that are told of decisions."},
    {"name": "other services", "description": "Perspective, Coral and OpenAI clients."},
    {"name": "operation", "description": "Health and numbers."},
]


_LARGE = frozenset({"/v1/preview/batch", "/v1/rules"}) | rule_editor.LARGE
"""Whose requests may be as large as a batch."""


def create_app(service: Service) -> FastAPI:
    """The application on a running service."""
    app = FastAPI(
        title="Comment moderation",
        summary="A comment goes in, a reasoned verdict comes out.",
        description=_DESCRIPTION,
        version=version("moderation"),
        openapi_tags=_TAGS,
        default_response_class=SafeJSONResponse,
    )
    app.state.service = service
    groups = (
        # Before the comments, whose ids may hold slashes.
        appeals,
        comments,
        form,
        preview,
        queue,
        policy,
        rules,
        audit,
        statistics,
        webhooks,
        perspective,
        openai,
        health,
    )
    for group in groups:
        app.include_router(group.router)
    app.include_router(coral.routes(CoralSettings()))
    if service.settings.demo:
        app.include_router(demo.create_router())
    pages.install(app)
    install.install(app)
    problems.install(app, {"/console": error_pages.told})
    app.add_middleware(BodyLimit, limit_of=_body_limit(service.settings))
    # Outside of the limit, so that a page may read that its comment was too large.
    browser_keys.install(app, service.keys, service.settings)
    app.add_middleware(AccessLog)
    return app


def _body_limit(settings: Settings) -> Callable[[str], int]:
    def limit_of(path: str) -> int:
        return settings.batch_bytes if path in _LARGE else settings.body_bytes

    return limit_of
