"""Numbers of a period, counted from the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.access import needs
from api.keys import Key, Role
from api.problems import FieldError, SafeJSONResponse, documented, invalid
from api.service import Service, service_of
from moderation.store.statistics import Statistics, Waits

router = APIRouter(prefix="/v1/statistics", tags=["statistics"])

ServiceHere = Annotated[Service, Depends(service_of)]
Reviewer = Annotated[Key, Depends(needs(Role.REVIEW, Role.ADMIN))]
LONGEST = timedelta(days=800)


class PeriodAsked(BaseModel):
    """Which period."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(None, description="Default: a day before `until`.")
    until: AwareDatetime | None = Field(None, description="Default: now.")

    def ends(self, now: datetime) -> tuple[datetime, datetime]:
        """When it begins and ends."""
        until = now if self.until is None else self.until
        return until - timedelta(days=1) if self.since is None else self.since, until

    @model_validator(mode="after")
    def _of_this_age(self) -> Self:
        for moment in (self.since, self.until):
            if moment is not None and not 2000 <= moment.year <= 9000:
                raise ValueError("since and until are times of this age")
        return self


class SourceCounted(BaseModel):
    """A rule (`pack/rule`) or a label of the classifier. Numbers are of comments.

    `alone`: nothing else gave a reason. Of what moderators decided, `upheld` was refused for its
    clause, `otherwise` for another one, `overturned` was published.
    """

    hits: int
    alone: int
    shadow: int
    throttled: int
    upheld: int
    otherwise: int
    overturned: int


class ClauseCounted(BaseModel):
    """A clause: what the machine asked for by it, what was refused by it, what moderators said."""

    flag: int
    reject: int
    refused_by_machine: int
    refused_by_moderators: int
    missed: int = Field(description="Let pass by the machine and refused by a moderator.")
    upheld: int
    otherwise: int
    overturned: int


class ModeratorCounted(BaseModel):
    """A moderator's decisions, those left out that were undone."""

    approve: int
    reject: int
    escalate: int
    undone: int


class TimesShown(BaseModel):
    """Within how many seconds half of the decisions, and nine of ten, were taken."""

    number: int
    p50: float | None
    p90: float | None


class AppealsCounted(BaseModel):
    """Appeals: made in the period, and decided in it."""

    made: int
    upheld: int = Field(description="The comment stays refused.")
    overturned: int = Field(description="The comment was published.")


class PointShown(BaseModel):
    """One hour or day."""

    at: datetime
    judged: dict[str, int]
    decided: dict[str, int]


class StatisticsShown(BaseModel):
    """The numbers of a period. `points` are hours up to eight days, days in longer periods."""

    since: datetime
    until: datetime
    counted: int = Field(description="The last entry of the audit trail that is counted.")
    comments: int
    judged: dict[str, int] = Field(description="By the machine's action.")
    became: dict[str, int] = Field(description="Where comments stood then, by status.")
    degraded: int
    decided: dict[str, int] = Field(description="By the moderators' outcome.")
    undone: int
    clauses: dict[str, ClauseCounted]
    rules: dict[str, SourceCounted]
    labels: dict[str, SourceCounted]
    moderators: dict[str, ModeratorCounted] | None = Field(
        description="By pseudonym; null for keys without the role admin."
    )
    dialects: dict[str, int]
    appeals: AppealsCounted
    seconds_to_decision: TimesShown
    seconds_to_decision_on_appeals: TimesShown
    points: list[PointShown]


@router.get(
    "",
    summary="Numbers of a period",
    response_model=StatisticsShown,
    responses=documented(401, 403, 422, 503),
)
async def between(
    asked: Annotated[PeriodAsked, Query()], key: Reviewer, service: ServiceHere
) -> Response:
    """What came in, what was decided, and how far moderators and the machine agree.

    Ends are rounded to whole hours, and to whole days (UTC) where they are older than 60 days.
    """
    since, until = asked.ends(datetime.now(UTC))
    if since >= until or until - since > LONGEST:
        detail = f"the period ends after it begins, at most {LONGEST.days} days"
        raise invalid([FieldError(detail=detail, parameter="since")])
    counted = (await service.statistics.progress()).counted
    found = await service.statistics.between(since, until)
    told = _shown(found, counted, moderators=key.may(Role.ADMIN))
    return SafeJSONResponse(told.model_dump(mode="json"))


def _shown(found: Statistics, counted: int, *, moderators: bool) -> StatisticsShown:
    return StatisticsShown(
        since=found.since,
        until=found.until,
        counted=counted,
        comments=found.comments,
        judged=dict(found.judged),
        became=dict(found.became),
        degraded=found.degraded,
        decided=dict(found.decided),
        undone=found.undone,
        clauses={
            name: ClauseCounted.model_validate(row, from_attributes=True)
            for name, row in found.clauses.items()
        },
        rules={
            name: SourceCounted.model_validate(row, from_attributes=True)
            for name, row in found.rules.items()
        },
        labels={
            name: SourceCounted.model_validate(row, from_attributes=True)
            for name, row in found.labels.items()
        },
        moderators={
            name: ModeratorCounted.model_validate(row, from_attributes=True)
            for name, row in found.moderators.items()
        }
        if moderators
        else None,
        dialects=dict(found.dialects),
        appeals=AppealsCounted(
            made=found.appeals.made,
            upheld=found.appeals.reject,
            overturned=found.appeals.approve,
        ),
        seconds_to_decision=_times(found.waits),
        seconds_to_decision_on_appeals=_times(found.appeal_waits),
        points=[
            PointShown(at=point.at, judged=dict(point.judged), decided=dict(point.decided))
            for point in found.points
        ],
    )


def _times(waits: Waits) -> TimesShown:
    p50, p90 = (waits.quantile(share) for share in (0.5, 0.9))
    return TimesShown(
        number=waits.number,
        p50=None if p50 is None else round(p50.total_seconds(), 1),
        p90=None if p90 is None else round(p90.total_seconds(), 1),
    )
