"""The audit trail, verified from a page.

The walk goes on while the page is looked at, however long the trail: the page asks from time to
time how far it is.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.access import Senior, Signed
from api.console.render import page
from api.problems import FieldError, invalid
from api.service import Service, service_of
from moderation.store import Head, Store, StoreUnavailable, Verification

PATH: Final = "/console/audit"
router = APIRouter(prefix=PATH)

ServiceHere = Annotated[Service, Depends(service_of)]
_KEPT: Final = re.compile(r"\s*([0-9]{1,15})[\s:·]+([0-9a-f]{64})\s*")


@dataclass
class Verifying:
    """The last walk over the trail, and how far it is. One at a time in a process."""

    checked: int = 0
    head: int = 0
    found: Verification | None = None
    failed: bool = False
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether the walk goes on."""
        return self._task is not None and not self._task.done()

    def begin(self, store: Store, known: Head | None) -> None:
        """Begins a walk, unless one goes on. `known` is a head that was kept elsewhere."""
        if not self.running:
            self.checked, self.head, self.found, self.failed = 0, 0, None, False
            self._task = asyncio.create_task(self._walk(store, known))

    async def _walk(self, store: Store, known: Head | None) -> None:
        try:
            self.head = (await store.audit.head()).number
            self.found = await store.audit.verify(known, progress=self._progress)
        except StoreUnavailable:
            self.failed = True

    def _progress(self, checked: int) -> None:
        self.checked = checked


def verifying_of(request: Request) -> Verifying:
    """The walk of this process."""
    state = request.app.state
    if not hasattr(state, "verifying"):
        state.verifying = Verifying()
    found: Verifying = state.verifying
    return found


@router.get("")
async def trail(request: Request, signed: Senior, service: ServiceHere) -> Response:
    """The trail's present head, and the last verification."""
    return await _page(request, "audit.html", signed, service)


@router.get("/state")
async def state(request: Request, signed: Senior, service: ServiceHere) -> Response:
    """How far the verification is."""
    return await _page(request, "audit_state.html", signed, service)


@router.post("/verify")
async def verify(
    request: Request,
    signed: Senior,
    service: ServiceHere,
    kept: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Walks the whole trail, and holds it against a head that was kept elsewhere, if there is."""
    verifying_of(request).begin(service.store, _head(kept))
    if "hx-request" in request.headers:
        return await _page(request, "audit_state.html", signed, service)
    return RedirectResponse(PATH, 303)


async def _page(request: Request, template: str, signed: Signed, service: Service) -> Response:
    head = await service.store.audit.head()
    return page(request, template, signed=signed, walk=verifying_of(request), head=head)


def _head(kept: str) -> Head | None:
    if not kept.strip():
        return None
    found = _KEPT.fullmatch(kept)
    if found is None:
        detail = "a kept head is its number and its hash, as this page shows them"
        raise invalid([FieldError(detail=detail, pointer="#/kept")])
    return Head(int(found[1]), found[2])
