"""One running service: what judges, the store, the keys, and their state of health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from fastapi import Request

from api import metrics
from api.faces import Faces
from api.housekeeping import keep_house
from api.keys import KeyRing
from api.settings import Settings
from api.storing import opened
from api.watch import on_change
from api.webhooks import Webhooks
from api.webhooks.telling import tell
from api.wiring import Equipment, LoadedClassifier, equip, load_classifier, settle
from moderation.store import Store
from rules.errors import Problem, RulesError

_log = structlog.get_logger("api.service")


@dataclass
class Service:
    """Everything that the routes work with.

    `equipment` is replaced as a whole when rules or policy change, so that a request sees one set
    from its beginning to its end. `rule_problems` is what is wrong with the files that are on disk
    now; while there is something, the last good set serves.
    """

    settings: Settings
    store: Store
    keys: KeyRing
    webhooks: Webhooks
    equipment: Equipment
    classifier: LoadedClassifier
    rule_problems: tuple[Problem, ...] = ()
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def faces(self) -> Faces:
        """The two faces of verdicts, in the words of the current policy and rules."""
        return Faces(self.equipment.policy, self.equipment.messages)

    async def reload(self) -> None:
        """Loads rules and policy anew; a broken file leaves what serves as it is."""
        async with self._reloading:
            try:
                self.equipment = await asyncio.to_thread(_equip, self.settings, self.classifier)
            except (RulesError, OSError) as error:
                self.rule_problems = _problems(error, self.settings.rules)
                metrics.RELOADS.labels("refused").inc()
                _log.error(
                    "rules or policy are broken; the last good set serves",
                    problems=[str(problem) for problem in self.rule_problems],
                )
                return
            self.rule_problems = ()
            settle()
            metrics.RELOADS.labels("loaded").inc()
            _log.info(
                "rules and policy loaded",
                rules=self.equipment.engine.rules.version,
                policy=self.equipment.policy.version,
            )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """A service with its store open and its files watched.

    Raises RulesError where rules or policy are broken (there is no good set yet to serve), and
    StoreError where the embedded store cannot be started.
    """
    classifier = LoadedClassifier(None)
    if settings.classifier:
        classifier = await asyncio.to_thread(load_classifier, settings.model)
        if classifier.problem:
            _log.error("no classifier; rules decide alone", reason=classifier.problem)
    equipment = await asyncio.to_thread(_equip, settings, classifier)
    settle()
    async with opened(settings) as beside:
        service = Service(
            settings, beside.store, beside.keys, beside.webhooks, equipment, classifier
        )
        stop = asyncio.Event()
        watching = asyncio.create_task(_watch(service, stop))
        house = asyncio.create_task(keep_house(beside.store, settings, stop))
        telling = asyncio.create_task(
            tell(beside.webhooks, beside.store, lambda: service.faces, stop)
        )
        try:
            yield service
        finally:
            stop.set()
            await asyncio.gather(watching, house, telling, return_exceptions=True)


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service: Service = request.app.state.service
    return service


async def _watch(service: Service, stop: asyncio.Event) -> None:
    try:
        await on_change(service.settings, stop, service.reload)
    except Exception:
        _log.exception("rules and policy are no longer watched; restart to load changes")


def _equip(settings: Settings, classifier: LoadedClassifier) -> Equipment:
    return equip(
        settings.rules,
        settings.policy,
        classifier.classifier,
        expects_classifier=settings.classifier,
    )


def _problems(error: RulesError | OSError, folder: Path) -> tuple[Problem, ...]:
    if isinstance(error, RulesError):
        return error.problems
    return (Problem(folder, 0, 0, "", f"cannot be read: {error}", "restore the file"),)
