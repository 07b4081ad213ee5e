"""Guards never keep a rule from a comment in which it holds."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.guard import ANYTHING, Guards
from tests.rules.conftest import LoadRule
from tests.rules.test_match import find

WORDS = ["جمل", "حصان", "زرافة", "نمر", "صقر", "هذا", "من"]

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(
    lambda chosen: {"word": chosen}
)
conditions = st.recursive(
    words,
    lambda inner: st.tuples(
        st.sampled_from(["any", "all", "none"]), st.lists(inner, min_size=1, max_size=4)
    ).map(lambda made: {made[0]: made[1]}),
    max_leaves=12,
)


def holds(condition: dict[str, Any], present: set[str]) -> bool:
    """What a condition means, without automatons, guards and hits."""
    ((operator, of),) = condition.items()
    if operator == "word":
        return not present.isdisjoint(of)
    results = [holds(child, present) for child in of]
    return {"any": any(results), "all": all(results), "none": not any(results)}[operator]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions, st.lists(st.sampled_from(WORDS), max_size=5))
def test_a_rule_holds_where_its_condition_does(
    rule: LoadRule, condition: dict[str, Any], text: list[str]
) -> None:
    found = find(rule(f"when: {condition}"), " ".join(text))
    assert bool(found) is holds(condition, set(text))


def test_a_guard_too_wide_to_keep_is_one_set_or_asks_for_nothing() -> None:
    guards = Guards()
    alone = [guards.touching([guards.add(f"كلمة{number}")]) for number in range(20)]
    wide = guards.every([guards.either(alone[:10]), guards.either(alone[10:])])
    assert len(wide) == 1
    many = guards.every([tuple(bits for (bits,) in alone[:10]), tuple(b for (b,) in alone[10:])])
    assert len(many) == 1
    assert guards.every([ANYTHING, ANYTHING]) == ANYTHING
    assert guards.either([alone[0], ANYTHING]) == ANYTHING
