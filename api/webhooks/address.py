"""Where webhooks may go: public addresses by https, others only where the operator allows them.

A receiver is checked by the addresses that its name stands for at the moment of sending, and the
connection is made to the checked address, so that a name cannot be turned to an inner machine
between the check and the use.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from api.webhooks.sentences import NOT_PUBLIC, said
from api.webhooks.settings import Networks

LONGEST_URL: Final = 2000
_PORTS: Final = {"https": 443, "http": 80}
_IPV4_IN_IPV6: Final = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class AddressRefused(ValueError):  # noqa: N818 - names what happened, as its readers see it
    """An address that webhooks may not go to. The message says why and what to do.

    `why` names the kind of refusal and `values` what the message names, for other languages.
    """

    def __init__(self, message: str, why: str, **values: object) -> None:
        super().__init__(message)
        self.why = why
        self.values = values


def check_url(url: str, allowed: Networks) -> None:
    """Returns for an address that may be written down. Raises AddressRefused."""
    if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " for c in url):
        raise AddressRefused(
            f"an address has at most {LONGEST_URL} characters, ASCII and without blanks",
            "characters",
            most=LONGEST_URL,
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(f"the address cannot be read: {error}", "unreadable") from None
    if not host or port == 0:
        raise AddressRefused("an address reads https://host/path", "no_host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(
            "an address has no credentials and no fragment: messages are signed", "credentials"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise AddressRefused(
            "an address begins with https://; http is for this machine alone", "https"
        )
    literal = _literal(host)
    if literal is not None:
        _check(literal, allowed, host)


def target(url: str) -> tuple[str, int]:
    """Host and port of a checked address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


async def permitted(host: str, port: int, allowed: Networks) -> list[str]:
    """The addresses of a host, all of which may be sent to.

    Raises AddressRefused where one may not, and OSError where the name stands for nothing.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        _check(ip_address(address.partition("%")[0]), allowed, host)
    return addresses


def _check(address: Address, allowed: Networks, host: str) -> None:
    for meant in _meanings(address):
        if any(meant in network for network in allowed):
            continue
        if not meant.is_global or meant.is_multicast:
            raise AddressRefused(
                said(NOT_PUBLIC, host=host, address=str(address)),
                "not_public",
                host=host,
                address=address,
            )


def _meanings(address: Address) -> list[Address]:
    """The address, and the IPv4 one that it carries."""
    if isinstance(address, IPv4Address):
        return [address]
    carried: IPv4Address | None = address.ipv4_mapped
    if carried is not None:
        return [carried]
    carried = address.sixtofour
    if address in _IPV4_IN_IPV6:
        carried = IPv4Address(int(address) & 0xFFFFFFFF)
    return [address] if carried is None else [address, carried]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback
