"""`moderation check` as a stream: JSON Lines in, one JSON line out for each, in order.

The form of these lines is a public interface; tests/api/test_check.py pins it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NoReturn

from moderation.comment import Article, Comment
from moderation.engine import Engine
from moderation.text import Text
from moderation.verdict import Reason, Verdict

LONGEST_LINE: Final = 4 * 1024 * 1024
"""Bytes. A longer line is an error, so that a stream without line ends cannot fill the memory."""
_CHUNK: Final = 64 * 1024
_LONGEST_COUNT: Final = 10


class _Number(str):
    """A number as it was written, so that an id is echoed digit for digit."""

    __slots__ = ()


class LineError(ValueError):
    """What is wrong with one line. `id_json` is its id as JSON, `null` where it has none."""

    def __init__(self, message: str, id_json: str = "null") -> None:
        super().__init__(message)
        self.id_json = id_json


@dataclass(frozen=True, slots=True)
class Judged:
    """How a stream went."""

    judged: int = 0
    failed: int = 0


def check_lines(engine: Engine, source: BinaryIO, sink: BinaryIO) -> Judged:
    """Judges every line of `source`. Each is answered as soon as it is there; `sink` is flushed
    whenever the source has nothing more to give at once."""
    judged = failed = number = 0
    for lines in _arrivals(source):
        answers: list[str] = []
        for line in lines:
            number += 1
            if not line.strip():
                continue
            try:
                answers.append(answer(engine, line.removeprefix(b"\xef\xbb\xbf")))
                judged += 1
            except LineError as error:
                answers.append(refusal(error, number))
                failed += 1
        # A lone surrogate leaves as the escape that JSON has for it.
        sink.write("".join(answers).encode("utf-8", "backslashreplace"))
        sink.flush()
    return Judged(judged, failed)


def answer(engine: Engine, line: bytes) -> str:
    """The answer to one line. Raises LineError."""
    id_json, comment = _read(line)
    return _told(id_json, comment.text, engine.judge(comment))


def comment_of(line: bytes) -> Comment:
    """The comment of one line. Raises LineError."""
    return _read(line)[1]


def told(comment: Comment, verdict: Verdict) -> str:
    """One verdict in the form of the stream."""
    return _told(json.dumps(comment.id, ensure_ascii=False), comment.text, verdict)


def refusal(error: LineError, number: int) -> str:
    """The answer to a line that cannot be judged."""
    told = {"error": {"line": number, "message": str(error)}}
    return f'{{"id":{error.id_json},{_dumps(told)[1:]}\n'


def _arrivals(source: BinaryIO) -> Iterator[list[bytes]]:
    """The lines that are there, without waiting for more; one list for each read."""
    rest = b""
    read = getattr(source, "read1", source.read)
    while chunk := read(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield lines
        if len(rest) > LONGEST_LINE:
            # The head is kept, too long by itself, and the remainder of the line dropped.
            rest = rest[: LONGEST_LINE + 1]
    if rest:
        yield [rest]


def _read(line: bytes) -> tuple[str, Comment]:
    if len(line) > LONGEST_LINE:
        raise LineError(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        said = json.loads(
            line.decode(), parse_int=_Number, parse_float=_Number, parse_constant=_constant
        )
    except UnicodeDecodeError as error:
        raise LineError(f"the line is not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise LineError("the line nests too deep") from None
    except ValueError as error:
        raise LineError(f"the line is not JSON: {error}") from None
    if not isinstance(said, dict):
        raise LineError('a line is an object: {"id": …, "text": …, "article": …}')
    id_json = _id_json(said.get("id"))
    try:
        return id_json, _comment(said)
    except LineError as error:
        raise LineError(str(error), id_json) from None


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _id_json(value: object) -> str:
    if isinstance(value, _Number):
        return str(value)
    if value is None or isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    raise LineError("`id` is a string, a number, true, false or null")


def _comment(said: dict[str, Any]) -> Comment:
    if "text" not in said:
        raise LineError("`text` is missing")
    article = said.get("article")
    if article is not None and not isinstance(article, dict):
        raise LineError("`article` is an object or null")
    return Comment(
        id=str(said.get("id")),
        text=_string(said, "text") or "",
        article=_article(article) if article is not None else None,
        author=_string(said, "author"),
        parent=_string(said, "parent"),
        newcomer=_truth(said, "newcomer"),
        repeats=_count(said, "repeats"),
    )


def _article(said: dict[str, Any]) -> Article:
    return Article(
        title=_string(said, "title") or "",
        authors=_strings(said, "authors"),
        id=_string(said, "id"),
        url=_string(said, "url"),
        section=_string(said, "section"),
        tags=_strings(said, "tags"),
        people=_strings(said, "people"),
    )


def _string(said: dict[str, Any], key: str) -> str | None:
    value = said.get(key)
    if key == "id" and isinstance(value, _Number):
        return str(value)
    if (value is None and key != "text") or (
        isinstance(value, str) and not isinstance(value, _Number)
    ):
        return value
    raise LineError(f"`{key}` is a string")


def _strings(said: dict[str, Any], key: str) -> tuple[str, ...]:
    value = said.get(key)
    if value is None:
        return ()
    if isinstance(value, list) and all(
        isinstance(item, str) and not isinstance(item, _Number) for item in value
    ):
        return tuple(value)
    raise LineError(f"`{key}` is a list of strings")


def _truth(said: dict[str, Any], key: str) -> bool | None:
    value = said.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise LineError(f"`{key}` is true, false or null")


def _count(said: dict[str, Any], key: str) -> int | None:
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, _Number) and value.isdecimal() and len(value) < _LONGEST_COUNT:
        return int(value)
    raise LineError(f"`{key}` is a whole number")


def _told(id_json: str, text: str, verdict: Verdict) -> str:
    rest = {
        "action": verdict.action.value,
        "reasons": [_reason(Text(text), reason) for reason in verdict.reasons],
        "scores": {label: round(score, 4) for label, score in verdict.scores.items()},
    }
    return f'{{"id":{id_json},{_dumps(rest)[1:]}\n'


def _reason(text: Text, reason: Reason) -> dict[str, object]:
    return {
        "clause": reason.clause,
        "source": str(reason.source),
        "spans": [
            {"start": span.start, "end": span.end, "text": text.cut(span)} for span in reason.spans
        ],
        "score": round(reason.score, 4),
    }


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
