"""Rules that are there and decide nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.complaint import Check, Complaint, Linted


def switched_off(linted: Linted) -> Iterator[Complaint]:
    """Rules that are disabled."""
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if not rule.enabled:
                yield Complaint(
                    file,
                    ("rules", index, "enabled"),
                    f"{rule.id} is switched off",
                    "take the rule out when nobody needs it any more",
                )


def expired(linted: Linted) -> Iterator[Complaint]:
    """Rules whose time has passed."""
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if rule.expires is not None and rule.expires <= linted.now:
                yield Complaint(
                    file,
                    ("rules", index, "expires"),
                    f"{rule.id} ended at {rule.expires:%Y-%m-%d %H:%M %Z}",
                    "take the rule out, or give it a later time",
                )


SWITCHED_OFF = Check("switched-off", "note", switched_off)
EXPIRED = Check("expired", "warning", expired)
