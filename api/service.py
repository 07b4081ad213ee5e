"""One running service: what judges, the store, the keys, and their state of health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from fastapi import Request

from api.breaker import Breaker
from api.challenger import Challenger
from api.champion import Champion
from api.console.accounts import Accounts
from api.console.care import Care
from api.console.golden import Golden
from api.console.sessions import Sessions
from api.faces import Faces
from api.housekeeping import keep_house
from api.keys import KeyRing
from api.overseeing import oversee
from api.rulebook.homes import Homes
from api.rulebook.loading import Loader
from api.rulebook.rulebook import Rulebook
from api.rulebook.syncing import Served, Syncing
from api.settings import Settings
from api.statistics import keep_counted
from api.storing import Opened, opened
from api.webhooks import Webhooks
from api.webhooks.telling import tell
from api.wiring import Equipment, LoadedClassifier, load_classifier, settle
from moderation.store import Store, StoreError
from moderation.store.projection import Projection
from rules.errors import Problem

_log = structlog.get_logger("api.service")
_NONE = LoadedClassifier(None)


@dataclass
class Service:
    """Everything that the routes work with.

    `equipment` is replaced as a whole when rules or policy change, so that a request sees one set
    from its beginning to its end. `rule_problems` is what is wrong with the files that are on disk
    now; while there is something, the last good set serves. `rulebook` publishes others.
    """

    settings: Settings
    store: Store
    keys: KeyRing
    webhooks: Webhooks
    accounts: Accounts
    sessions: Sessions
    care: Care
    golden: Golden
    equipment: Equipment
    classifier: LoadedClassifier
    rulebook: Rulebook
    syncing: Syncing
    challenger: Challenger
    rule_problems: tuple[Problem, ...] = ()
    breaker: Breaker = field(init=False)
    champion: Champion = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.store)
        self.champion = Champion(self.settings, self.store.promotions, self.serve_model)
        if self.classifier.classifier is not None:
            self.champion.served = self.classifier.classifier.version

    @property
    def statistics(self) -> Projection:
        """What was counted from the audit trail."""
        return self.store.statistics

    @property
    def faces(self) -> Faces:
        """The two faces of verdicts, in the words of the current policy and rules."""
        return Faces(self.equipment.policy, self.equipment.messages)

    def serve(self, served: Served) -> None:
        """Serves other rules from now on, or tells what is wrong with those that should."""
        if served.loaded.equipment is not self.equipment:
            self.equipment = served.loaded.equipment
            settle()
        self.rule_problems = served.problems

    async def serve_model(self, loaded: LoadedClassifier) -> None:
        """Judges by another model from now on; what is being judged is judged by the former."""
        self.serve(await self.syncing.use(loaded.classifier))
        self.classifier = loaded
        _log.info("another model serves", version=self.champion.served)


async def assembled(
    settings: Settings,
    beside: Opened,
    classifier: LoadedClassifier,
    challenger: LoadedClassifier = _NONE,
) -> Service:
    """A service on an open store, with the rules that are current.

    `syncing.run(service.serve, stop)` keeps them so. Raises RulesError where there is no good set.
    """
    loader = Loader(classifier.classifier, expects_classifier=settings.classifier)
    syncing = Syncing(beside.versions, loader, Homes(settings))
    served = await syncing.begin()
    settle()
    return Service(
        settings,
        beside.store,
        beside.keys,
        beside.webhooks,
        beside.accounts,
        beside.sessions,
        beside.care,
        beside.golden,
        served.loaded.equipment,
        classifier,
        Rulebook(beside.versions, loader, beside.store, syncing.sync),
        syncing,
        Challenger(challenger, beside.differences),
        served.problems,
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """A service with its store open and its files watched.

    Raises RulesError where rules or policy are broken and no good set was ever published, and
    StoreError where the embedded store cannot be started.
    """
    classifier = challenger = _NONE
    if settings.classifier:
        classifier = await asyncio.to_thread(load_classifier, settings.served_model)
        if classifier.problem:
            _log.error("no classifier; rules decide alone", reason=classifier.problem)
    if settings.classifier and settings.challenger is not None:
        challenger = await asyncio.to_thread(load_classifier, settings.challenger)
        if challenger.problem:
            _log.error("no challenger; nothing else is changed by that", reason=challenger.problem)
    async with opened(settings) as beside:
        service = await assembled(settings, beside, classifier, challenger)
        stop = asyncio.Event()
        with suppress(StoreError):
            await service.breaker.refresh(service.equipment.engine.rules)
        following = asyncio.create_task(service.syncing.run(service.serve, stop))
        counting = asyncio.create_task(keep_counted(beside.store, stop))
        house = asyncio.create_task(keep_house(beside.store, settings, stop))
        telling = asyncio.create_task(
            tell(beside.webhooks, beside.store, lambda: service.faces, stop)
        )
        overseeing = asyncio.create_task(
            oversee(service.breaker, lambda: service.equipment.engine.rules, stop)
        )
        watching = asyncio.create_task(service.challenger.run(stop))
        changing = asyncio.create_task(service.champion.follow(stop))
        tasks = (following, counting, house, telling, overseeing, watching, changing)
        try:
            yield service
        finally:
            stop.set()
            await asyncio.gather(*tasks, return_exceptions=True)


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service: Service = request.app.state.service
    return service
