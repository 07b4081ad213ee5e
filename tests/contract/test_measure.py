"""What a verdict is as a number."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.wire.measure import BANDS, Measure
from api.wire.openai import CATEGORIES
from api.wire.perspective import ATTRIBUTES
from moderation.finding import Finding, Source
from moderation.policy import decide, findings_of_scores
from moderation.verdict import Action, Reason, Verdict, Versions
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
LABELS = {
    *(label for clause in POLICY.clauses.values() for label in clause.labels),
    POLICY.suspicion or "violation",
}
scores = st.fixed_dictionaries(dict.fromkeys(sorted(LABELS), shares))
RULE = Source("rule", "pack/rule", "1")


def judged(found: list[Finding], scored: dict[str, float]) -> Verdict:
    """What the engine makes of findings and scores."""
    found = [*found, *findings_of_scores(POLICY, scored, "1")]
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
    # The suspicion that something is broken speaks for one clause alone, which they may change.
    assume(POLICY.suspected(scored) == POLICY.suspected(higher))
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


CLAUSES = {
    "author_insult": "INSULT",
    "person_insult": "INSULT",
    "profanity": "PROFANITY",
    "sanctities": "IDENTITY_ATTACK",
    "religion_attack": "IDENTITY_ATTACK",
    "divine_insult": "IDENTITY_ATTACK",
    "sectarian_incitement": "IDENTITY_ATTACK",
    "racist_incitement": "IDENTITY_ATTACK",
}


@pytest.mark.parametrize(("clause", "attribute"), CLAUSES.items())
def test_a_clause_raises_its_attribute(clause: str, attribute: str) -> None:
    verdict = judged([Finding(clause, 0.95, RULE)], {})
    raised = {name for name, measure in ATTRIBUTES.items() if measure.of(verdict, POLICY) > 0.9}
    assert raised == {"TOXICITY", "SEVERE_TOXICITY", attribute}


@pytest.mark.parametrize(("clause", "attribute"), CLAUSES.items())
def test_the_classifier_raises_the_attribute_of_its_clause(clause: str, attribute: str) -> None:
    (label,) = POLICY.clauses[clause].labels
    verdict = judged([], {label: 0.1})
    for name, measure in ATTRIBUTES.items():
        counts = name in {"TOXICITY", "SEVERE_TOXICITY", attribute}
        assert measure.of(verdict, POLICY) == (0.06 if counts else 0)


def test_every_clause_has_an_attribute() -> None:
    assert set(CLAUSES) == set(POLICY.clauses)


def test_a_suspicion_without_a_clause_raises_toxicity() -> None:
    assert POLICY.suspicion
    verdict = judged([], {POLICY.suspicion: 0.1})
    assert ATTRIBUTES["TOXICITY"].of(verdict, POLICY) == 0.06


@pytest.mark.parametrize("rule", ["threatened", "killing-called-for"])
def test_threats_are_what_the_rules_for_them_find(rule: str) -> None:
    shipped = {compiled.name.rpartition("/")[2] for compiled in load_rules(DEFAULT_PACKS).rules}
    assert rule in shipped
    verdict = judged([Finding("person_insult", 0.95, Source("rule", f"pack/{rule}", "1"))], {})
    assert ATTRIBUTES["THREAT"].of(verdict, POLICY) > 0.9
    assert rule in (ATTRIBUTES["THREAT"].rules or ())


def test_a_mention_counts_no_more_than_the_policy_says() -> None:
    reason = Reason("person_insult", Action.FLAG, RULE, 0.95, mention=True)
    verdict = Verdict(Action.FLAG, (reason,), {}, Versions("1", "1", None))
    lowest, highest = BANDS[Action.FLAG]
    share = POLICY.mention.rule_at_most
    assert Measure().of(verdict, POLICY) == pytest.approx(lowest + share * (highest - lowest))
