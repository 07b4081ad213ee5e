"""The dry run shows exactly what judging by both sets shows, likely mistakes first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from api.dry_run import Case, DryRun, dry_run, dry_run_beside
from api.dry_run.ranking import Terms
from classifiers import bundle
from classifiers.predict import TrainedClassifier
from moderation.comment import Comment
from moderation.engine import Engine
from moderation.policy import Policy, Step
from moderation.store import Outcome
from moderation.text import Text
from moderation.verdict import Action
from rules.delta import Change, Delta
from rules.load import load_policy, load_rules
from rules.ruleset import RuleSet

WORDS = ["جمل", "حصان", "زرافة", "نمر", "صقر", "تمساح", "سنجاب", "غزالة", "مش", "قال"]
COMMON = [f"{first}{second}ط" for first in "بتثجحخدرزس" for second in "عغفقكلمن"]
"""Words of a rule that is the same in every set: most patterns are then not changed."""

Rule = dict[str, Any]


def rule(name: str, when: dict[str, Any], severity: str = "serious", **more: Any) -> Rule:
    return {
        "id": name,
        "description": f"Rule {name}",
        "clause": "person_insult",
        "severity": severity,
        "when": when,
        "examples": {"match": ["x"], "no_match": ["y"]},
        **more,
    }


def rule_set(rules: Sequence[Rule], listed: Sequence[str] = ("نمر",)) -> RuleSet:
    common = rule("common", {"word": COMMON}, "mild")
    pack = {
        "pack": "test",
        "version": "1.0.0",
        "description": "a pack of a test",
        "lists": {"listed": {"terms": list(listed)}},
        "rules": [common, *rules],
    }
    with TemporaryDirectory() as folder:
        YAML().dump(pack, Path(folder) / "test.yaml")
        return load_rules(Path(folder))


@cache
def model() -> TrainedClassifier:
    return TrainedClassifier.load(bundle.DEFAULT)


@cache
def policy() -> Policy:
    return load_policy()


def engine(rules: Sequence[Rule], *, terms: Policy | None = None, **more: Any) -> Engine:
    return Engine(rule_set(rules, **more), terms or policy(), model())


def cases(*texts: str) -> list[Case]:
    return [Case(Comment(str(at), text)) for at, text in enumerate(texts)]


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
conditions = st.one_of(
    words.map(lambda chosen: {"word": chosen}),
    st.just({"list": ["listed"]}),
    words.map(lambda chosen: {"any": [{"word": chosen}, {"list": ["listed"]}]}),
    words.map(lambda chosen: {"all": [{"word": chosen}, {"reply": True}]}),
    words.map(lambda chosen: {"all": [{"word": chosen}, {"none": [{"word": ["قال"]}]}]}),
    st.just({"regex": ["ت.ساح"]}),
    st.just({"all": [{"word": ["جمل"]}, {"score": {"label": "violation", "at_least": 0.3}}]}),
)
rules_of_a_set = st.lists(
    st.builds(
        rule,
        st.sampled_from(["a", "b", "c", "d"]),
        conditions,
        st.sampled_from(["grave", "serious", "mild", "hint"]),
        shadow=st.booleans(),
        enabled=st.sampled_from([True, True, False]),
        throttle=st.sampled_from([None, None, {"by": "site", "matches": 2, "within": "10m"}]),
        expires=st.sampled_from([None, None, "2020-01-31", "2999-01-31"]),
        mention=st.sampled_from([[], [{"word": ["مش"], "within": 2}]]),
        unless=st.sampled_from([[], [{"word": ["قال"], "within": 1}]]),
    ),
    max_size=4,
    unique_by=lambda each: each["id"],
)
texts = st.lists(st.sampled_from([*WORDS, COMMON[0], "الناس", "."]), max_size=6).map(" ".join)
stricter = load_policy().model_copy(
    update={"version": "other", "steps": (Step(action=Action.REJECT, rule=0.5),)}
)


@settings(max_examples=60, deadline=None)
@given(
    rules_of_a_set,
    rules_of_a_set,
    st.sampled_from([("نمر",), ("نمر", "صقر")]),
    st.lists(st.tuples(texts, st.sampled_from([None, "جمل"])), min_size=1, max_size=8),
    st.sampled_from([policy(), stricter]),
    st.booleans(),
)
def test_what_changes_is_what_judging_by_both_shows(
    before: list[Rule],
    after: list[Rule],
    listed: tuple[str, ...],
    said: list[tuple[str, str | None]],
    terms: Policy,
    recorded: bool,
) -> None:
    old, new = engine(before), engine(after, listed=listed, terms=terms)
    comments = [Comment(str(at), text, parent=parent) for at, (text, parent) in enumerate(said)]
    verdicts = [(old.judge(comment), new.judge(comment)) for comment in comments]
    found = dry_run(
        old,
        new,
        [
            Case(comment, verdict if recorded else None, Outcome.APPROVE)
            for comment, (verdict, _) in zip(comments, verdicts, strict=True)
        ],
    )
    pairs = [(each.action, other.action) for each, other in verdicts]
    assert [(change.id, change.before, change.after) for change in found.changes] == [
        (str(at), *pair) for at, pair in enumerate(pairs) if pair[0] is not pair[1]
    ]
    for action in Action:
        assert getattr(found.before, action) == sum(pair[0] is action for pair in pairs)
        assert getattr(found.after, action) == sum(pair[1] is action for pair in pairs)
        assert getattr(found.newly, action) == sum(
            pair[1] is action is not pair[0] for pair in pairs
        )
        assert getattr(found.moderators_after.approved, action) == getattr(found.after, action)


def test_a_small_edit_is_compared_by_its_own_words_alone() -> None:
    old = rule_set([rule("a", {"word": ["جمل"]})])
    new = rule_set([rule("a", {"word": ["جمل"]}), rule("b", {"word": ["نمر"]})])
    delta = Delta(old, new)
    assert (delta.changes, delta.new_terms) == ({"test/b": Change.ADDED}, {"نمر"})
    assert not delta.whole
    assert Delta(old, rule_set([])).changes == {"test/a": Change.REMOVED}
    assert Delta(old, rule_set([rule("a", {"word": ["جمل"]}, "grave")])).changes == {
        "test/a": Change.CHANGED
    }
    assert not Delta(old, rule_set([rule("a", {"word": ["جمل"]}, description="x")])).changes


def by_hand() -> DryRun:
    old = engine([rule("animal", {"word": ["تمساح"]}, "grave")])
    new = engine(
        [
            rule("bird", {"word": ["صقر"]}, "grave", mention=[{"word": ["مش"], "within": 1}]),
            rule("horse", {"word": ["حصان"]}, unless=[{"word": ["قال"], "within": 1}]),
        ]
    )
    comments = cases(
        "صقر في السماء فوق البحر",
        "اشتريت صقر أمس من السوق",
        "مش صقر الذي في الصورة أمس",
        "قال حصان في المقال عن السباق",
        "سباق حصان في المدينة غدا",
        "رأيت تمساح في النهر أمس",
        "سنجاب في الحديقة مع الأطفال",
    )
    decided = {"1": Outcome.APPROVE, "0": Outcome.REJECT, "5": Outcome.REJECT}
    return dry_run(
        old, new, [Case(each.comment, None, decided.get(each.comment.id)) for each in comments]
    )


def test_changes_are_told_by_rule_and_against_moderators() -> None:
    found = by_hand()
    assert (found.newly.reject, found.newly.flag, found.newly.allow) == (2, 1, 1)
    effects = {effect.rule: effect for effect in found.rules}
    bird = effects["test/bird"]
    assert (bird.change, bird.hits_before, bird.hits_after) == (Change.ADDED, 0, 3)
    assert (bird.newly_rejected, bird.against_moderators) == (2, 1)
    assert effects["test/horse"].newly_flagged == 1
    assert effects["test/animal"].newly_allowed == 1
    assert (found.moderators_before.right, found.moderators_before.wrong) == (2, 1)
    assert (found.moderators_after.right, found.moderators_after.wrong) == (1, 2)
    assert [change.id for change in found.approved_and_newly_rejected] == ["1"]
    assert found.decided == 3


def test_likely_mistakes_come_first_and_say_why() -> None:
    found = by_hand()
    first, second = found.rejected
    assert (first.id, second.id) == ("1", "0")
    assert "moderators approved it" in first.why
    assert any(why.startswith("the classifier suspects it by") for why in first.why)
    assert [span.text for span in first.after.grounds[0].spans] == ["صقر"]
    assert first.before.action is Action.ALLOW
    assert found.allowed[0].why[0] == "moderators rejected it"


def test_near_misses_are_words_one_letter_away_and_what_only_a_frame_spares() -> None:
    found = by_hand()
    near = {sample.id: sample for sample in found.near_misses}
    assert set(near) == {"2", "3"}
    assert "only a frame keeps it from test/bird" in near["2"].why
    assert "only a frame keeps it from test/horse" in near["3"].why
    assert [span.text for span in near["3"].near] == ["حصان"]
    terms = Terms(["شرشوح", "جمل"], everyday=frozenset({"شرشور"}))
    assert [text for text in ("شروح", "شرشوحة", "والشرشوحات", "شرشوخ", "شرشحو", "شررشوح")
            if terms.near(Text(text))] == [
        "شروح", "شرشوحة", "والشرشوحات", "شرشوخ", "شرشحو", "شررشوح"
    ]  # fmt: skip
    assert not terms.near(Text("شرشور جمال جمل شروخ"))


def test_the_result_is_json() -> None:
    told = json.loads(json.dumps(by_hand().dump(), ensure_ascii=False))
    assert told["newly"] == {"allow": 1, "flag": 1, "reject": 2}
    assert told["rejected"][0]["after"]["grounds"][0]["source"] == "rule:test/bird@1.0.0"


def test_helpers_count_as_this_process_alone_does(monkeypatch: pytest.MonkeyPatch) -> None:
    old = engine([])
    new = engine([rule("bird", {"word": ["صقر"]}, "grave"), rule("b", {"word": ["نمر"]}, "mild")])
    many = cases(*(f"{WORDS[at % 9]} {WORDS[at % 7]} {at}" for at in range(600)))
    monkeypatch.setattr("api.dry_run.run.CHUNK", 100)
    told: list[tuple[int, int]] = []
    alone = dry_run(old, new, many, helpers=0)
    apart = dry_run(old, new, many, helpers=2, apart=True, progress=lambda *both: told.append(both))
    assert {**alone.dump(), "seconds": 0} == {**apart.dump(), "seconds": 0}
    assert [done for done, _ in told] == [100, 200, 300, 400, 500, 600]
    assert len(alone.changes) > 100


async def _turns(stop: asyncio.Event) -> int:
    turns = 0
    while not stop.is_set():
        await asyncio.sleep(0.001)
        turns += 1
    return turns


@pytest.mark.anyio
async def test_a_service_answers_meanwhile(anyio_backend: str) -> None:
    old, new = engine([]), engine([rule("bird", {"word": ["صقر"]}, "grave")])
    stop = asyncio.Event()
    turning = asyncio.create_task(_turns(stop))
    told: list[int] = []
    many = cases(*(f"{WORDS[at % 9]} {at}" for at in range(3000)))
    found = await dry_run_beside(old, new, many, progress=lambda done, _: told.append(done))
    stop.set()
    assert found.judged == 3000
    assert told[-1] == 3000
    assert await turning > 5
