"""Webhooks of a real service that is killed while it tells."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from api.client import Comment, Event, ModerationClient, read_webhook
from tests.api.asking import CIVIL
from tests.api.receiver import Receiver, receiving
from tests.e2e.serving import Serving
from tests.patience import eventually

pytestmark = pytest.mark.e2e

NUMBER = 60
ALL = {f"c-{number}" for number in range(NUMBER)}


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_CLASSIFIER", "false")
    monkeypatch.setenv("MODERATION_RULES", str(Path(__file__).parents[1] / "api" / "packs"))
    monkeypatch.setenv("MODERATION_WEBHOOK_NETWORKS", "127.0.0.0/8")
    # A message that its dead sender had in its hands comes due five seconds after this.
    monkeypatch.setenv("MODERATION_WEBHOOK_TIMEOUT_SECONDS", "0.5")
    monkeypatch.setenv("MODERATION_WEBHOOK_FIRST_RETRY_SECONDS", "0.2")


def accepted(receiver: Receiver, secret: str) -> list[Event]:
    taken = [each for each in list(receiver.received) if each.status == 204]
    return [read_webhook(each.body, each.headers, secret) for each in taken]


def comments(events: list[Event]) -> set[str]:
    return {event.data.comment for event in events}


def test_a_service_killed_while_it_tells_loses_no_message(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = Serving.start(data)
    assert first.first_key
    with receiving() as receiver:
        secret = first.command("webhooks", "create", receiver.url())
        (endpoint,) = [
            line.split()[0]
            for line in first.command("webhooks", "list").splitlines()
            if receiver.url() in line
        ]
        receiver.refuse(20, 503)
        receiver.answers += [(204, {})] * 5
        receiver.refuse(100_000, 503)
        with ModerationClient(first.address, first.first_key) as client:
            for number in range(NUMBER):
                client.submit(Comment(f"c-{number}", CIVIL))
        receiver.wait(25)
        first.stop(signal.SIGKILL)
        assert comments(accepted(receiver, secret)) < ALL
        receiver.answers.clear()
        second = Serving.start(data)
        try:
            eventually(lambda: comments(accepted(receiver, secret)) == ALL)
            assert second.command("webhooks", "dead", endpoint) == ""
            before = len(receiver.received)
            assert second.command(
                "webhooks", "replay", endpoint, "--from", "1", "--to", "9999"
            ) == (f"{NUMBER} messages are told again")
            receiver.wait(before + NUMBER)
            second.command("webhooks", "delete", endpoint)
        finally:
            second.stop()
