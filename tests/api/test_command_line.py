"""What the command line says of itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli import app

GROUPS = ("rules", "keys", "accounts", "models", "store", "webhooks")


@pytest.mark.parametrize("group", [(), *((group,) for group in GROUPS)])
def test_no_group_has_options_of_its_own(group: tuple[str, ...]) -> None:
    """Completion is of the whole command line or of none."""
    told = CliRunner().invoke(app, [*group, "--help"]).output
    assert "--help" in told
    assert "install-completion" not in told


def test_the_role_of_editors_is_told_as_it_is() -> None:
    told = " ".join(CliRunner().invoke(app, ["keys", "create", "--help"]).output.split())
    assert "publish and roll back" in told.replace("│ │ ", "")


def test_the_store_is_told_with_what_it_writes() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert "audit chain" in told
