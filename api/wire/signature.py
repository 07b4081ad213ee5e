"""Coral's signatures: HMAC-SHA256 of the body, one for each signing secret that is valid."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether one of the header's signatures (`sha256=<hex>`, by commas) is by one of the secrets.

    The key is the whole secret, its `empsec_` included. Takes the same time wherever the
    signatures differ.
    """
    given = [
        value.strip().encode("utf-8", "replace")
        for name, _, value in (part.partition("=") for part in header.split(","))
        if name.strip() == "sha256"
    ]
    signed = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        for signature in given:
            signed |= hmac.compare_digest(signature, expected)
    return signed
