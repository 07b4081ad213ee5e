"""What is kept of a comment and its verdict comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

from moderation.finding import Finding, Source
from moderation.store.encoding import decode_content, encode_content
from tests.moderation.store.samples import ARTICLE, FLAGGED, comment

COMMENT = replace(
    comment(article=replace(ARTICLE, people=("سامي الحداد",))), newcomer=False, repeats=3
)
WAITING = Finding("profanity", 0.95, Source("rule", "spam/channel", "1.0.0"), throttled=True)
VERDICT = replace(
    FLAGGED,
    reasons=tuple(replace(reason, flag_only=True) for reason in FLAGGED.reasons),
    throttled=(WAITING,),
)


def test_context_breaker_and_throttle_come_back() -> None:
    assert decode_content(encode_content(COMMENT, VERDICT)) == (COMMENT, VERDICT)


def test_what_was_kept_before_these_were_known_is_read() -> None:
    content = json.loads(encode_content(COMMENT, VERDICT))
    del content["comment"]["newcomer"], content["comment"]["repeats"]
    del content["comment"]["article"]["people"], content["verdict"]["throttled"]
    for reason in content["verdict"]["reasons"]:
        del reason["flag_only"]
    read, verdict = decode_content(json.dumps(content).encode())
    assert (read.newcomer, read.repeats) == (None, None)
    assert read.article == ARTICLE
    assert verdict == FLAGGED
