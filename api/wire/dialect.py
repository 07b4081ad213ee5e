"""Routes whose errors are told in another service's form."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

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
                except (RequestValidationError, HTTPException, StoreUnavailable) as failure:
                    return tell(failure)

            return handle_and_tell

    return Route
