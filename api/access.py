"""Who is asking, and whether they may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from api import browser_keys
from api.keys import Key, Role
from api.problems import Problem
from api.service import Service, service_of
from moderation.store import StoreUnavailable

_BEARER: Final = HTTPBearer(auto_error=False, description="`Authorization: Bearer mod_…`")
_HEADER: Final = APIKeyHeader(name="X-API-Key", auto_error=False, description="`X-API-Key: mod_…`")


async def _key(
    service: Annotated[Service, Depends(service_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> Key | None:
    secret = bearer.credentials if bearer else header
    return await service.keys.holder(secret, browser=True) if secret else None


def needs(*roles: Role) -> Callable[..., Awaitable[Key]]:
    """A dependency: the caller's key, which has one of the roles.

    Raises Problem: 401 without a valid key, 403 where the key has none of the roles; for browser
    keys also 403 from other origins and 429 beyond their rates.
    """

    async def allowed(key: Annotated[Key | None, Depends(_key)], request: Request) -> Key:
        if key is None:
            raise Problem(
                401,
                "no-valid-key",
                "A valid API key is needed",
                "Send `Authorization: Bearer <key>`; `moderation keys create` makes keys.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not key.may(*roles):
            wanted = " or ".join(roles or (Role.ADMIN,))
            raise Problem(
                403,
                "role-missing",
                "The API key has not the role for this",
                f"{request.method} {request.url.path} needs a key with the role {wanted}.",
            )
        if key.origins:
            browser_keys.admit(key, request)
        return key

    return allowed


async def _operator(
    service: Annotated[Service, Depends(service_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> Key | None:
    # Health is told to anybody, and while the store is down too.
    try:
        key = await _key(service, bearer, header)
    except StoreUnavailable:
        return None
    return key if key is not None and key.may(Role.RULES) else None


MaybeOperator = Annotated[Key | None, Depends(_operator)]
Submitter = Annotated[Key, Depends(needs(Role.SUBMIT))]
Reader = Annotated[Key, Depends(needs(Role.SUBMIT, Role.REVIEW))]
Previewer = Annotated[Key, Depends(needs(Role.SUBMIT, Role.REVIEW, Role.RULES))]
Reviewer = Annotated[Key, Depends(needs(Role.REVIEW))]
Admin = Annotated[Key, Depends(needs(Role.ADMIN))]


def sees_evidence(key: Key) -> bool:
    """Whether verdicts are shown to this key with sources, scores and evidence."""
    return key.may(Role.REVIEW, Role.RULES)
