"""`GET /v1/statistics`: numbers of a period, and who sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.service import Service
from tests.api.asking import Asking
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio

COMMENTS = {"clean": "شكرا للكاتب", "flagged": "يا كلب", "refused": "يا قحبة"}


async def worked(form: Asking, moderator: Asking) -> None:
    """Three comments, one of them decided."""
    for name, text in COMMENTS.items():
        assert (await form.post("/v1/comments", {"id": name, "text": text})).status_code == 201
    (item,) = (await moderator.post("/v1/queue/claim", {"count": 1})).json()["items"]
    await moderator.post(f"/v1/queue/{item['id']}/resolve", {"outcome": "approve"})


async def test_the_running_service_counts_by_itself(
    form: Asking, moderator: Asking, service: Service
) -> None:
    await worked(form, moderator)
    head = (await service.store.audit.head()).number

    async def are_counted() -> bool:
        counted: int = (await moderator.get("/v1/statistics")).json()["counted"]
        return counted >= head

    await eventually_true(are_counted)
    told = (await moderator.get("/v1/statistics")).json()
    assert told["judged"] == {"allow": 1, "flag": 1, "reject": 1}
    assert told["became"] == {"published": 1, "waiting": 1, "refused": 1}
    assert told["decided"] == {"approve": 1, "reject": 0, "escalate": 0}
    assert told["rules"]["terms/animal"] == {
        "hits": 1,
        "alone": 1,
        "shadow": 0,
        "throttled": 0,
        "upheld": 0,
        "otherwise": 0,
        "overturned": 1,
    }
    assert told["clauses"]["profanity"]["refused_by_machine"] == 1
    assert told["seconds_to_decision"]["number"] == 1
    assert sum(sum(point["judged"].values()) for point in told["points"]) == 3


async def test_moderators_are_told_to_admins_alone(
    form: Asking, moderator: Asking, admin: Asking, service: Service
) -> None:
    await worked(form, moderator)
    await service.statistics.catch_up()
    assert (await moderator.get("/v1/statistics")).json()["moderators"] is None
    people = (await admin.get("/v1/statistics")).json()["moderators"]
    assert list(people.values()) == [{"approve": 1, "reject": 0, "escalate": 0, "undone": 0}]
    assert (await form.get("/v1/statistics")).status_code == 403


async def test_a_period_of_ones_own(form: Asking, moderator: Asking, service: Service) -> None:
    await worked(form, moderator)
    await service.statistics.catch_up()
    now = datetime.now(UTC)
    for until, comments in ((now, 3), (now - timedelta(days=2), 0)):
        period = {"since": (until - timedelta(days=3)).isoformat(), "until": until.isoformat()}
        told = (await moderator.get("/v1/statistics", **period)).json()
        assert told["comments"] == comments


@pytest.mark.parametrize(
    "period",
    [
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2010-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00"},
        {"since": "9999-12-31T23:59:59Z"},
        {"until": "0001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59+00:00"},
        {"until": "now"},
        {"for": "ever"},
    ],
)
async def test_what_is_no_period(moderator: Asking, period: dict[str, str]) -> None:
    answer = await moderator.get("/v1/statistics", **period)
    assert answer.status_code == 422
    assert answer.json()["errors"]
