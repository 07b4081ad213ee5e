"""The Python client on a real service."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import (
    Article,
    AsyncModerationClient,
    Comment,
    ConflictError,
    InvalidRequestError,
    ModerationClient,
    NotAllowedError,
    NotFoundError,
    Retries,
    UnavailableError,
)
from api.faces import CommenterVerdict, ModeratorVerdict
from api.shown import FullRecordShown
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

ARTICLE = Article(
    title="الأمن يفكك خلية جهادية", authors=("سليم الخطيب",), id="article-7", section="أخبار"
)
PACKS = Path(__file__).parents[1] / "api" / "packs"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service whose rules do not change with the shipped ones."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MODERATION_CLASSIFIER", "false")
        started = Serving.start(tmp_path_factory.mktemp("client") / "data", "--rules", str(PACKS))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def form(serving: Serving) -> Iterator[ModerationClient]:
    with ModerationClient(serving.address, serving.key("submit")) as client:
        yield client


@pytest.fixture(scope="module")
def moderator(serving: Serving) -> Iterator[ModerationClient]:
    with ModerationClient(serving.address, serving.key("review")) as client:
        yield client


def test_a_comment_is_submitted_and_asked_for(form: ModerationClient) -> None:
    record = form.submit(Comment("c-1", CIVIL, ARTICLE, author="reader-1", parent="رأيي مختلف"))
    assert (record.status, record.verdict.action) == ("published", "allow")
    assert isinstance(record.verdict, CommenterVerdict)
    assert form.submit(Comment("c-1", CIVIL, ARTICLE)) == record == form.get("c-1")


def test_a_preview_records_nothing(form: ModerationClient, moderator: ModerationClient) -> None:
    seen = moderator.preview(Comment("draft", OBSCENE, ARTICLE))
    assert isinstance(seen.verdict, ModeratorVerdict)
    assert seen.verdict.action == "reject"
    with pytest.raises(NotFoundError):
        form.get("draft")
    drafts = [Comment("a", CIVIL), Comment("b", OBSCENE), Comment("c", CIVIL)]
    both = form.preview_batch(drafts)
    assert [(each.id, each.verdict.action) for each in both] == [
        ("a", "allow"),
        ("b", "reject"),
        ("c", "allow"),
    ]


def test_a_moderator_works_the_queue(form: ModerationClient, moderator: ModerationClient) -> None:
    assert form.submit(Comment("c/2?", BORDERLINE, ARTICLE)).status == "waiting"
    assert [item.comment.id for item in moderator.queue.list(state="waiting")] == ["c/2?"]
    (item,) = moderator.queue.claim(5, article="article-7")
    assert list(moderator.queue.list(mine=True)) == [item]
    assert moderator.queue.release(item.id).state == "waiting"
    with pytest.raises(ConflictError) as told:
        moderator.queue.resolve(item.id, "approve")
    assert told.value.reason == "waiting"
    moderator.queue.claim()
    clause = item.verdict.reasons[0].clause
    refused = moderator.queue.resolve(item.id, "reject", clause=clause, note="إهانة")
    assert refused.state == "resolved"
    record = moderator.get("c/2?")
    assert isinstance(record, FullRecordShown)
    assert record.decision is not None
    assert (record.status, record.decision.clause) == ("refused", clause)
    assert moderator.queue.undo(item.id).state == "claimed"
    moderator.queue.resolve(item.id, "approve")
    assert form.get("c/2?").status == "published"
    page = moderator.queue.page()
    assert (page.items, page.next, page.counts.waiting) == ([], None, 0)


def test_the_whole_queue_is_listed_page_by_page(
    form: ModerationClient, moderator: ModerationClient
) -> None:
    for number in range(51):
        form.submit(Comment(f"paged-{number}", f"{BORDERLINE} {number}"))
    assert len(list(moderator.queue.list())) == 51


def test_refusals_are_exceptions(form: ModerationClient, serving: Serving) -> None:
    with pytest.raises(InvalidRequestError, match=r"#/text: .*empty"):
        form.submit(Comment("c-3", " "))
    with pytest.raises(NotAllowedError, match="role review"):
        form.queue.claim()
    with (
        ModerationClient(serving.address, "mod_a_b") as stranger,
        pytest.raises(NotAllowedError) as told,
    ):
        stranger.get("c-1")
    assert told.value.problem["type"] == "urn:moderation:problem:no-valid-key"


def test_a_service_that_is_not_there_is_told() -> None:
    with (
        ModerationClient("http://127.0.0.1:9", "k", retries=Retries(2, 0.01)) as lost,
        pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:9 does not answer"),
    ):
        lost.get("c-1")


@pytest.mark.anyio
async def test_the_asynchronous_client_walks_the_same_path(serving: Serving) -> None:
    keys = serving.key("submit"), serving.key("review")
    async with (
        AsyncModerationClient(serving.address, keys[0]) as form,
        AsyncModerationClient(serving.address, keys[1]) as moderator,
    ):
        await form.submit(Comment("async-1", BORDERLINE, Article(id="article-async")))
        assert (await form.preview(Comment("d", CIVIL))).verdict.action == "allow"
        assert len(await form.preview_batch([Comment("d", CIVIL)] * 2)) == 2
        (item,) = await moderator.queue.claim(article="article-async")
        assert [each.id async for each in moderator.queue.list(mine=True)] == [item.id]
        await moderator.queue.release(item.id)
        await moderator.queue.claim(article="article-async")
        await moderator.queue.resolve(item.id, "escalate")
        await moderator.queue.undo(item.id)
        await moderator.queue.resolve(item.id, "approve")
        assert (await form.get("async-1")).status == "published"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the store's process in /proc")
def test_a_store_that_comes_back_is_waited_for(fresh: Serving) -> None:
    assert fresh.first_key
    with ModerationClient(fresh.address, fresh.first_key, retries=Retries(20, 0.2)) as client:
        client.submit(Comment("before", CIVIL))
        killed = fresh.store_process()
        os.kill(killed, signal.SIGKILL)
        assert client.submit(Comment("while", CIVIL)).status == "published"
        eventually(lambda: Path(f"/proc/{fresh.store_process()}").exists())
        assert client.get("before").status == client.get("while").status == "published"
