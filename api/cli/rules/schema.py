"""`moderation rules schema`: the JSON Schema of rule packs."""

from __future__ import annotations

import json
import sys

import typer


def schema() -> None:
    """Print the JSON Schema of rule packs, for completion in editors.

    moderation rules schema > rules.schema.json
    """
    from rules.schema import json_schema

    json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=2)
    typer.echo()
