"""Rules that are there and decide nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.complaint import Check, Complaint, Linted
from rules.sentence import sentence


def switched_off(linted: Linted) -> Iterator[Complaint]:
    """Rules that are disabled."""
    for file in linted.files:
        for index, rule in enumerate(file.pack.rules):
            if not rule.enabled:
                yield Complaint(
                    file,
                    ("rules", index, "enabled"),
                    sentence("{rule} is switched off", rule=rule.id),
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
                    sentence(
                        "{rule} ended at {end}",
                        rule=rule.id,
                        end=f"{rule.expires:%Y-%m-%d %H:%M %Z}",
                    ),
                    "take the rule out, or give it a later time",
                )


SWITCHED_OFF = Check("switched-off", "note", switched_off)
EXPIRED = Check("expired", "warning", expired)
