"""Comments and verdicts as compact JSON, and back without loss.

Any text survives, lone surrogates included: readers send them and the record is evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from moderation.comment import Article, Comment
from moderation.finding import Finding, Source
from moderation.span import Span
from moderation.verdict import Action, Reason, Verdict, Versions

Json = Mapping[str, Any]


def to_bytes(text: str) -> bytes:
    """UTF-8 that lets lone surrogates pass."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """The reverse of `to_bytes`."""
    return data.decode("utf-8", "surrogatepass")


def paired(flat: Sequence[bytes]) -> dict[str, bytes]:
    """A flat reply of names and values, by name."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def told_fields(told: bytes) -> dict[str, bytes]:
    """A reply of names and values in one JSON object, by name."""
    return {name: to_bytes(value) for name, value in from_json(told).items()}


def to_json(value: object) -> bytes:
    """Compact JSON with sorted keys, so that equal values give equal bytes."""
    return to_bytes(
        json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
        )
    )


def from_json(data: bytes) -> Any:
    """The reverse of `to_json`."""
    return json.loads(to_text(data))


def to_moment(milliseconds: bytes | int) -> datetime:
    """A time of the store's clock, in UTC with millisecond precision."""
    whole = int(milliseconds)
    return datetime.fromtimestamp(whole // 1000, UTC).replace(microsecond=whole % 1000 * 1000)


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; give one, for example +00:00")
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def identity(comment: Comment) -> str:
    """What makes two submissions under one id the same: the text and the article it stands under.

    An article is known by its id, else its address, else its title, so that a corrected headline
    does not make a new revision of every comment.
    """
    article = comment.article
    under = "" if article is None else article.id or article.url or article.title
    return sha256(to_json([comment.text, under])).hexdigest()


def encode_content(comment: Comment, verdict: Verdict) -> bytes:
    """What the store keeps of one revision."""
    return to_json({"comment": _comment(comment), "verdict": _verdict(verdict)})


def decode_content(data: bytes) -> tuple[Comment, Verdict]:
    """The reverse of `encode_content`."""
    content = from_json(data)
    return _read_comment(content["comment"]), _read_verdict(content["verdict"])


def _comment(comment: Comment) -> Json:
    article = comment.article
    return {
        "id": comment.id,
        "text": comment.text,
        "author": comment.author,
        "parent": comment.parent,
        "newcomer": comment.newcomer,
        "repeats": comment.repeats,
        "article": None
        if article is None
        else {
            "title": article.title,
            "authors": article.authors,
            "id": article.id,
            "url": article.url,
            "section": article.section,
            "tags": article.tags,
            "people": article.people,
        },
    }


def _read_comment(data: Json) -> Comment:
    article = data["article"]
    return Comment(
        id=data["id"],
        text=data["text"],
        author=data["author"],
        parent=data["parent"],
        article=None
        if article is None
        else Article(
            title=article["title"],
            authors=tuple(article["authors"]),
            id=article["id"],
            url=article["url"],
            section=article["section"],
            tags=tuple(article["tags"]),
            people=tuple(article.get("people", ())),
        ),
        newcomer=data.get("newcomer"),
        repeats=data.get("repeats"),
    )


def _verdict(verdict: Verdict) -> Json:
    versions = verdict.versions
    return {
        "action": verdict.action,
        "reasons": [
            {**_found(reason), "action": reason.action, "flag_only": reason.flag_only}
            for reason in verdict.reasons
        ],
        "scores": dict(verdict.scores),
        "versions": [versions.rules, versions.policy, versions.model],
        "degraded": verdict.degraded,
        "shadow": [{**_found(found), "shadow": found.shadow} for found in verdict.shadow],
        "throttled": [_found(found) for found in verdict.throttled],
        "seconds": verdict.seconds,
    }


def _read_verdict(data: Json) -> Verdict:
    return Verdict(
        action=Action(data["action"]),
        reasons=tuple(
            Reason(
                action=Action(reason["action"]),
                flag_only=reason.get("flag_only", False),
                **_read_found(reason),
            )
            for reason in data["reasons"]
        ),
        scores=data["scores"],
        versions=Versions(*data["versions"]),
        degraded=data["degraded"],
        shadow=tuple(
            Finding(shadow=found["shadow"], **_read_found(found)) for found in data["shadow"]
        ),
        throttled=tuple(
            Finding(throttled=True, **_read_found(found)) for found in data.get("throttled", ())
        ),
        seconds=data["seconds"],
    )


def _found(found: Reason | Finding) -> dict[str, Any]:
    return {
        "clause": found.clause,
        "score": found.score,
        "source": [found.source.kind, found.source.name, found.source.version],
        "spans": [[span.start, span.end] for span in found.spans],
        "evidence": found.evidence,
        "mention": found.mention,
    }


def _read_found(data: Json) -> dict[str, Any]:
    return {
        "clause": data["clause"],
        "score": data["score"],
        "source": Source(*data["source"]),
        "spans": tuple(Span(start, end) for start, end in data["spans"]),
        "evidence": tuple(data["evidence"]),
        "mention": data["mention"],
    }
