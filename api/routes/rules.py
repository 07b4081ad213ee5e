"""The published rule sets: what serves, what served, publishing and going back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.access import needs
from api.characters import Prose
from api.keys import Key, Role
from api.problems import FieldError, SafeJSONResponse, documented, invalid
from api.requests import says_something
from api.rulebook.versions import LONGEST_WHY, Kind, Published
from api.service import Service, service_of
from rules.errors import Problem, RulesError

router = APIRouter(prefix="/v1/rules", tags=["rules"])

ServiceHere = Annotated[Service, Depends(service_of)]
Editor = Annotated[Key, Depends(needs(Role.RULES))]

_WHOLE: Final = "[0-9a-f]{12}"
_BEGINNING: Final = "[0-9a-f]{4,12}"


def _is_version(value: str) -> str:
    if not re.fullmatch(_WHOLE, value):
        raise ValueError("a version is 12 of the characters 0-9 and a-f, as `GET /v1/rules` tells")
    return value


def _begins_a_version(value: str) -> str:
    if not re.fullmatch(_BEGINNING, value):
        raise ValueError("a version, or its beginning, is 4 to 12 of the characters 0-9 and a-f")
    return value


# As validators, since their complaints tell what a version is; the document has the patterns too.
Whole = Annotated[
    str, Field(json_schema_extra={"pattern": f"^{_WHOLE}$"}), AfterValidator(_is_version)
]
Beginning = Annotated[
    str, Field(json_schema_extra={"pattern": f"^{_BEGINNING}$"}), AfterValidator(_begins_a_version)
]
Version = Annotated[Beginning, Path(description="Or its beginning.")]
Why = Annotated[Prose, Field(min_length=1, max_length=LONGEST_WHY), AfterValidator(says_something)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PublicationSent(_Sent):
    """Changed files on top of a version; the others stay as they are in it."""

    base: Whole = Field(description="The version that was edited; must be current.")
    files: dict[str, str | None] = Field(
        min_length=1,
        max_length=500,
        description="Whole texts by name, `policy.yaml` or `packs/…`; null removes one.",
    )
    why: Why = Field(description="Why, for the history.")


class RollbackSent(_Sent):
    """Which version is to serve again."""

    version: Beginning
    why: Why = Field(description="Why, for the history.")


class RulesAsked(BaseModel):
    """A page of the history."""

    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(None, ge=1, le=2**53, description="Lines with lower numbers.")
    limit: int = Field(50, ge=1, le=500)


class PublishedShown(BaseModel):
    """One line of the history. `rules` and `policy` are what verdicts name as their versions."""

    number: int
    kind: Kind
    version: str
    parent: str | None
    by: str
    why: str
    at: datetime
    rules: str
    policy: str


class HistoryShown(BaseModel):
    """The current version, and the history, the newest first; `next` is null at its end."""

    current: PublishedShown | None
    history: list[PublishedShown]
    next: int | None


class FilesShown(BaseModel):
    """Every file of a version, by name."""

    files: dict[str, str]


@router.get(
    "",
    summary="The current rules and their history",
    response_model=HistoryShown,
    responses=documented(401, 403, 422, 503),
)
async def history(
    _: Editor, service: ServiceHere, asked: Annotated[RulesAsked, Query()]
) -> Response:
    """Who published what, when and why; what was set aside is there too."""
    lines = await service.rulebook.history(limit=asked.limit, before=asked.before)
    current = await service.rulebook.current()
    shown = HistoryShown(
        current=_shown(current) if current else None,
        history=[_shown(line) for line in lines],
        next=lines[-1].number if len(lines) == asked.limit and lines[-1].number > 1 else None,
    )
    return SafeJSONResponse(shown.model_dump(mode="json"))


@router.get(
    "/{version}",
    summary="The files of a version",
    response_model=FilesShown,
    responses=documented(401, 403, 404, 422, 503),
)
async def files(version: Version, _: Editor, service: ServiceHere) -> Response:
    """As they were published, comments and all."""
    return SafeJSONResponse({"files": dict(await service.rulebook.files(version))})


@router.post(
    "",
    summary="Publish changed rules",
    status_code=201,
    response_model=PublishedShown,
    responses=documented(401, 403, 404, 409, 413, 422, 503),
)
async def publish(sent: PublicationSent, key: Editor, service: ServiceHere) -> Response:
    """Checks everything first, examples too; all services serve it within two seconds.

    A `base` that is not current any more is a conflict: nothing changes. Files that are all as they
    stand in `base` are no publication, nor is one that removes a file that `base` does not have.
    """
    before = await service.rulebook.files(sent.base)
    texts: dict[str, str | None] = {**before, **sent.files}
    given = {name: text for name, text in texts.items() if text is not None}
    if errors := _without_effect(sent.files, before):
        raise invalid(errors)
    try:
        done = await service.rulebook.publish(given, by=key.id, why=sent.why, base=sent.base)
    except RulesError as error:
        raise invalid([_field_error(problem) for problem in error.problems]) from error
    return SafeJSONResponse(_shown(done).model_dump(mode="json"), status_code=201)


@router.post(
    "/rollback",
    summary="Make an old version current again",
    status_code=201,
    response_model=PublishedShown,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def rollback(sent: RollbackSent, key: Editor, service: ServiceHere) -> Response:
    """A new line in the history with the old content."""
    try:
        done = await service.rulebook.rollback(sent.version, by=key.id, why=sent.why)
    except RulesError as error:
        raise invalid([_field_error(problem) for problem in error.problems]) from error
    return SafeJSONResponse(_shown(done).model_dump(mode="json"), status_code=201)


def _shown(line: Published) -> PublishedShown:
    return PublishedShown(**asdict(line))


def _without_effect(sent: Mapping[str, str | None], before: Mapping[str, str]) -> list[FieldError]:
    """Each removal of a file that is not there, a slip in its name; else, that nothing changes."""
    absent = [name for name, text in sent.items() if text is None and name not in before]
    if absent:
        detail = "there is no such file in `base`, so that nothing can be removed"
        return [FieldError(detail=detail, pointer=_pointer(name)) for name in absent]
    if all(before.get(name) == text for name, text in sent.items()):
        detail = "nothing changes: every file is as it stands in `base`"
        return [FieldError(detail=detail, pointer="#/files")]
    return []


def _field_error(problem: Problem) -> FieldError:
    return FieldError(detail=str(problem), pointer=_pointer(str(problem.path)))


def _pointer(name: str) -> str:
    escaped = name.replace("~", "~0").replace("/", "~1")
    return f"#/files/{escaped}"
