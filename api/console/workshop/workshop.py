"""Everything that the rule pages of one service keep between requests."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from fastapi import Request

from api.console.workshop.changes import Changes
from api.console.workshop.checks import Checks
from api.console.workshop.running import Runs
from api.rulebook.files import Files
from api.rulebook.loading import Loaded, Loader
from api.rulebook.versions import Published
from api.service import Service, service_of
from moderation.store import NotFound
from rules.ruleset import RuleSet

_KEPT: Final = 4


class Workshop:
    """Drafts and their engines. Methods raise StoreUnavailable."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files: OrderedDict[str, Files] = OrderedDict()
        self._loader: Loader | None = None
        self._judges: object = None
        self.changes = Changes(service.rulebook)
        self.checks = Checks()
        self.runs = Runs()

    @property
    def rules(self) -> RuleSet:
        """The rules that serve. Raises TypeError where they are of another kind."""
        rules = self._service.equipment.engine.rules
        if not isinstance(rules, RuleSet):
            raise TypeError(f"the rule pages show rule sets, not {type(rules).__name__}")
        return rules

    async def current(self) -> Published:
        """The version that serves. Raises NotFound where none was published yet."""
        current = await self._service.rulebook.current()
        if current is None:
            raise NotFound("no rules were published yet")
        return current

    async def files(self, version: str) -> Files:
        """The files of a version. Raises NotFound."""
        found = self._files.get(version)
        if found is None:
            found = Files.of_texts(await self._service.rulebook.files(version))
            self._files[version] = found
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return found

    async def draft(self, base: str, texts: Mapping[str, str]) -> Files:
        """A version with files changed or added. Raises NotFound, and RulesError for a name."""
        files = await self.files(base)
        return Files.of_texts({**files.texts, **texts})

    def serving(self) -> Loaded:
        """What judges now."""
        equipment = self._service.equipment
        return Loaded(equipment, self.rules, equipment.policy)

    async def loaded(self, files: Files) -> Loaded:
        """What would judge by unpublished files. Raises RulesError with what is wrong with them."""
        engine = self._service.equipment.engine
        current = await self.current()
        serving = self.serving()
        if files.version == current.version and serving.judged == current.judged:
            return serving
        if self._loader is None or self._judges is not engine.classifier:
            self._judges = engine.classifier
            self._loader = Loader(engine.classifier, expects_classifier=engine.expects_classifier)
        return await self._loader.load(files)


def workshop_of(request: Request) -> Workshop:
    """The workshop of the service behind a request."""
    state = request.app.state
    if not hasattr(state, "workshop"):
        state.workshop = Workshop(service_of(request))
    workshop: Workshop = state.workshop
    return workshop
