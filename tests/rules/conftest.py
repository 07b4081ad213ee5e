"""Small packs written by a test, loaded by the real loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.load import load_rules
from rules.ruleset import RuleSet

WritePack = Callable[[str], Path]
LoadRule = Callable[[str], RuleSet]

HEAD = """\
pack: test
version: 1.0.0
description: a pack of a test
"""


@pytest.fixture
def write_pack(tmp_path: Path) -> WritePack:
    """Writes what follows a pack's head into a file; returns the folder."""

    def write(body: str) -> Path:
        (tmp_path / "test.yaml").write_text(HEAD + body, "utf-8")
        return tmp_path

    return write


@pytest.fixture
def rule(write_pack: WritePack) -> LoadRule:
    """Loads one rule, given what follows its head: `when` and whatever else."""

    def load(body: str) -> RuleSet:
        lists = """
lists:
  insult: {terms: [كلب, حمار, غبي]}
  negation: {terms: [مش, ليس]}
"""
        head = """
rules:
  - id: rule
    description: a rule of a test
    clause: person_insult
    severity: grave
    examples: {match: [x], no_match: [y]}
"""
        indented = "\n".join(f"    {line}" for line in body.strip().splitlines())
        return load_rules(write_pack(lists + head + indented + "\n"))

    return load
