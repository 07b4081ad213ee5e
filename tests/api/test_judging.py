"""What the service remembers for rules that ask: context, throttles, breakers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.keys import Role
from api.service import Service, running
from api.settings import Settings
from moderation.store import EmbeddedServer, NotFound
from tests.api.asking import CIVIL, Asking, places
from tests.patience import eventually_true

pytestmark = pytest.mark.anyio

PACK = """
pack: asking
version: 1.0.0
description: Rules that ask what the service remembers.
rules:
  - id: advertises
    description: Advertises a channel, again and again
    clause: profanity
    severity: grave
    throttle: { by: author, matches: 3, within: 10m }
    when: { word: [قناتي] }
    examples: { match: [قناتي], no_match: [قناة] }
  - id: copied
    description: The same text for the third time
    clause: profanity
    severity: mild
    when: { all: [{ word: [منسوخ] }, { repeated: { at_least: 3 } }] }
    examples: { match: [{ text: منسوخ, repeats: 3 }], no_match: [منسوخ] }
  - id: newcomer
    description: A link from a newcomer
    clause: profanity
    severity: mild
    when: { all: [{ newcomer: true }, { links: { at_least: 1 } }] }
    examples:
      match: [{ text: 'https://x.example', newcomer: true }]
      no_match: ['https://x.example']
  - id: person
    description: Calls a person of the article a liar
    clause: person_insult
    severity: mild
    when: { near: { of: [{ named: person }, { word: [كذاب] }] } }
    examples:
      match: [{ text: الحداد كذاب, article: { people: [سامي الحداد] } }]
      no_match: [هذا كذاب]
"""
LINK = "https://x.example"


@pytest.fixture
def settings(settings: Settings, files: Path) -> Settings:
    (files / "packs" / "asking.yaml").write_text(PACK, "utf-8")
    return settings


async def actions(asking: Asking, *comments: dict[str, object]) -> list[str]:
    """What becomes of comments that come one after another."""
    found = []
    for comment in comments:
        text = str(comment.pop("text"))
        told = await asking.submit(text, **comment)  # type: ignore[arg-type]
        found.append(told["verdict"]["action"])
    return found


async def preview(asking: Asking, **comment: object) -> dict[str, object]:
    answer = await asking.post("/v1/preview", comment)
    assert answer.status_code == 200, answer.text
    verdict: dict[str, object] = answer.json()["verdict"]
    return verdict


def advertising(number: int, author: str = "reader-1") -> dict[str, object]:
    return {"text": f"قناتي {number}", "identifier": f"{author}-{number}", "author": author}


async def test_a_throttled_rule_acts_from_the_third_match_of_an_author_on(form: Asking) -> None:
    comments = [advertising(number) for number in range(4)]
    assert await actions(form, *comments) == ["allow", "allow", "reject", "reject"]
    assert await actions(form, advertising(0, "reader-2")) == ["allow"]


async def test_moderators_see_that_a_finding_waited(form: Asking, moderator: Asking) -> None:
    await form.submit("قناتي", "c-1", author="reader-1")
    verdict = (await moderator.get("/v1/comments/c-1")).json()["verdict"]
    assert verdict["reasons"] == []
    (waiting,) = verdict["throttled"]
    assert waiting["source"]["name"] == "asking/advertises"
    assert waiting["spans"][0]["text"] == "قناتي"


async def test_a_comment_that_is_sent_again_counts_once(form: Asking) -> None:
    again = [advertising(1) for _ in range(4)]
    assert await actions(form, *again, advertising(2)) == ["allow"] * 5
    assert await actions(form, advertising(3)) == ["reject"]


async def test_a_preview_tells_what_would_be_and_counts_nothing(form: Asking) -> None:
    await actions(form, advertising(1), advertising(2))
    for number in range(3, 6):
        told = await preview(form, id=f"p-{number}", text="قناتي", author="reader-1")
        assert told["action"] == "reject"
    assert (await preview(form, text="قناتي", author="reader-9"))["action"] == "allow"


async def test_the_same_text_for_the_third_time(form: Asking) -> None:
    comments = [{"text": "منسوخ!", "identifier": f"c-{number}"} for number in range(3)]
    assert await actions(form, *comments) == ["allow", "allow", "flag"]
    assert (await preview(form, text="منسووووخ"))["action"] == "flag"


async def test_a_newcomer_is_one_until_three_comments_came(form: Asking) -> None:
    assert (await preview(form, text=LINK, author="reader-1"))["action"] == "flag"
    said = [
        {"text": CIVIL, "identifier": f"c-{number}", "author": "reader-1"} for number in range(3)
    ]
    await actions(form, *said)
    assert (await preview(form, text=LINK, author="reader-1"))["action"] == "allow"
    assert (await preview(form, text=LINK))["action"] == "allow"


async def test_what_the_site_knows_counts_before_what_was_seen(form: Asking) -> None:
    for newcomer, action in ((True, "flag"), (False, "allow")):
        told = await preview(form, text=LINK, author="reader-1", newcomer=newcomer)
        assert told["action"] == action
    assert (await preview(form, text="منسوخ", repeats=3))["action"] == "flag"


async def test_a_page_cannot_say_what_only_a_site_knows(
    service: Service, visitor: httpx.AsyncClient
) -> None:
    key, secret = await service.keys.create("page", [Role.SUBMIT], origins=["http://site.example"])
    headers = {"Authorization": f"Bearer {secret}", "Origin": "http://site.example"}
    body = {"id": f"{key.id}-1", "text": LINK, "author": "reader-1", "newcomer": False}
    for path in ("/v1/preview", "/v1/comments"):
        answer = await visitor.post(path, json=body, headers=headers)
        assert answer.json()["verdict"]["action"] == "flag", path


async def test_people_of_the_article_are_recognised(form: Asking) -> None:
    article = {"title": "خبر", "people": ["سامي الحداد"]}
    assert (await preview(form, text="الحداد كذاب", article=article))["action"] == "flag"
    assert (await preview(form, text="الحداد كذاب"))["action"] == "allow"


@pytest.mark.parametrize(
    ("context", "place"),
    [
        ({"newcomer": "yes"}, "#/newcomer"),
        ({"repeats": 0}, "#/repeats"),
        ({"repeats": "3"}, "#/repeats"),
        ({"article": {"people": "سامي"}}, "#/article/people"),
        ({"article": {"people": ["ا\x07"]}}, "#/article/people/0"),
    ],
)
async def test_context_that_cannot_be_is_refused(
    form: Asking, context: dict[str, object], place: str
) -> None:
    assert places(await form.post("/v1/preview", {"text": CIVIL, **context})) == [place]


YOUNG = """
pack: young
version: 1.0.0
description: A rule that somebody wrote in haste.
rules:
  - id: hasty
    description: A word that everybody uses
    clause: profanity
    severity: grave
    when: { word: [تحقيق] }
    examples: { match: [تحقيق], no_match: [خبر] }
"""


@pytest.fixture
async def hasty(service: Service, files: Path) -> Service:
    """A service to which a rule was added that hits far too much."""
    await change(service, files / "packs" / "young.yaml", YOUNG)
    return service


async def change(service: Service, file: Path, content: str) -> None:
    """Changes a file, and returns when the service serves it and its breaker knows."""
    before = service.equipment
    file.write_text(content, "utf-8")
    await eventually_true(lambda: service.equipment is not before)
    await service.breaker.refresh(service.equipment.engine.rules)


async def flood(form: Asking, count: int, first: int = 0) -> list[str]:
    comments = [
        {"text": f"{CIVIL} {number}", "identifier": f"f-{number}"}
        for number in range(first, first + count)
    ]
    return await actions(form, *comments)


async def test_a_hasty_rule_is_kept_from_rejecting_and_says_so(
    hasty: Service, form: Asking, moderator: Asking
) -> None:
    assert await flood(form, 52) == ["reject"] * 49 + ["flag"] * 3
    (tripped,) = hasty.breaker.tripped().values()
    assert (tripped.rule, tripped.hits, tripped.comments) == ("young/hasty", 50, 50)
    assert (await preview(form, text=CIVIL))["action"] == "flag"
    verdict = await preview(moderator, text=CIVIL)
    assert [reason["flag_only"] for reason in verdict["reasons"]] == [True]  # type: ignore[attr-defined]


async def test_what_tripped_outlives_a_restart_and_is_seen_by_every_worker(
    hasty: Service, form: Asking, settings: Settings
) -> None:
    async with running(settings) as other:
        await flood(form, 50)
        await asyncio.sleep(1.5)
        assert list(other.breaker.tripped()) == ["young/hasty"]
    async with running(settings) as restarted:
        assert list(restarted.breaker.tripped()) == ["young/hasty"]
        await restarted.breaker.reset("young/hasty", by="admin")
        assert restarted.breaker.tripped() == {}
        with pytest.raises(NotFound):
            await restarted.breaker.reset("young/hasty", by="admin")
    await hasty.breaker.refresh(hasty.equipment.engine.rules)
    assert await flood(form, 3, first=100) == ["reject"] * 3


async def test_a_rule_that_is_mended_rejects_again(
    hasty: Service, form: Asking, files: Path
) -> None:
    await flood(form, 50)
    mended = YOUNG.replace("[تحقيق] }\n", "[تحقيق, خبير] }\n")
    await change(hasty, files / "packs" / "young.yaml", mended)
    assert hasty.breaker.tripped() == {}
    assert await flood(form, 1, first=100) == ["reject"]


async def test_a_policy_may_want_no_breaker(hasty: Service, form: Asking, files: Path) -> None:
    policy = files / "policy.yaml"
    await change(hasty, policy, policy.read_text("utf-8") + "\nbreaker: { hours: 0 }\n")
    assert await flood(form, 55) == ["reject"] * 55


async def test_the_rules_with_which_a_site_begins_are_not_new(
    service: Service, form: Asking
) -> None:
    comments = [{"text": f"يا قحبة {number}", "identifier": f"c-{number}"} for number in range(60)]
    assert await actions(form, *comments) == ["reject"] * 60
    assert service.breaker.tripped() == {}


@pytest.fixture
async def without_store(settings: Settings, tmp_path: Path) -> AsyncIterator[Asking]:
    """A service whose store has gone, asked with a key that it still knows."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(tmp_path / "own"))
        own = settings.model_copy(update={"redis_url": server.url})
        async with running(own) as service:
            transport = httpx.ASGITransport(create_app(service), raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://site.example"
            ) as client:
                asking = await Asking.keyed(service, client, Role.SUBMIT)
                assert (await preview(asking, text=CIVIL))["action"] == "allow"
                await stack.aclose()
                yield asking


async def test_a_preview_without_the_store_is_of_a_comment_of_which_nothing_is_known(
    without_store: Asking,
) -> None:
    for text in ("قناتي", LINK, "منسوخ"):
        told = await preview(without_store, text=text, author="reader-1")
        assert told["action"] == "allow"
    answer = await without_store.post("/v1/comments", {"id": "c-1", "text": "قناتي"})
    assert answer.status_code == 503
