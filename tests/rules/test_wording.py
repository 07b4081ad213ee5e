"""Messages to commenters change alone."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from moderation.policy import Wording
from rules.load import DEFAULT_POLICY, load_policy
from rules.wording import with_messages

SHIPPED = DEFAULT_POLICY.read_text("utf-8")


def test_only_the_message_changes(tmp_path: Path) -> None:
    told = Wording(ar="لم يُنشر: «ألفاظ» نابية", en="Not published: the language, sorry")
    changed = with_messages(SHIPPED, {"profanity": told})
    lines = difflib.ndiff(SHIPPED.splitlines(), changed.splitlines())
    assert sum(line.startswith("+ ") for line in lines) == 2
    file = tmp_path / "policy.yaml"
    file.write_text(changed, "utf-8")
    assert load_policy(file).clauses["profanity"].message == told


def test_the_same_messages_change_nothing() -> None:
    policy = load_policy()
    same = {name: clause.message for name, clause in policy.clauses.items()}
    assert with_messages(SHIPPED, same) == SHIPPED


def test_an_unknown_clause_is_refused() -> None:
    with pytest.raises(KeyError):
        with_messages(SHIPPED, {"unknown": Wording(ar="ا", en="a")})
