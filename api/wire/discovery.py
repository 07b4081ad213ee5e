"""The Comment Analyzer as a discovery document, from which Google's clients build themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from api.wire import perspective

NAME: Final = "commentanalyzer"
VERSION: Final = "v1alpha1"

_PARAMETERS: Final = {
    "key": {"type": "string", "location": "query", "description": "API key."},
    "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]},
    "prettyPrint": {"type": "boolean", "location": "query", "default": "true"},
    "fields": {"type": "string", "location": "query"},
    "quotaUser": {"type": "string", "location": "query"},
}


def document(root: str) -> dict[str, Any]:
    """The document for the service at `root`, which ends in a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"{NAME}:{VERSION}",
        "name": NAME,
        "version": VERSION,
        "revision": "1",
        "title": "Comment Analyzer API",
        "description": "Perspective's interface, answered by this service.",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "batchPath": "batch",
        "parameters": _PARAMETERS,
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", perspective.AnalyzeSent, perspective.AnalyzeTold),
                    "suggestscore": _method(
                        "suggestscore", perspective.SuggestSent, perspective.SuggestTold
                    ),
                }
            }
        },
        "schemas": dict(_schemas()),
    }


def _method(name: str, sent: type[BaseModel], told: type[BaseModel]) -> dict[str, Any]:
    path = f"{VERSION}/comments:{name}"
    return {
        "id": f"{NAME}.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": sent.__name__},
        "response": {"$ref": told.__name__},
        "description": (sent.__doc__ or "").strip(),
    }


def _schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for sent in (perspective.AnalyzeSent, perspective.SuggestSent):
        yield from _of(sent, "validation")
    for told in (perspective.AnalyzeTold, perspective.SuggestTold):
        yield from _of(told, "serialization")


def _of(model: type[BaseModel], mode: JsonSchemaMode) -> Iterator[tuple[str, dict[str, Any]]]:
    schema = model.model_json_schema(mode=mode)
    for name, definition in schema.pop("$defs", {}).items():
        yield name, {"id": name, **_older(definition)}
    yield model.__name__, {"id": model.__name__, **_older(schema)}


def _older(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the older form that discovery documents are written in: names for references,
    and no alternatives, for there every value may be left out."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].rpartition("/")[2]}
    if "anyOf" in schema:
        (schema,) = (each for each in schema["anyOf"] if each.get("type") != "null")
        return _older(schema)
    kept = ("type", "description", "enum", "format")
    older: dict[str, Any] = {key: schema[key] for key in kept if key in schema}
    if schema.get("type") == "number":
        older["format"] = "double"
    if schema.get("type") == "integer":
        older["format"] = "int32"
    if "const" in schema:
        older["enum"] = [schema["const"]]
    if "items" in schema:
        older["items"] = _older(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        older["additionalProperties"] = _older(schema["additionalProperties"])
    if "properties" in schema:
        older["properties"] = {
            name: _older(property_) for name, property_ in schema["properties"].items()
        }
    return older
