"""Where webhooks may go, by what way, and how often they are tried."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from api.webhooks.address import AddressRefused, check_url, permitted
from api.webhooks.endpoint import Endpoint, EventType, new_secret
from api.webhooks.schedule import Schedule
from api.webhooks.sending import Sender
from api.webhooks.settings import WebhookSettings
from tests.api.asking import Asking, places, problem
from tests.api.receiver import receiving

pytestmark = pytest.mark.anyio


def test_pauses_grow_fourfold_and_are_spread() -> None:
    schedule = Schedule(first=5, longest=8 * 3600, attempts=16)
    for failed in range(1, 16):
        full = min(5 * 4 ** (failed - 1), 8 * 3600)
        drawn = [schedule.pause(failed) for _ in range(50)]
        assert all(each is not None and 0.75 * full <= each <= full for each in drawn)
        assert len(set(drawn)) > 1
    assert schedule.pause(16) is None


def test_a_receiver_may_ask_for_a_longer_pause_up_to_an_hour() -> None:
    schedule = Schedule(first=5, longest=8 * 3600, attempts=16)
    assert schedule.pause(1, asked=120) == 120
    assert schedule.pause(1, asked=10**9) == 3600


def test_every_setting_and_pause_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    for name, field in WebhookSettings.model_fields.items():
        default = f" `{field.default:.0f}`" if field.default else ""
        assert f"| `MODERATION_WEBHOOK_{name.upper()}` |{default} |" in page
    defaults = {name: field.default for name, field in WebhookSettings.model_fields.items()}
    assert f"{defaults['attempts']} times in all" in page
    full = [
        min(defaults["first_retry_seconds"] * 4.0**at, defaults["longest_pause_seconds"])
        for at in range(defaults["attempts"] - 1)
    ]
    assert full[:4] == [5, 20, 80, 320]
    assert set(full[7:]) == {8 * 3600}
    assert 2 * 86400 < 0.75 * sum(full) < sum(full) < 3 * 86400


PUBLIC = "https://93.184.216.34/hook"


@pytest.mark.parametrize(
    "url", [PUBLIC, "https://cms.example/hook?site=1", "https://cms.example:8443/"]
)
def test_public_https_addresses_are_taken(url: str) -> None:
    check_url(url, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://cms.example/hook",
        "ftp://cms.example/hook",
        "https://",
        "cms.example/hook",
        "https://user:password@cms.example/",
        "https://cms.example/#part",
        "https://cms.example:0/",
        "https://cms.example:99999/",
        "https://cms.example/\n",
        "https://مثال.example/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "http://127.0.0.1/",
        "https://0.0.0.0/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://" + "a" * 2000 + ".example/",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, ())


async def test_a_name_is_judged_by_what_it_stands_for_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(*_: object, **__: object) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.5", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.5"):
        await permitted("cms.example", 443, ())
    inner = (ip_network("10.0.0.0/24"),)
    assert await permitted("cms.example", 443, inner) == ["93.184.216.34", "10.0.0.5"]


async def test_a_refused_address_is_told_when_it_is_registered(admin: Asking) -> None:
    answer = await admin.post("/v1/webhooks", {"url": "https://169.254.169.254/"})
    assert places(answer) == ["#"]
    assert "MODERATION_WEBHOOK_NETWORKS" in answer.text


@pytest.mark.parametrize("secret", ["x", "whsec_", "whsec_YQ==", "whsec_!!!", "a" * 44])
async def test_a_weak_secret_is_refused(admin: Asking, secret: str) -> None:
    problem(await admin.post("/v1/webhooks", {"url": PUBLIC, "secret": secret}), 422)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of cms.example in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 "
        "-subj /CN=cms.example -addext subjectAltName=DNS:cms.example".split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


@pytest.mark.parametrize(("host", "taken"), [("cms.example", True), ("other.example", False)])
async def test_the_certificate_is_checked_against_the_name_not_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, taken: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with receiving(context) as receiver:

        async def resolve(*_: object, **__: object) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", receiver.port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        endpoint = Endpoint(
            id="wh0000000000",
            url=receiver.url(host, "https"),
            secrets=(new_secret(),),
            events=frozenset(EventType),
            include_text=False,
            created=datetime.now(UTC),
        )
        settings = WebhookSettings(networks=(ip_network("127.0.0.0/8"),))
        async with Sender(settings, trust) as sender:
            answer = await sender.send(endpoint, "msg_1", b"{}")
    assert answer.taken is taken
    if taken:
        assert receiver.received[0].headers["host"] == f"{host}:{receiver.port}"
    else:
        assert "certificate" in answer.problem
