"""How many comments a second `moderation scan` judges, by backend and number of cores.

python -m benchmarks.scan [--number 20000] [--backends loky,dask,ray] [--jobs 1,2]

Comments are taken in turn from the functional suite. The first rate is that of the whole command,
with the start of processes and the loading of rules and model; the second is that between the first
chunk and the last.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from time import perf_counter

from rich.console import Console

from api.scan.backends import Backend
from api.scan.form import Columns, Form
from api.scan.journal import Journal
from api.scan.judging import Judged, Judging
from api.scan.run import Scan, run
from classifiers import bundle
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY

CASES = Path(__file__).parent.parent / "tests" / "verdicts" / "cases"


def write_comments(path: Path, number: int) -> None:
    """So many comments as JSON Lines."""
    texts = [
        json.loads(line)["text"]
        for case in sorted(CASES.glob("*.jsonl"))
        for line in case.read_text("utf-8").splitlines()
    ]
    with path.open("w", encoding="utf-8") as stream:
        for at in range(number):
            stream.write(json.dumps({"id": at, "text": texts[at % len(texts)]}) + "\n")


def measure(folder: Path, source: Path, backend: Backend, jobs: int) -> None:
    """Scans once and prints how it went."""
    output = folder / f"{backend}-{jobs}.jsonl"
    arrivals: list[tuple[float, int]] = []
    add = Journal.add

    def adding(journal: Journal, judged: Judged) -> None:
        add(journal, judged)
        arrivals.append((perf_counter(), judged.tally.judged))

    Journal.add = adding  # type: ignore[method-assign]
    began = perf_counter()
    try:
        tally = run(
            Scan(
                source=source,
                form=Form.JSONL,
                columns=Columns(),
                output=output,
                judging=Judging(DEFAULT_PACKS, DEFAULT_POLICY, bundle.DEFAULT, Form.JSONL),
                summary=folder / "summary",
                backend=backend,
                jobs=jobs,
                rows=500,
                restart=True,
            ),
            Console(file=StringIO()),
        )
    finally:
        Journal.add = add  # type: ignore[method-assign]
    took = perf_counter() - began
    # Ray's answers come many at once, which leaves nothing to measure between them.
    steady = sum(rows for _, rows in arrivals[1:]) / (arrivals[-1][0] - arrivals[0][0])
    print(
        f"{backend:5} {jobs:2} cores  {tally.judged:7,} comments  {took:6.1f} s  "
        f"{tally.judged / took:7,.0f}/s in all"
        + ("" if backend is Backend.RAY else f"  {steady:7,.0f}/s once started")
    )


def main(number: int, backends: list[str], jobs: list[int]) -> None:
    """Every backend that is installed, with every number of cores."""
    needed = {"dask": "distributed", "ray": "ray"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_comments(folder / "comments.jsonl", number)
        for backend in map(Backend, backends):
            if backend in needed and find_spec(needed[backend]) is None:
                print(f"{backend:5} is not installed")
                continue
            for cores in jobs:
                measure(folder, folder / "comments.jsonl", backend, cores)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--number", type=int, default=20_000)
    arguments.add_argument("--backends", default="loky,dask,ray")
    arguments.add_argument("--jobs", default="1,2")
    given = arguments.parse_args()
    main(given.number, given.backends.split(","), [int(part) for part in given.jobs.split(",")])
