"""Problems of rule files in the forms that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from rules.errors import Problem
from rules.lint import CHECKS

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS_OF_GITHUB: Final = {"error": "error", "warning": "warning", "note": "notice"}


def as_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """One object for each problem, with the fields of `Problem`; paths as seen from here."""
    return [asdict(problem) | {"path": _from_here(problem.path)} for problem in problems]


def as_github(problem: Problem) -> str:
    """A workflow command: GitHub shows it beside the line of the file."""
    properties = {
        "file": _from_here(problem.path),
        "line": str(max(problem.line, 1)),
        "col": str(max(problem.column, 1)),
        "title": problem.code,
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS_OF_GITHUB[problem.level]} {written}::{_message(_told(problem))}"


def as_sarif(problems: Sequence[Problem], version: str) -> dict[str, Any]:
    """A log in SARIF 2.1.0 (OASIS); columns count code points. `version` is the program's."""
    codes = {check.code: check for check in CHECKS}
    described = {
        code: (check.find.__doc__ or code).split("\n")[0] for code, check in codes.items()
    } | {"invalid": "The file is not as the rule language wants it."}
    driver = {
        "name": "moderation rules check",
        "version": version,
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": codes[code].level if code in codes else "error"},
            }
            for code, text in described.items()
        ],
    }
    order = {code: index for index, code in enumerate(described)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, order) for problem in problems],
            }
        ],
    }


def _result(problem: Problem, order: dict[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(problem.path)}}
    }
    if problem.line:
        location["physicalLocation"]["region"] = {
            "startLine": problem.line,
            "startColumn": max(problem.column, 1),
        }
    if problem.key:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.key}]
    return {
        "ruleId": problem.code,
        "ruleIndex": order[problem.code],
        "level": problem.level,
        "message": {"text": _told(problem)},
        "locations": [location],
    }


def _told(problem: Problem) -> str:
    key = f"{problem.key}: " if problem.key else ""
    remedy = f" ({problem.remedy})" if problem.remedy else ""
    return f"{key}{problem.message}{remedy}"


def _from_here(path: Path) -> str:
    """The path as seen from the working directory, where the file lies below it."""
    resolved, here = path.resolve(), Path.cwd()
    return (resolved.relative_to(here) if resolved.is_relative_to(here) else resolved).as_posix()


def _uri(path: Path) -> str:
    resolved = path.resolve()
    if resolved.is_relative_to(Path.cwd()):
        return quote(_from_here(path))
    return resolved.as_uri()


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
