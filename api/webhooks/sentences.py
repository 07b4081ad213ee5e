"""What is said of a message that a receiver did not take, as templates of sentences.

The outbox keeps texts: `read` finds of which template one was made, so that it can be told in
another language.
"""

from __future__ import annotations

import re
from typing import Final

from rules.sentence import Foreign, Sentence, sentence

NO_ANSWER: Final = "no answer within {seconds} s"
NO_CONNECTION: Final = "no connection: {error}"
NO_ADDRESS: Final = "{host} has no address"
NOT_PUBLIC: Final = (
    "{host} is at {address}, which is not a public address; "
    "MODERATION_WEBHOOK_NETWORKS names inner networks that may be sent to"
)
NOT_TAKEN: Final = "{answer}: not taken"
REDIRECT: Final = "{answer}: a redirect, which is not followed"
ARCHIVED: Final = "its audit entry was archived"
_ALL: Final = (NO_ANSWER, NO_CONNECTION, NO_ADDRESS, NOT_PUBLIC, NOT_TAKEN, REDIRECT, ARCHIVED)
_FOREIGN: Final = frozenset(("error", "answer"))
"""What the receiver or the machine says."""
_VALUE: Final = re.compile(r"\\{(\w+)\\}")


def read(text: str) -> str:
    """The sentence that a text is; the text where it is none of these."""
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            return said(template, **found.groupdict())
    return text


def said(template: str, **values: str) -> Sentence:
    """A sentence; what others say in it is marked."""
    return sentence(
        template,
        **{name: Foreign(text) if name in _FOREIGN else text for name, text in values.items()},
    )


_PATTERNS: Final = tuple(
    (template, re.compile(_VALUE.sub(r"(?P<\1>.+)", re.escape(template)), re.DOTALL))
    for template in _ALL
)
