"""Routes whose errors are told in another service's form."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.complaints import unreadable
from moderation.store import StoreUnavailable

Failure = RequestValidationError | HTTPException | StoreUnavailable


def route_class(tell: Callable[[Failure], Response]) -> type[APIRoute]:
    """A class for `APIRouter(route_class=…)`: `tell` answers what a route refuses."""

    class Route(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_and_tell(request: Request) -> Response:
                try:
                    return await handle(request)
                except HTTPException as failure:
                    if failure.status_code == HTTPStatus.BAD_REQUEST and failure.__cause__:
                        failure = HTTPException(HTTPStatus.BAD_REQUEST, f"{unreadable(failure)}.")
                    return tell(failure)
                except (RequestValidationError, StoreUnavailable) as failure:
                    return tell(failure)

            return handle_and_tell

        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await super().handle(scope, receive, send)
            except HTTPException as failure:
                # A method that the route has not is refused before its handler is asked.
                await tell(failure)(scope, receive, send)

    return Route
