"""The JSON Schema of rule files, for completion in editors."""

from __future__ import annotations

from typing import Any

from rules.model import Pack


def json_schema() -> dict[str, Any]:
    """The schema of one pack (JSON Schema 2020-12), with strings where a plain text will do."""
    schema = Pack.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Rule pack"
    definitions = schema["$defs"]
    for name in ("Term", "Example", "Description"):
        definitions[name] = {"anyOf": [{"type": "string"}, definitions[name]]}
    adapted: dict[str, Any] = _one_or_many(schema)
    return adapted


def _one_or_many(node: Any) -> Any:
    """Keys that take one value or a list of them are arrays for pydantic; say both."""
    if isinstance(node, list):
        return [_one_or_many(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _one_or_many(value) for key, value in node.items()}
    items = node.get("items")
    if node.get("type") == "array" and isinstance(items, dict) and _is_plain(items):
        return {"anyOf": [items, node]}
    return node


def _is_plain(items: dict[str, Any]) -> bool:
    return items.get("type") == "string" or items.get("$ref", "").endswith("/Term")
