"""How urgent an item is."""

from __future__ import annotations

import pytest

from moderation.finding import Source
from moderation.store.item import severity
from moderation.verdict import Action, Reason, Verdict, Versions


def verdict(*reasons: tuple[str, float, bool]) -> Verdict:
    return Verdict(
        action=Action.FLAG,
        reasons=tuple(
            Reason("profanity", Action.FLAG, Source(kind, "name", "1"), score, mention=mention)  # type: ignore[arg-type]
            for kind, score, mention in reasons
        ),
        scores={},
        versions=Versions("1", "1", None),
    )


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ((), 0),
        ((("rule", 0.95, False),), 5),
        ((("rule", 0.75, False),), 4),
        ((("rule", 0.5, False), ("model", 0.99, False)), 3),
        ((("model", 0.99, False),), 3),
        ((("rule", 0.95, True),), 2),
        ((("rule", 0.25, False),), 2),
        ((("model", 0.1, False),), 1),
    ],
)
def test_grave_words_come_before_what_only_the_classifier_suspects(
    reasons: tuple[tuple[str, float, bool], ...], expected: int
) -> None:
    assert severity(verdict(*reasons)) == expected
