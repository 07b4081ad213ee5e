"""Who may do what."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api import keys
from api.keys import Role
from api.service import Service
from tests.api.asking import CIVIL, Asking, problem

pytestmark = pytest.mark.anyio

ROUTES = {
    ("POST", "/v1/comments"): {Role.SUBMIT},
    ("GET", "/v1/comments/c-1"): {Role.SUBMIT, Role.REVIEW},
    ("POST", "/v1/preview"): {Role.SUBMIT, Role.REVIEW, Role.RULES},
    ("POST", "/v1/preview/batch"): {Role.SUBMIT, Role.REVIEW, Role.RULES},
    ("GET", "/v1/queue"): {Role.REVIEW},
    ("POST", "/v1/queue/claim"): {Role.REVIEW},
    ("POST", "/v1/queue/1/resolve"): {Role.REVIEW},
    ("POST", "/v1/queue/1/release"): {Role.REVIEW},
    ("POST", "/v1/queue/1/undo"): {Role.REVIEW},
    ("GET", "/v1/rules"): {Role.RULES},
    ("GET", "/v1/rules/3fa4b2c1d0e9"): {Role.RULES},
    ("POST", "/v1/rules"): {Role.RULES},
    ("POST", "/v1/rules/rollback"): {Role.RULES},
    ("GET", "/v1/audit"): set(),
    ("GET", "/v1/audit/verify"): set(),
}
PUBLIC = ["/v1/policy", "/healthz", "/readyz", "/metrics", "/openapi.json"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("route", "allowed"), ROUTES.items(), ids=lambda told: " ".join(sorted(told))
)
async def test_each_role_opens_its_own_routes(
    service: Service,
    visitor: httpx.AsyncClient,
    role: Role,
    route: tuple[str, str],
    allowed: set[Role],
) -> None:
    asking = await Asking.keyed(service, visitor, role)
    method, path = route
    body = {"id": "c-1", "text": CIVIL} if method == "POST" else None
    answer = await (asking.post(path, body) if method == "POST" else asking.get(path))
    if role is Role.ADMIN or role in allowed:
        assert answer.status_code not in {401, 403}
    else:
        problem(answer, 403)


@pytest.mark.parametrize("path", PUBLIC)
async def test_some_routes_need_no_key(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 200


@pytest.mark.parametrize(
    "secret", ["", "x", "mod_", "mod__", "mod_abc_def", "Mod_a_b", "mod_" + "a" * 5000, "mod_é_b"]
)
async def test_a_secret_that_is_none_is_refused(visitor: httpx.AsyncClient, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}".encode()}
    answer = await visitor.get("/v1/queue", headers=headers)  # type: ignore[arg-type]
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_with_another_secret_is_refused(
    moderator: Asking, visitor: httpx.AsyncClient
) -> None:
    other = moderator.secret[:-1] + ("a" if moderator.secret[-1] != "a" else "b")
    problem(await Asking(visitor, other, moderator.key).get("/v1/queue"), 401)


async def test_the_key_may_come_in_a_header_of_its_own(
    moderator: Asking, visitor: httpx.AsyncClient
) -> None:
    answer = await visitor.get("/v1/queue", headers={"X-API-Key": moderator.secret})
    assert answer.status_code == 200


async def test_a_key_may_have_several_roles(service: Service, visitor: httpx.AsyncClient) -> None:
    asking = await Asking.keyed(service, visitor, Role.SUBMIT, Role.REVIEW)
    await asking.submit(CIVIL)
    assert (await asking.get("/v1/queue")).status_code == 200


async def test_a_revoked_key_stops_at_once_where_it_was_revoked(
    service: Service, moderator: Asking
) -> None:
    assert (await moderator.get("/v1/queue")).status_code == 200
    assert await service.keys.revoke(moderator.key)
    problem(await moderator.get("/v1/queue"), 401)


async def test_a_key_revoked_elsewhere_stops_soon(
    service: Service, moderator: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "FRESH_SECONDS", 0.2)
    elsewhere = keys.KeyRing(service.keys._client, service.keys._name)
    assert (await moderator.get("/v1/queue")).status_code == 200
    await elsewhere.revoke(moderator.key)
    await asyncio.sleep(0.25)
    problem(await moderator.get("/v1/queue"), 401)


async def test_secrets_are_not_stored(service: Service, moderator: Asking) -> None:
    stored = await service.keys._client.hgetall(service.keys._name)
    secret = moderator.secret.rsplit("_", 1)[-1]
    assert secret not in str(stored)


async def test_revoking_what_does_not_exist_says_so(service: Service) -> None:
    assert not await service.keys.revoke("none")


async def test_keys_are_listed_without_secrets(service: Service) -> None:
    made, _ = await service.keys.create("نموذج التعليقات", [Role.SUBMIT])
    assert await service.keys.all() == [made]
