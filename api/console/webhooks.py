"""The admin's page of webhook endpoints: how each fares, and what could not be told to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Admin
from api.console.language import Words
from api.console.render import page
from api.console.workshop.telling import told
from api.service import Service, service_of
from api.webhooks import Delivery, Endpoint, EventType, Totals
from api.webhooks.address import AddressRefused
from api.webhooks.sentences import read

router = APIRouter(prefix="/console/webhooks")

_DEAD_SHOWN: Final = 200

ServiceHere = Annotated[Service, Depends(service_of)]
EndpointId = Annotated[str, Path(alias="id", pattern=r"^wh[0-9a-f]{10}$")]


@dataclass(frozen=True, slots=True)
class _Shown:
    endpoint: Endpoint
    totals: Totals
    dead: list[Delivery]


@router.get("")
async def listed(request: Request, signed: Admin, service: ServiceHere) -> Response:
    """Every endpoint with what is pending, dead and delivered."""
    return await _listed(request, signed, service)


@router.post("")
async def create(
    request: Request,
    signed: Admin,
    service: ServiceHere,
    url: Annotated[str, Form()] = "",
    events: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    include_text: Annotated[bool, Form()] = False,
) -> Response:
    """Registers an endpoint and shows its signing secret, this once."""
    words = Words(signed.language)
    wrong = "" if events else words("webhooks.no_events")
    try:
        wanted = [EventType(event) for event in events]
        if wanted:
            made = await service.webhooks.create(url.strip(), wanted, include_text=include_text)
    except AddressRefused as error:
        wrong = words(f"webhooks.refused_{error.why}", None, **error.values)
    except ValueError as error:
        wrong = str(error)
    if wrong:
        return await _listed(request, signed, service, status=422, url=url, wrong=wrong)
    return await _listed(request, signed, service, status=201, made=made)


@router.post("/{id}/replay")
async def replay(
    endpoint: EndpointId,
    _: Admin,
    service: ServiceHere,
    number: Annotated[int | None, Form(ge=1, le=2**53)] = None,
) -> Response:
    """Tells one message again, or all dead ones."""
    if number is None:
        await service.webhooks.replay_dead(endpoint)
    else:
        await service.webhooks.replay(endpoint, number, number)
    return _back(endpoint)


@router.post("/{id}/enable")
async def enable(endpoint: EndpointId, _: Admin, service: ServiceHere) -> Response:
    """Goes on telling an endpoint, from where it was disabled."""
    await service.webhooks.enable(endpoint)
    return _back(endpoint)


@router.post("/{id}/disable")
async def disable(endpoint: EndpointId, signed: Admin, service: ServiceHere) -> Response:
    """Stops telling an endpoint."""
    await service.webhooks.disable(endpoint, f"disabled by {signed.account.id}")
    return _back(endpoint)


@router.post("/{id}/delete")
async def delete(endpoint: EndpointId, _: Admin, service: ServiceHere) -> Response:
    """Forgets an endpoint and what was still to be told."""
    await service.webhooks.delete(endpoint)
    return RedirectResponse("/console/webhooks", 303)


async def _listed(
    request: Request,
    signed: Admin,
    service: Service,
    *,
    status: int = 200,
    made: Endpoint | None = None,
    url: str = "",
    wrong: str = "",
) -> Response:
    words = Words(signed.language)
    shown = [await _shown(each, service) for each in await service.webhooks.all()]
    return page(
        request,
        "webhooks.html",
        signed=signed,
        status=status,
        shown=shown,
        made=made,
        url=url,
        wrong=wrong,
        told=lambda problem: told(read(problem), words),
        events=list(EventType),
    )


async def _shown(endpoint: Endpoint, service: Service) -> _Shown:
    outbox = service.webhooks.outbox(endpoint.id)
    return _Shown(endpoint, await outbox.totals(), await outbox.dead(limit=_DEAD_SHOWN))


def _back(endpoint: str) -> Response:
    return RedirectResponse(f"/console/webhooks#{endpoint}", 303)
