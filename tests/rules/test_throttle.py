"""Rules that act only where they match often, and rules that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from moderation.comment import Comment
from moderation.text import Text
from moderation.throttle import Throttle
from rules.errors import RulesError
from tests.rules.conftest import LoadRule
from tests.rules.test_match import find

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_throttled_finding_waits_and_is_no_signal(rule: LoadRule) -> None:
    rules = rule("when: {list: insult}\nthrottle: {by: author, matches: 3, within: 10m}")
    assert [finding.throttled for finding in find(rules, "حمار")] == [True]
    assert rules.throttles == {
        "test/rule": Throttle(by="author", matches=3, within=timedelta(minutes=10))
    }
    assert rules.match(Comment("c", "حمار"), Text("حمار")).signals == {"list:test/insult"}


def test_a_shadow_rule_needs_no_throttle_to_be_passed(rule: LoadRule) -> None:
    body = "when: {list: insult}\nshadow: true\nthrottle: {by: site, matches: 3, within: 1h}"
    (finding,) = find(rule(body), "حمار")
    assert finding.shadow
    assert not finding.throttled


@pytest.mark.parametrize(
    ("written", "within"),
    [("45s", timedelta(seconds=45)), ("2h", timedelta(hours=2)), ("7d", timedelta(days=7))],
)
def test_a_window_is_written_as_people_say_it(
    rule: LoadRule, written: str, within: timedelta
) -> None:
    rules = rule(f"when: {{list: insult}}\nthrottle: {{by: site, matches: 2, within: {written}}}")
    assert rules.throttles["test/rule"].within == within


@pytest.mark.parametrize(
    ("throttle", "complaint"),
    [
        ("{by: reader, matches: 2, within: 10m}", "throttle.by"),
        ("{by: author, matches: 1, within: 10m}", "throttle.matches"),
        ("{by: author, matches: 2, within: 10}", "a number and its unit"),
        ("{by: author, matches: 2, within: soon}", "a number and its unit"),
        ("{by: author, matches: 2, within: 8d}", "at most 7d"),
        ("{by: author, matches: 2, within: 10m, per: day}", "unknown key"),
        ("{by: author, matches: 2}", "within: is missing"),
    ],
)
def test_a_throttle_that_makes_no_sense_is_refused(
    rule: LoadRule, throttle: str, complaint: str
) -> None:
    with pytest.raises(RulesError, match=complaint):
        rule(f"when: {{list: insult}}\nthrottle: {throttle}")


@pytest.mark.parametrize(
    ("expires", "end"),
    [
        ("2026-06-01", datetime(2026, 6, 2, tzinfo=UTC)),
        ("'2026-06-01'", datetime(2026, 6, 2, tzinfo=UTC)),
        ("2026-06-01T15:00:00+03:00", NOON),
        ("2026-06-01T15:00+03:00", NOON),
        ("2026-06-01 12:00:00Z", NOON),
    ],
)
def test_a_rule_holds_up_to_its_end(rule: LoadRule, expires: str, end: datetime) -> None:
    rules = rule(f"when: {{list: insult}}\nexpires: {expires}")
    assert rules.expirations == {"test/rule": end}
    comment, text = Comment("c", "حمار"), Text("حمار")
    instant = timedelta(microseconds=1)
    assert rules.match(comment, text, at=end - instant).findings({})
    ended = rules.match(comment, text, at=end)
    assert not ended.findings({})
    assert ended.signals == {"list:test/insult"}


def test_without_a_time_it_is_now(rule: LoadRule) -> None:
    assert not find(rule("when: {list: insult}\nexpires: 2020-01-01"), "حمار")
    assert find(rule("when: {list: insult}\nexpires: 2999-01-01"), "حمار")


@pytest.mark.parametrize(
    ("expires", "complaint"),
    [
        ("2026-06-01T15:00:00", "add the time zone"),
        ("tomorrow", "write a date"),
        ("2026-13-01", "a date, time or number that does not exist"),
        ("'2026-13-01'", "write a date"),
        ("9999-12-31", "write a date"),
        ("0001-01-01T00:00:00+14:00", "out of range"),
        ("7", "write a date"),
    ],
)
def test_an_end_that_is_no_time_is_refused(rule: LoadRule, expires: str, complaint: str) -> None:
    with pytest.raises(RulesError, match=complaint):
        rule(f"when: {{list: insult}}\nexpires: {expires}")


def test_a_fingerprint_follows_what_a_rule_matches_by(rule: LoadRule) -> None:
    def of(body: str) -> str:
        return rule(body).fingerprints["test/rule"]

    plain = of("when: {list: insult}")
    assert of("when: {list: insult}") == plain
    assert of("when: {list: insult}\nmessage: {ar: نص, en: text}") == plain
    others = [
        "when: {list: negation}",
        "when: {list: insult}\nunless: [{word: حيوان}]",
        "when: {list: insult}\nexpires: 2999-01-01",
        "when: {list: insult}\nthrottle: {by: site, matches: 2, within: 1h}",
    ]
    assert len({plain, *map(of, others)}) == len(others) + 1
    assert rule("when: {list: insult}\nshadow: true").fingerprints == {}
