"""Whether the service lives, whether it can work, and its numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from api import metrics
from api.access import MaybeOperator
from api.problems import SafeJSONResponse, documented, unavailable
from api.service import Service, service_of
from moderation.store import StoreUnavailable

router = APIRouter(tags=["operation"])


class Alive(BaseModel):
    """The process answers."""

    status: str = Field("alive", examples=["alive"])


class RulesHealth(BaseModel):
    """The rule set that serves, and what is wrong with the files on disk.

    Anybody may ask for health, so that only keys with the role `rules` read more than the place.
    """

    version: str
    policy: str
    problems: list[str] = Field(
        description="What is wrong, and where; `file:line:column` alone without a `rules` key."
    )


class ModelHealth(BaseModel):
    """The model that serves, or why there is none, or not the one that was promoted."""

    version: str | None
    problem: str | None


class Ready(BaseModel):
    """`degraded` still judges: by the last good rules, or without the classifier."""

    status: str = Field(examples=["ready", "degraded"])
    store: str = Field(examples=["ok"])
    rules: RulesHealth
    model: ModelHealth


@router.get("/healthz", summary="Liveness", response_model=Alive)
async def healthz() -> Response:
    """Answers as long as the process does; checks nothing else."""
    return SafeJSONResponse(Alive().model_dump())


@router.get("/readyz", summary="Readiness", response_model=Ready, responses=documented(503))
async def readyz(
    operator: MaybeOperator, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """503 where the store is down: submissions would be refused."""
    health = _health(service, explain=operator is not None)
    try:
        await service.store.ping()
    except StoreUnavailable:
        down = unavailable()
        health.status, health.store = "unready", "unavailable"
        down.content.update({"status": 503, "health": health.model_dump()})
        return down.response()
    return SafeJSONResponse(health.model_dump())


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def numbers(service: Annotated[Service, Depends(service_of)]) -> Response:
    """In the text format of Prometheus."""
    try:
        counts = await service.store.queue.counts()
    except StoreUnavailable:
        metrics.QUEUE.clear()
    else:
        for state in ("waiting", "claimed", "escalated"):
            metrics.QUEUE.labels(state).set(getattr(counts, state))
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _health(service: Service, *, explain: bool) -> Ready:
    problems = [
        str(problem) if explain else f"{problem.path.name}:{problem.line}:{problem.column}"
        for problem in service.rule_problems
    ]
    engine, loaded = service.equipment.engine, service.classifier
    problem = loaded.problem if explain or not loaded.problem else "no bundle could be loaded"
    if problem is None and service.champion.missing:
        problem = f"model {service.champion.missing} was promoted, and is not here"
    model = ModelHealth(
        version=loaded.classifier.version if loaded.classifier else None, problem=problem
    )
    return Ready(
        status="degraded" if problems or problem else "ready",
        store="ok",
        rules=RulesHealth(
            version=engine.rules.version, policy=service.equipment.policy.version, problems=problems
        ),
        model=model,
    )
