"""What the rules' tools say in English is read in Arabic by whoever reads Arabic."""

from __future__ import annotations

import pytest

from api.console.language import Words
from api.console.workshop.telling import told
from moderation.comment import Article, Comment
from rules.explain import explain
from tests.rules.conftest import LoadRule, rule, write_pack

__all__ = ["rule", "write_pack"]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("2 things at most 0 words apart", "عددها 2، متلاصقة"),
        ("3 things at most 1 words apart", "عددها 3، متقاربة، بينها كلمة على الأكثر"),
        (
            "2 things at most 2 words apart, in this order",
            "عددها 2، متقاربة على الترتيب، بينها كلمتان على الأكثر",
        ),
        (
            "2 things at most 12 words apart",
            "عددها 2، متقاربة، بينها 12 كلمة على الأكثر",
        ),
    ],
)
def test_distances_are_counted_as_arabic_counts(sentence: str, said: str) -> None:
    assert told(sentence, Words("ar")) == said


@pytest.mark.parametrize(
    ("author", "text", "said"),
    [
        ("محمد العريفي", "صل على محمد", "«محمد» اسم أول شائع لا يكفي وحده"),
        ("أحمد السيد", "السيد هنا", "«السيد» لقب لا يكفي وحده"),
        ("ميشال عون", "في عون أخيه", "«عون» أقصر من أن يكفي وحده"),
        ("سامي الحداد", "كريم الحداد", "قبل «الحداد» اسم أول آخر"),
    ],
)
def test_why_nobody_is_named_is_told_in_arabic(
    rule: LoadRule,
    author: str,
    text: str,
    said: str,
) -> None:
    comment = Comment("1", text, Article("عنوان", (author,)))
    step = explain(rule("when: {named: author}"), comment, rule="rule").rules[0].when
    assert told(step.reason, Words("ar")) == f"{said}؛ المعروف: {author}"
    assert told(step.reason, Words("en")) == step.reason
