"""Webhook endpoints, and what could not be told to them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access import Admin
from api.problems import FieldError, SafeJSONResponse, documented, invalid
from api.service import Service, service_of
from api.webhooks import Delivery, Endpoint, EventType
from moderation.store.encoding import to_moment

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

ServiceHere = Annotated[Service, Depends(service_of)]
EndpointId = Annotated[str, Path(alias="id", pattern=r"^wh[0-9a-f]{10}$")]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EndpointSent(_Sent):
    """A receiver to be told."""

    url: str = Field(examples=["https://cms.example/hooks/moderation"])
    events: list[EventType] = Field(list(EventType), min_length=1)
    secret: str | None = Field(
        None, description="`whsec_…`, 24 to 64 random bytes in base64; left out, one is made."
    )
    include_text: bool = Field(False, description="Send the comment's text and spans too.")


class SecretSent(_Sent):
    """A new secret, or none for one to be made."""

    secret: str | None = None


class ReplaySent(_Sent):
    """What is told again: entries `first` to `last` of the audit trail, or all dead messages."""

    first: int | None = Field(None, ge=1, le=2**53, description="Alone, it is one entry.")
    last: int | None = Field(None, ge=1, le=2**53)
    dead: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.dead == (self.first is not None) or (self.last is not None and self.first is None):
            raise ValueError('say {"first": …, "last": …} or {"dead": true}')
        if self.first and self.last and self.last < self.first:
            raise ValueError("`last` comes before `first`")
        return self


class EndpointShown(BaseModel):
    """A receiver and how it fares."""

    id: str
    url: str
    events: list[EventType]
    include_text: bool
    created: datetime
    disabled: str | None = Field(description="Why nothing is sent; null while messages are sent.")
    cursor: int = Field(description="The last audit entry that messages were made out for.")
    pending: int
    dead: int
    delivered: int
    last_delivered: datetime | None


class SecretShown(BaseModel):
    """The signing secret; it is shown this once."""

    id: str
    secret: str


class EndpointsShown(BaseModel):
    """All receivers, the oldest first."""

    endpoints: list[EndpointShown]


class DeliveryShown(BaseModel):
    """A message that was not taken yet. `number` is the audit entry that it tells."""

    number: int
    attempts: int
    first: datetime | None
    last: datetime | None
    status: int | None = Field(description="The receiver's last answer; null where none came.")
    problem: str


class DeliveriesShown(BaseModel):
    """Messages; `next` is the `after` of the following page of dead ones, null at the end."""

    deliveries: list[DeliveryShown]
    next: int | None


class ReplayShown(BaseModel):
    """How many messages are told again."""

    messages: int


@router.post(
    "",
    summary="Register a webhook endpoint",
    status_code=201,
    response_model=SecretShown,
    responses=documented(401, 403, 422, 503),
)
async def create(sent: EndpointSent, _: Admin, service: ServiceHere) -> Response:
    """It is told what happens from now on. The answer holds its signing secret, this once."""
    try:
        made = await service.webhooks.create(
            sent.url, sent.events, secret=sent.secret, include_text=sent.include_text
        )
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#")]) from error
    return _secret(made, 201)


@router.get(
    "",
    summary="List webhook endpoints",
    response_model=EndpointsShown,
    responses=documented(401, 403, 503),
)
async def listed(_: Admin, service: ServiceHere) -> Response:
    """With what is pending and dead. Secrets are not shown."""
    told = [await _shown(each, service) for each in await service.webhooks.all()]
    return SafeJSONResponse(EndpointsShown(endpoints=told).model_dump(mode="json"))


@router.get(
    "/{id}",
    summary="One webhook endpoint",
    response_model=EndpointShown,
    responses=documented(401, 403, 404, 503),
)
async def one(endpoint: EndpointId, _: Admin, service: ServiceHere) -> Response:
    """With what is pending and dead."""
    return await _told(endpoint, service)


@router.delete(
    "/{id}",
    summary="Forget a webhook endpoint",
    status_code=204,
    responses=documented(401, 403, 404, 503),
)
async def delete(endpoint: EndpointId, _: Admin, service: ServiceHere) -> Response:
    """What was still to be told is forgotten with it."""
    await service.webhooks.delete(endpoint)
    return Response(status_code=204)


@router.post(
    "/{id}/secret",
    summary="Roll the signing secret",
    response_model=SecretShown,
    responses=documented(401, 403, 404, 422, 503),
)
async def roll(sent: SecretSent, endpoint: EndpointId, _: Admin, service: ServiceHere) -> Response:
    """Messages are signed by the new and by the former secret until the next roll."""
    try:
        return _secret(await service.webhooks.roll(endpoint, sent.secret), 200)
    except ValueError as error:
        raise invalid([FieldError(detail=str(error), pointer="#/secret")]) from error


@router.post(
    "/{id}/{switch}",
    summary="Enable or disable a webhook endpoint",
    response_model=EndpointShown,
    responses=documented(401, 403, 404, 503),
)
async def switch(
    endpoint: EndpointId,
    switch: Annotated[Literal["enable", "disable"], Path()],
    _: Admin,
    service: ServiceHere,
) -> Response:
    """A disabled endpoint is told nothing; once enabled, it is told everything since."""
    if switch == "enable":
        await service.webhooks.enable(endpoint)
    else:
        await service.webhooks.disable(endpoint, "disabled by an admin")
    return await _told(endpoint, service)


@router.get(
    "/{id}/deliveries",
    summary="Messages that were not taken",
    response_model=DeliveriesShown,
    responses=documented(401, 403, 404, 422, 503),
)
async def deliveries(
    endpoint: EndpointId,
    _: Admin,
    service: ServiceHere,
    state: Annotated[Literal["dead", "pending"], Query()] = "dead",
    after: Annotated[int, Query(ge=0, le=2**53, description="Of dead ones.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Dead ones were given up after the last attempt; pending ones are still tried."""
    await service.webhooks.get(endpoint)
    outbox = service.webhooks.outbox(endpoint)
    following = None
    if state == "dead":
        found = await outbox.dead(after=after, limit=limit)
        following = found[-1].number if len(found) == limit else None
    else:
        found = await outbox.pending(limit=limit)
    told = DeliveriesShown(deliveries=[_delivery(each) for each in found], next=following)
    return SafeJSONResponse(told.model_dump(mode="json"))


@router.post(
    "/{id}/deliveries/replay",
    summary="Tell again",
    response_model=ReplayShown,
    responses=documented(401, 403, 404, 422, 503),
)
async def replay(
    sent: ReplaySent, endpoint: EndpointId, _: Admin, service: ServiceHere
) -> Response:
    """One entry of the audit trail, a range, or all dead messages. Ids stay as they were."""
    if sent.first is None:
        messages = await service.webhooks.replay_dead(endpoint)
    else:
        messages = await service.webhooks.replay(endpoint, sent.first, sent.last or sent.first)
    return SafeJSONResponse(ReplayShown(messages=messages).model_dump())


def _secret(endpoint: Endpoint, status: int) -> SafeJSONResponse:
    told = SecretShown(id=endpoint.id, secret=endpoint.secrets[0])
    return SafeJSONResponse(told.model_dump(), status_code=status)


async def _told(endpoint: str, service: Service) -> SafeJSONResponse:
    told = await _shown(await service.webhooks.get(endpoint), service)
    return SafeJSONResponse(told.model_dump(mode="json"))


async def _shown(endpoint: Endpoint, service: Service) -> EndpointShown:
    return EndpointShown(
        id=endpoint.id,
        url=endpoint.url,
        events=sorted(endpoint.events),
        include_text=endpoint.include_text,
        created=endpoint.created,
        disabled=endpoint.disabled or None,
        **asdict(await service.webhooks.outbox(endpoint.id).totals()),
    )


def _delivery(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        number=delivery.number,
        attempts=delivery.attempts,
        first=to_moment(delivery.first) if delivery.first else None,
        last=to_moment(delivery.last) if delivery.last else None,
        status=delivery.status,
        problem=delivery.problem,
    )
