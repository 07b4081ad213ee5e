"""Comments a second through `moderation check --format jsonl`, start-up included, on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import cycle, islice
from time import perf_counter

from rules.load import DEFAULT_PACKS, read_packs

COMMENTS = 20_000


def texts() -> list[str]:
    """What the shipped rules match and what they must not: the texts that cost most."""
    return [
        example.text
        for file in read_packs(DEFAULT_PACKS)
        for rule in file.pack.rules
        for example in (*rule.examples.match, *rule.examples.no_match)
    ]


def run(lines: bytes, *options: str) -> float:
    """Seconds that the command took."""
    command = [sys.executable, "-c", "from api.cli import main; main()", "check"]
    began = perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [*command, "--format", "jsonl", *options],
        input=lines,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return perf_counter() - began


def main() -> None:
    """Prints the rates with and without the classifier."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    article = {"title": "الأمن يفكك خلية جهادية", "authors": ["سليم الخطيب"]}
    lines = b"".join(
        json.dumps({"id": number, "text": text, "article": article}, ensure_ascii=False).encode()
        + b"\n"
        for number, text in enumerate(islice(cycle(texts()), COMMENTS))
    )
    for name, options in (("rules and classifier", ()), ("rules alone", ("--no-model",))):
        seconds = run(lines, *options)
        print(f"{name}: {COMMENTS / seconds:,.0f} comments/s ({seconds:.2f} s, {COMMENTS:,})")


if __name__ == "__main__":
    main()
