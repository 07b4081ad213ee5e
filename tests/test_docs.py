"""The documentation runs: every rule pack that a page shows loads, and its examples hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.lint import check
from rules.load import load_policy
from rules.model import OPERATORS

DOCS = Path(__file__).parent.parent / "docs"
PACKS = re.findall(r"```yaml\n(pack: .*?)```", (DOCS / "rules.md").read_text("utf-8"), re.DOTALL)


def test_the_page_shows_packs() -> None:
    assert len(PACKS) >= 2


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.splitlines()[0])
def test_a_pack_on_the_page_is_good(pack: str, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(pack, "utf-8")
    assert check(tmp_path, load_policy()) == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_documented(operator: str) -> None:
    assert f"`{operator}:" in (DOCS / "rules.md").read_text("utf-8")
