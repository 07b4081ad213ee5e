"""Scans of small files, without noise."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from api.scan.form import Columns, Form
from api.scan.judging import Judging
from api.scan.run import Scan
from rules.load import DEFAULT_POLICY
from tests.api.asking import BORDERLINE, CIVIL, OBSCENE

PACKS = Path(__file__).parent / "packs"
TEXTS = (CIVIL, OBSCENE, BORDERLINE)
ACTIONS = ("allow", "reject", "flag")


def quiet() -> Console:
    return Console(file=StringIO())


def scan_of(source: Path, output: Path, **more: Any) -> Scan:
    judging = Judging(
        PACKS,
        DEFAULT_POLICY,
        None,
        Form(output.suffix[1:]),
        more.pop("with_text", False),
    )
    form = more.pop("form", None) or Form({"txt": "text"}.get(source.suffix[1:], source.suffix[1:]))
    made = Scan(
        source=source,
        form=form,
        columns=Columns(),
        output=output,
        judging=judging,
        summary=output.with_name("summary"),
        jobs=1,
        rows=7,
    )
    return replace(made, **more)


def lines_of(number: int) -> list[str]:
    return [
        json.dumps({"id": f"c-{at}", "text": TEXTS[at % 3]}, ensure_ascii=False)
        for at in range(number)
    ]


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
