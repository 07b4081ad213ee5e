"""The documentation is complete: every setting, route, problem, metric and command is in it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from api.cli import _COMMANDS, app
from api.service import Service
from api.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
OPERATIONS = (DOCS / "operations.md").read_text("utf-8")
INTERFACE = (DOCS / "api.md").read_text("utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    variable = field.validation_alias or f"MODERATION_{name.upper()}"
    (row,) = [line for line in OPERATIONS.splitlines() if line.startswith(f"| `{variable}` |")]
    assert field.description
    if isinstance(field.default, int | str) and not isinstance(field.default, bool):
        assert f"| `{field.default}` |" in row


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {f"MODERATION_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"MODERATION_[A-Z_]+", OPERATIONS)) <= known


@pytest.mark.anyio
async def test_every_route_is_documented(service: Service, visitor: httpx.AsyncClient) -> None:
    paths = (await visitor.get("/openapi.json")).json()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    told = set(re.findall(r"^\| \[`([A-Z]+ [^`]+)`\]", INTERFACE, re.MULTILINE))
    assert told == routes


@pytest.mark.anyio
async def test_every_operation_describes_itself(
    service: Service, visitor: httpx.AsyncClient
) -> None:
    paths = (await visitor.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["tags"], path
            if path.startswith("/v1/") and path not in {
                "/v1/policy",
                "/v1/moderations",
                "/v1/coral",
            }:
                assert operation["security"], path
                problem = operation["responses"]["401"]["content"]
                assert list(problem) == ["application/problem+json"], path


@pytest.mark.anyio
async def test_examples_are_arabic(service: Service, visitor: httpx.AsyncClient) -> None:
    schemas = (await visitor.get("/openapi.json")).json()["components"]["schemas"]
    assert "الكاتب" in schemas["CommentSent"]["properties"]["text"]["examples"][0]


def test_every_problem_is_documented() -> None:
    sources = [path.read_text("utf-8") for path in (DOCS.parent / "api").rglob("*.py")]
    slugs = {slug for text in sources for slug in re.findall(r'Problem\(\s*\d+,\s*"([a-z-]+)"', text)}  # fmt: skip  # noqa: E501
    assert {"invalid-request", "no-valid-key", "store-unavailable"} <= slugs
    for slug in slugs:
        assert f"| `{slug}` |" in INTERFACE


def test_every_metric_is_documented() -> None:
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in REGISTRY.collect()
        if family.name.startswith("moderation_")
    }
    assert set(re.findall(r"^\| `(moderation_[a-z_]+)", OPERATIONS, re.MULTILINE)) == names


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_has_help_that_teaches(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output) > 200


def test_exit_codes_are_in_the_help() -> None:
    assert "Exit codes: 0 ok, 1 problems" in CliRunner().invoke(app, ["--help"]).output
