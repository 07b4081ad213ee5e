"""`moderation scan` as a process that is killed, and on clusters of this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.asking import BORDERLINE, CIVIL, OBSCENE
from tests.e2e.serving import MODERATION
from tests.patience import PATIENT_SECONDS, eventually

pytestmark = pytest.mark.e2e

PACKS = Path(__file__).parents[1] / "api" / "packs"
TEXTS = (CIVIL, OBSCENE, BORDERLINE)
NUMBER = 3000


@pytest.fixture(scope="module")
def comments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "comments.jsonl"
    rows = ({"id": at, "text": f"{TEXTS[at % 3]} {at}"} for at in range(NUMBER))
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def begin(source: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *MODERATION,
            *("scan", str(source), "-o", str(output), "--rules", str(PACKS), "--no-model"),
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def scanned(source: Path, output: Path, *options: str) -> bytes:
    process = begin(source, output, *options)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.read_bytes()


@pytest.fixture(scope="module")
def expected(comments: Path) -> bytes:
    """What an uninterrupted scan gives."""
    return scanned(comments, comments.with_name("expected.jsonl"), "-j", "1")


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "verdicts.jsonl"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_scan_killed_in_the_middle_goes_on_without_loss_or_doubling(
    comments: Path, output: Path, expected: bytes, jobs: str
) -> None:
    options = ("-j", jobs, "--chunk", "10")
    journal = output.with_name("verdicts.jsonl.journal")
    process = begin(comments, output, *options)
    eventually(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 20)
    beside = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert (len(beside) >= 2) is (jobs == "2")
    process.kill()
    process.wait()
    eventually(lambda: not any(Path(f"/proc/{each}").exists() for each in beside))
    process.communicate()
    judged = journal.read_bytes().count(b"\n") - 1
    assert 20 <= judged < NUMBER // 10
    assert not output.exists()
    assert scanned(comments, output, *options) == expected
    summary = json.loads((output.with_name("verdicts.jsonl.summary") / "summary.json").read_text())
    assert summary["judged"] == NUMBER
    assert summary["actions"] == {"allow": 1000, "reject": 1000, "flag": 1000}


def test_a_scan_told_to_stop_says_how_it_goes_on(comments: Path, output: Path) -> None:
    process = begin(comments, output, "-j", "1", "--chunk", "5")
    journal = output.with_name("verdicts.jsonl.journal")
    eventually(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 5)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENT_SECONDS)
    assert process.returncode == 1
    assert "the same command goes on from here" in errors
    assert "Traceback" not in errors


def test_a_dask_cluster_gives_the_same(comments: Path, output: Path, expected: bytes) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        told = scanned(comments, output, "--backend", "dask", "--address", address)
    assert told == expected


def test_a_scheduler_that_is_not_there_is_told(
    comments: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("api.scan.backends.CONNECT_SECONDS", 0.5)
    from api.scan.backends import Backend, backend
    from api.scan.form import ScanError

    with (
        pytest.raises(ScanError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9"),
        backend(Backend.DASK, 1, "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_ray_cluster_gives_the_same(comments: Path, output: Path, expected: bytes) -> None:
    pytest.importorskip("ray")
    told = scanned(comments, output, "--backend", "ray", "-j", "2", "--chunk", "500")
    assert told == expected
