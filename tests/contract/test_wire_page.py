"""docs/wire.md runs: its lines answer as the page shows, on the shipped rules."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.settings import Settings
from api.wire.coral_settings import CoralSettings
from api.wire.openai import CATEGORIES
from api.wire.perspective import ATTRIBUTES
from tests.contract.running import CORAL_SECRETS, Running, serving
from tests.contract.tools import tool

PAGE = (Path(__file__).parent.parent.parent / "docs" / "wire.md").read_text("utf-8")
LINES = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", PAGE, re.DOTALL)
ROWS = dict(re.findall(r"^\| `([\w/]+)` \| (.*) \|$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def shipped(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server as it is shipped."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), namespace=uuid4().hex)
    with serving(settings.model_copy(update={"redis_url": store_url})) as started:
        yield started


def agrees(told: Any, shown: Any) -> bool:
    """Whether an answer is as the page shows it; `…` stands for anything."""
    if shown in ("…", ["…"]):
        return bool(told)
    if isinstance(shown, dict):
        return (
            isinstance(told, dict)
            and told.keys() == shown.keys()
            and all(agrees(told[key], value) for key, value in shown.items())
        )
    if isinstance(shown, list):
        return len(told) == len(shown) and all(map(agrees, told, shown))
    return bool(told == shown)


@pytest.mark.parametrize(("lines", "shown"), LINES, ids=lambda text: text.splitlines()[-1][:40])
def test_the_lines_answer_as_shown(shipped: Running, lines: str, shown: str) -> None:
    for program in ("curl", "openssl"):
        tool(program)
    done = subprocess.run(
        [tool("bash"), "-euo", "pipefail", "-c", lines],
        env={
            "PATH": os.environ["PATH"],
            "MODERATION": shipped.address,
            "KEY": shipped.secret(),
            "CORAL_SECRET": CORAL_SECRETS[0],
        },
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert agrees(json.loads(done.stdout), json.loads(shown)), done.stdout.decode()


def test_the_page_has_lines() -> None:
    assert len(LINES) == 4


@pytest.mark.parametrize("name", [*ATTRIBUTES, *CATEGORIES])
def test_the_page_says_what_each_number_speaks_of(name: str) -> None:
    measure = {**ATTRIBUTES, **CATEGORIES}[name]
    named = set(re.findall(r"`([\w-]+)`", ROWS[name]))
    assert named >= (measure.clauses or set()) | (measure.rules or set())


@pytest.mark.parametrize("name", CoralSettings.model_fields)
def test_the_page_lists_the_settings(name: str) -> None:
    described = CoralSettings.model_fields[name].description
    assert described
    assert f"| `MODERATION_CORAL_{name.upper()}` | none | {described.removesuffix('.')}" in PAGE
