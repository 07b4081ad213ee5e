"""What a verdict is as a number."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire.measure import BANDS, Measure
from api.wire.openai import CATEGORIES
from api.wire.perspective import ATTRIBUTES
from moderation.finding import Finding, Source
from moderation.policy import decide
from moderation.verdict import Action, Verdict, Versions
from rules.load import DEFAULT_PACKS, load_policy, load_rules

POLICY = load_policy()
CORAL_THRESHOLD = 0.8

shares = st.floats(0, 1)
sources = st.sampled_from(["pack/threatened", "pack/killing-called-for", "pack/other"])
findings = st.builds(
    Finding,
    clause=st.sampled_from([*POLICY.clauses, "added"]),
    score=shares,
    source=sources.map(lambda name: Source("rule", name, "1")),
    mention=st.booleans(),
)
scores = st.fixed_dictionaries({"abusive": shares, "hate": shares, "profanity": shares})


def judged(found: list[Finding], scored: dict[str, float]) -> Verdict:
    """What the engine makes of findings."""
    action, reasons = decide(POLICY, found, scored)
    return Verdict(action, reasons, scored, Versions("1", "1", "1"))


verdicts = st.builds(judged, st.lists(findings, max_size=4), scores)


@given(verdicts)
def test_toxicity_tells_the_action_at_corals_threshold(verdict: Verdict) -> None:
    value = ATTRIBUTES["TOXICITY"].of(verdict, POLICY)
    lowest, highest = BANDS[verdict.action]
    assert lowest <= value <= highest
    assert (value > CORAL_THRESHOLD) is (verdict.action is not Action.ALLOW)


@given(verdicts)
def test_severe_toxicity_tells_rejections(verdict: Verdict) -> None:
    value = ATTRIBUTES["SEVERE_TOXICITY"].of(verdict, POLICY)
    assert (value > CORAL_THRESHOLD) is (verdict.action is Action.REJECT)


@given(verdicts, st.sampled_from(sorted(ATTRIBUTES)))
def test_toxicity_is_the_highest(verdict: Verdict, attribute: str) -> None:
    whole = ATTRIBUTES["TOXICITY"].of(verdict, POLICY)
    assert 0 <= ATTRIBUTES[attribute].of(verdict, POLICY) <= whole


@given(st.lists(findings, max_size=3), scores, findings)
def test_one_more_finding_never_lowers_a_number(
    found: list[Finding], scored: dict[str, float], more: Finding
) -> None:
    before, after = judged(found, scored), judged([*found, more], scored)
    for measure in [*ATTRIBUTES.values(), *CATEGORIES.values()]:
        assert measure.of(before, POLICY) <= measure.of(after, POLICY)


@given(st.lists(findings, max_size=3), scores, scores)
def test_higher_scores_never_lower_a_number(
    found: list[Finding], scored: dict[str, float], other: dict[str, float]
) -> None:
    higher = {label: max(score, other[label]) for label, score in scored.items()}
    for measure in [*ATTRIBUTES.values(), *CATEGORIES.values()]:
        before = measure.of(judged(found, scored), POLICY)
        assert before <= measure.of(judged(found, higher), POLICY)


@given(verdicts)
def test_whatever_is_not_allowed_has_a_category(verdict: Verdict) -> None:
    flagged = any(any(measure.reasons(verdict)) for measure in CATEGORIES.values())
    assert flagged is (verdict.action is not Action.ALLOW)


def test_the_bands_keep_apart() -> None:
    bands = [BANDS[action] for action in (Action.ALLOW, Action.FLAG, Action.REJECT)]
    assert all(below[1] < above[0] for below, above in pairwise(bands))


@pytest.mark.parametrize(
    ("attribute", "clause"),
    [
        ("INSULT", "author_insult"),
        ("INSULT", "person_insult"),
        ("PROFANITY", "profanity"),
        ("IDENTITY_ATTACK", "sanctities"),
        ("IDENTITY_ATTACK", "religion_attack"),
        ("IDENTITY_ATTACK", "divine_insult"),
        ("IDENTITY_ATTACK", "sectarian_incitement"),
        ("IDENTITY_ATTACK", "racist_incitement"),
    ],
)
def test_a_clause_raises_its_attribute(attribute: str, clause: str) -> None:
    verdict = judged([Finding(clause, 0.95, Source("rule", "pack/rule", "1"))], {})
    raised = {name for name, measure in ATTRIBUTES.items() if measure.of(verdict, POLICY) > 0.9}
    assert raised == {"TOXICITY", "SEVERE_TOXICITY", attribute}


@pytest.mark.parametrize(
    ("label", "attribute"),
    [("abusive", "INSULT"), ("hate", "IDENTITY_ATTACK"), ("profanity", "PROFANITY")],
)
def test_a_classifiers_label_raises_its_attribute(label: str, attribute: str) -> None:
    verdict = judged([], {label: 0.5})
    for name, measure in ATTRIBUTES.items():
        counts = name in {"TOXICITY", "SEVERE_TOXICITY", attribute}
        assert measure.of(verdict, POLICY) == (0.3 if counts else 0)


@pytest.mark.parametrize("rule", ["threatened", "killing-called-for"])
def test_threats_are_what_the_rules_for_them_find(rule: str) -> None:
    shipped = {compiled.name.rpartition("/")[2] for compiled in load_rules(DEFAULT_PACKS).rules}
    assert rule in shipped
    verdict = judged([Finding("person_insult", 0.95, Source("rule", f"pack/{rule}", "1"))], {})
    assert ATTRIBUTES["THREAT"].of(verdict, POLICY) > 0.9
    assert rule in (ATTRIBUTES["THREAT"].rules or ())


def test_a_mention_counts_no_more_than_the_policy_says() -> None:
    source = Source("rule", "pack/rule", "1")
    # The classifier's word is what flags it; the mention adds at most its ceiling.
    verdict = judged([Finding("person_insult", 0.95, source, mention=True)], {"abusive": 0.6})
    assert verdict.action is Action.FLAG
    lowest, highest = BANDS[Action.FLAG]
    assert Measure().of(verdict, POLICY) == pytest.approx(lowest + 0.6 * (highest - lowest))
