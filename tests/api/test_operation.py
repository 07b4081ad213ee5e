"""Health, numbers, the policy, the audit, and the store that goes away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.keys import Role
from api.service import Service, running
from api.settings import Settings
from moderation.store import EmbeddedServer
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE, Asking, problem

pytestmark = pytest.mark.anyio


async def test_a_service_in_order_is_ready(visitor: httpx.AsyncClient, service: Service) -> None:
    told = (await visitor.get("/readyz")).json()
    assert (told["status"], told["store"]) == ("ready", "ok")
    assert told["rules"]["version"] == service.equipment.engine.rules.version
    assert told["rules"]["problems"] == []


async def test_the_policy_is_public_and_in_both_languages(visitor: httpx.AsyncClient) -> None:
    clauses = (await visitor.get("/v1/policy")).json()["clauses"]
    assert {"author_insult", "profanity"} <= {clause["clause"] for clause in clauses}
    assert all(clause[key][to] for clause in clauses for key in ("text", "message") for to in ("ar", "en"))  # fmt: skip  # noqa: E501


async def test_verdicts_are_counted(form: Asking) -> None:
    async def value(line: str) -> float:
        lines = (await form.get("/metrics")).text.splitlines()
        return next((float(one.rsplit(" ", 1)[1]) for one in lines if one.startswith(line)), 0.0)

    rejected = 'moderation_verdicts_total{action="reject"}'
    reasons = 'moderation_reasons_total{clause="profanity",source="rule"}'
    before = await value(rejected), await value(reasons)
    await form.submit(OBSCENE)
    await form.submit(BORDERLINE, "c-2")
    assert (await value(rejected), await value(reasons)) == (before[0] + 1, before[1] + 1)
    assert await value('moderation_queue_items{state="waiting"}') == 1
    assert await value("moderation_judging_seconds_count") >= 2


async def test_every_transition_is_audited(form: Asking, moderator: Asking, admin: Asking) -> None:
    await form.submit(BORDERLINE)
    (item,) = (await moderator.post("/v1/queue/claim", {})).json()["items"]
    await moderator.post(f"/v1/queue/{item['id']}/resolve", {"outcome": "approve"})
    told = (await admin.get("/v1/audit")).json()
    assert [(entry["kind"], entry["actor"]) for entry in told["entries"]] == [
        ("published", "files on disk"),
        ("submitted", ""), ("claimed", moderator.key), ("approved", moderator.key),
    ]  # fmt: skip
    of_one = (await admin.get("/v1/audit", comment="c-1")).json()["entries"]
    assert of_one == told["entries"][1:]
    page = (await admin.get("/v1/audit", after=2, limit=1)).json()
    assert [entry["kind"] for entry in page["entries"]] == ["claimed"]
    assert page["next"] == 3


async def test_the_audit_verifies(form: Asking, admin: Asking) -> None:
    await form.submit(CIVIL)
    told = (await admin.get("/v1/audit/verify")).json()
    assert (told["sound"], told["checked"], told["problem"]) == (True, 2, None)


async def test_a_tampered_audit_is_told(form: Asking, admin: Asking, service: Service) -> None:
    await form.submit(CIVIL)
    root = f"{{{service.settings.namespace}}}"
    await service.keys._client.set(f"{root}:content:1:c-1", b"{}")
    told = (await admin.get("/v1/audit/verify")).json()
    assert (told["sound"], told["broken_at"]) == (False, 2)


@pytest.fixture
async def losing(
    settings: Settings, tmp_path: Path
) -> AsyncIterator[tuple[Asking, EmbeddedServer]]:
    """A form whose service is about to lose its store."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(tmp_path / "own"))
        own = settings.model_copy(update={"redis_url": server.url})
        service = await stack.enter_async_context(running(own))
        transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://site")
        asking = await Asking.keyed(service, await stack.enter_async_context(client), Role.SUBMIT)
        await asking.submit(CIVIL)
        yield asking, server


async def test_without_the_store_nothing_is_pretended_and_previews_go_on(
    losing: tuple[Asking, EmbeddedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    form, server = losing
    await server.stop()
    # The key is past its freshness: it is trusted while nobody can be asked about it.
    monkeypatch.setattr("api.keys.FRESH_SECONDS", 0.0)
    refused = await form.post("/v1/comments", {"id": "c-2", "text": CIVIL})
    problem(refused, 503)
    assert refused.headers["retry-after"] == "2"
    assert (await form.post("/v1/preview", {"text": OBSCENE})).json()["verdict"][
        "action"
    ] == "reject"
    told = problem(await form.get("/readyz"), 503)
    assert told["health"]["store"] == "unavailable"
    assert (await form.get("/healthz")).status_code == 200
    assert "moderation_store_errors_total" in (await form.get("/metrics")).text
    unknown = replace(form, secret="mod_unknown_x")
    problem(await unknown.post("/v1/preview", {"text": CIVIL}), 503)


async def test_a_missing_model_degrades_and_says_so(settings: Settings, tmp_path: Path) -> None:
    without = settings.model_copy(update={"classifier": True, "model": tmp_path / "none"})
    async with running(without) as service:
        transport = httpx.ASGITransport(create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            told = (await client.get("/readyz")).json()
            assert told["status"] == "degraded"
            assert told["model"]["problem"]
            editor = await Asking.keyed(service, client, Role.RULES)
            assert str(tmp_path) in (await editor.get("/readyz")).json()["model"]["problem"]
