"""What the commands about rules read: packs, and files of comments."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.failure import fail
from api.lines import LineError, comment_of

if TYPE_CHECKING:
    from moderation.comment import Comment
    from rules.compile import PackFile
    from rules.ruleset import RuleSet

_SUFFIXES = (".jsonl", ".jsonl.gz")


def packs_in(path: Path) -> Sequence[PackFile]:
    """The packs of a folder, or the one in a file; fails the command where they are broken."""
    from rules.errors import RulesError
    from rules.load import read_pack, read_packs

    try:
        return read_packs(path) if path.is_dir() else (read_pack(path),)
    except RulesError as error:
        fail(str(error), "`moderation rules check` explains rule files")


def rules_of(files: Sequence[PackFile]) -> RuleSet:
    """The rule set of packs; fails the command where they do not go together."""
    from rules.errors import RulesError
    from rules.load import rule_set_of

    try:
        return rule_set_of(files)
    except RulesError as error:
        fail(str(error), "`moderation rules check` explains rule files")


def files_of_comments(path: Path) -> tuple[Path, ...]:
    """The JSON Lines files of a folder, or the one that is named; fails where there is none."""
    if not path.is_dir():
        return (path,)
    found = tuple(each for each in sorted(path.iterdir()) if each.name.endswith(_SUFFIXES))
    if not found:
        fail(f"{path} holds no comments", f"name a folder with files of {' or '.join(_SUFFIXES)}")
    return found


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that hold something, numbered from 1; fails where it cannot be read."""
    try:
        with path.open("rb") as file, ExitStack() as stack:
            packed = path.suffix == ".gz"
            lines = stack.enter_context(gzip.GzipFile(fileobj=file)) if packed else file
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError) as error:
        fail(f"{path} cannot be read: {error}")


def comments_in(path: Path) -> Iterator[Comment]:
    """The comments of a file or folder; fails the command at the first line that is none."""
    for file in files_of_comments(path):
        for number, line in lines_of(file):
            try:
                yield comment_of(line)
            except LineError as error:
                fail(f"{file}:{number}: {error}", 'a line is {"text": …}, as for `check`')
