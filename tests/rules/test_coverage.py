"""Coverage counts what rules match, alone and together, and names those that never do."""

from __future__ import annotations

from moderation.comment import Comment
from rules.coverage import coverage
from rules.load import load_rules
from tests.rules.conftest import WritePack

RULES = """
rules:
  - id: beast
    description: d
    clause: person_insult
    severity: serious
    when: {word: [حمار, كلب]}
    mention: [{word: ليس, side: before}]
    examples: {match: [x], no_match: [y]}
  - id: fool
    description: d
    clause: person_insult
    severity: mild
    when: {word: غبي}
    examples: {match: [x], no_match: [y]}
  - id: silent
    description: d
    clause: profanity
    severity: mild
    when: {word: نادر}
    examples: {match: [x], no_match: [y]}
  - id: off
    description: d
    clause: profanity
    severity: mild
    enabled: false
    when: {word: حمار}
    examples: {match: [x], no_match: [y]}
"""


def test_matches_are_counted_by_rule(write_pack: WritePack) -> None:
    texts = ["حمار", "ليس كلب", "حمار غبي", "شكرا"]
    done: list[None] = []
    found = coverage(
        load_rules(write_pack(RULES)),
        [Comment(str(number), text) for number, text in enumerate(texts)],
        lambda: done.append(None),
    )
    beast, fool = found.rules[:2]
    assert (beast.rule, beast.matches, beast.mentions, beast.alone) == ("test/beast", 3, 1, 2)
    assert (fool.rule, fool.matches, fool.alone, fool.samples) == ("test/fool", 1, 0, ["2"])
    assert (found.comments, found.matched, len(done)) == (4, 3, 4)
    assert [rule.rule for rule in found.never] == ["test/silent"]


def test_without_comments_every_rule_in_force_never_matches(write_pack: WritePack) -> None:
    found = coverage(load_rules(write_pack(RULES)), [])
    assert [rule.rule for rule in found.never] == ["test/beast", "test/fool", "test/silent"]
