"""The publication terms, for comment forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from api.problems import SafeJSONResponse
from api.service import Service, service_of
from moderation.policy import Wording

router = APIRouter(tags=["policy"])


class TermShown(BaseModel):
    """One clause of the terms."""

    clause: str
    text: Wording
    message: Wording


class PolicyShown(BaseModel):
    """The terms that this site enforces."""

    version: str
    clauses: list[TermShown]


@router.get("/v1/policy", summary="The publication terms", response_model=PolicyShown)
async def policy(service: Annotated[Service, Depends(service_of)]) -> Response:
    """Public: a comment form shows the terms before anybody has a key."""
    terms = service.equipment.policy
    shown = PolicyShown(
        version=terms.version,
        clauses=[
            TermShown(clause=name, text=clause.text, message=clause.message)
            for name, clause in terms.clauses.items()
        ],
    )
    return SafeJSONResponse(shown.model_dump(mode="json"))
