"""One scan from its beginning, or from where it was killed, to its summary."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console

from api.scan import report, writing
from api.scan.backends import Backend, backend, judged
from api.scan.form import Columns, Form, ScanError
from api.scan.journal import Journal, remove
from api.scan.judging import Judging, versions_of
from api.scan.progress import Meter
from api.scan.reading import Source, pyarrow_parquet, source_of
from api.scan.tally import Tally


@dataclass(frozen=True, slots=True)
class Scan:
    """What is scanned, into what, and by whom. `rows` of a chunk are judged together."""

    source: Path
    form: Form
    columns: Columns
    output: Path
    judging: Judging
    summary: Path
    backend: Backend = Backend.LOKY
    jobs: int = -1
    address: str | None = None
    rows: int = 1000
    restart: bool = False


def run(scan: Scan, console: Console) -> Tally:
    """Scans, and goes on where an earlier run of the same scan was killed; what came out.

    Raises ScanError and OSError. What was judged by then is kept for the next run.
    """
    if scan.restart:
        remove(scan.output)
    elif scan.output.exists() and not scan.output.with_name(f"{scan.output.name}.journal").exists():
        raise ScanError(f"{scan.output} is there already; --restart replaces it")
    if scan.judging.form is Form.PARQUET:
        pyarrow_parquet()
    source = source_of(scan.source, scan.form, scan.columns)
    versions = versions_of(scan.judging)
    heading = writing.heading(scan.judging.form, with_text=scan.judging.with_text)
    began = monotonic()
    with Journal(scan.output, _job(scan, versions), heading=heading) as journal:
        if journal.resumed:
            rows = journal.tally.judged + journal.tally.failed
            console.print(f"going on after {rows:,} comments of an earlier run", highlight=False)
        if not journal.complete:
            _judge(scan, source, journal, versions, console)
            journal.finish()
        _name(scan, journal)
        facts = {
            "source": str(scan.source),
            "rules": versions[0],
            "policy": versions[1],
            "model": versions[2] or "none",
            "seconds": round(monotonic() - began, 1),
        }
        report.write(scan.summary, f"Scan of {scan.source.name}", journal.tally, facts)
        journal.forget()
    return journal.tally


def _judge(
    scan: Scan, source: Source, journal: Journal, versions: tuple[str, str, str], console: Console
) -> None:
    chunks = source.chunks(journal.place, scan.rows, journal.chunks)
    with (
        backend(scan.backend, scan.jobs, scan.address) as cores,
        Meter(console, source.size, journal.progress) as meter,
        closing(judged(chunks, scan.judging, scan.backend, cores)) as results,
    ):
        for done in results:
            if done.versions != versions:
                raise ScanError(
                    f"rules, policy or model changed meanwhile, or a machine of the cluster has "
                    f"others: {' '.join(done.versions)} in place of {' '.join(versions)}. Give all "
                    "the same, and begin anew with --restart"
                )
            journal.add(done)
            meter.advance(done.tally.judged + done.tally.failed, done.progress)


def _name(scan: Scan, journal: Journal) -> None:
    """Gives the output its name, once it is whole."""
    if not journal.partial.exists():
        return
    if scan.judging.form is Form.PARQUET:
        made = scan.output.with_name(f"{scan.output.name}.made")
        writing.to_parquet(journal.partial, made, with_text=scan.judging.with_text)
        made.replace(scan.output)
        journal.partial.unlink()
    else:
        journal.partial.replace(scan.output)


def _job(scan: Scan, versions: tuple[str, str, str]) -> Mapping[str, Any]:
    """What must be the same for a scan to be gone on with, by the names that people know."""
    stat = scan.source.stat()
    return {
        "source": str(scan.source.resolve()),
        "the source's size and time": [stat.st_size, stat.st_mtime_ns],
        "--format": scan.form.value,
        "--column": dict(scan.columns.named),
        "--output-format": scan.judging.form.value,
        "--with-text": scan.judging.with_text,
        "rules, policy or model": list(versions),
    }
