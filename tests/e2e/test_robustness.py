"""What happens to a service that runs: its store dies, it is restarted, its files change."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import httpx
import pytest

from rules.load import DEFAULT_PACKS, DEFAULT_POLICY
from tests.e2e.serving import MODERATION, Serving
from tests.patience import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the store's process in /proc"),
]

"""Two on an idle machine; tests share theirs."""
TEXT = "تحقيق جيد، لكن أين مصادر الكاتب؟"


def submit_until(stop: Event, form: httpx.Client, name: str) -> list[str]:
    """Submits one comment after another; the ids of those that were acknowledged."""
    acknowledged: list[str] = []
    number = 0
    while not stop.is_set():
        identifier = f"{name}-{number}"
        answer = form.post("/v1/comments", json={"id": identifier, "text": f"{TEXT} {number}"})
        # 200 where the answer was lost with the store and the retry within repeated the request.
        if answer.status_code in {200, 201}:
            acknowledged.append(identifier)
        else:
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        number += 1
    return acknowledged


def test_killing_the_store_loses_nothing_acknowledged(fresh: Serving) -> None:
    assert fresh.first_key
    form = fresh.client(fresh.first_key)
    stop = Event()
    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(submit_until, stop, form, f"writer-{at}") for at in range(4)]
        for _ in range(2):
            sleep(1)
            killed = fresh.store_process()
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: httpx.get(f"{fresh.address}/readyz").status_code == 200)
            assert fresh.store_process() != killed
        sleep(0.5)
        stop.set()
        acknowledged = [identifier for writer in writers for identifier in writer.result()]
    assert len(acknowledged) > 50
    lost = [each for each in acknowledged if form.get(f"/v1/comments/{each}").status_code != 200]
    assert lost == []
    assert form.get("/v1/audit/verify").json()["sound"]


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_restart_keeps_everything(tmp_path: Path, with_signal: signal.Signals) -> None:
    first = Serving.start(tmp_path / "data")
    key = first.first_key
    assert key
    first.client(key).post("/v1/comments", json={"id": "kept", "text": TEXT}).raise_for_status()
    assert first.stop(with_signal) == (-9 if with_signal is signal.SIGKILL else 0)
    second = Serving.start(tmp_path / "data")
    try:
        assert second.first_key is None
        assert second.client(key).get("/v1/comments/kept").json()["status"] == "published"
    finally:
        second.stop()


def test_the_store_ends_with_the_service(tmp_path: Path) -> None:
    started = Serving.start(tmp_path / "data")
    store = started.store_process()
    assert started.stop() == 0
    assert not Path(f"/proc/{store}").exists()


def test_edited_rules_go_live_and_broken_ones_do_no_harm(tmp_path: Path) -> None:
    shutil.copytree(DEFAULT_PACKS, tmp_path / "packs")
    if (lists := DEFAULT_PACKS.parent / "lists").exists():
        shutil.copytree(lists, tmp_path / "lists")
    shutil.copy(DEFAULT_POLICY, tmp_path / "policy.yaml")
    started = Serving.start(
        tmp_path / "data",
        *("--rules", str(tmp_path / "packs"), "--policy", str(tmp_path / "policy.yaml")),
    )
    try:
        assert started.first_key
        client = started.client(started.first_key)

        def action(text: str) -> str:
            return str(client.post("/v1/preview", json={"text": text}).json()["verdict"]["action"])

        text = "زقطوط في الملعب"
        assert action(text) == "allow"
        pack = tmp_path / "packs" / "ours.yaml"
        good = """
pack: ours
version: 1.0.0
description: A word that nobody but this newsroom minds.
rules:
  - id: word
    description: A made-up word
    clause: profanity
    severity: grave
    when: { word: [زقطوط] }
    examples: { match: [يا زقطوط], no_match: [يا صديقي] }
"""
        pack.write_text(good, "utf-8")
        eventually(lambda: action(text) == "reject")
        pack.write_text(good.replace("severity", "gravity"), "utf-8")
        problems = eventually(lambda: client.get("/readyz").json()["rules"]["problems"])
        assert any(f"{pack}:9:" in line for line in problems)
        assert action(text) == "reject"
        assert f"{pack}:9:" in started.log.read_text("utf-8")
        pack.unlink()
        eventually(lambda: action(text) == "allow")
        assert client.get("/readyz").json()["rules"]["problems"] == []
    finally:
        started.stop()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*MODERATION, "serve", "--port", port, "--data", str(tmp_path / "data")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_a_data_folder_in_use_is_told(fresh: Serving) -> None:
    done = subprocess.run(
        [*MODERATION, "serve", "--port", "0", "--data", str(fresh.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "another service" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_made_and_revoked_beside_the_service(fresh: Serving) -> None:
    client = fresh.client(fresh.key("review"))
    assert client.get("/v1/queue").status_code == 200
    (line,) = [line for line in fresh.command("keys", "list").splitlines() if "e2e review" in line]
    fresh.command("keys", "revoke", line.split()[0])
    eventually(lambda: client.get("/v1/queue").status_code == 401)


def test_keys_are_made_while_no_service_runs(tmp_path: Path) -> None:
    started = Serving.start(tmp_path / "data")
    started.stop()
    key = started.key("submit")
    again = Serving.start(tmp_path / "data")
    try:
        assert again.client(key).post("/v1/preview", json={"text": TEXT}).status_code == 200
    finally:
        again.stop()


def test_settled_records_go_to_the_archive_and_the_chain_still_verifies(fresh: Serving) -> None:
    assert fresh.first_key
    client = fresh.client(fresh.first_key)
    client.post("/v1/comments", json={"id": "old", "text": TEXT}).raise_for_status()
    sleep(0.01)
    told = fresh.command("archive", "--older-than", "0")
    assert told.startswith("1 records")
    assert list((fresh.data / "archive").glob("*.jsonl.gz"))
    assert client.get("/v1/comments/old").status_code == 404
    assert "entries checked" in fresh.command("store", "verify")
