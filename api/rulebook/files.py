"""The files of one rule set: every pack, the word lists that packs name, and the policy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from moderation.store.encoding import to_json
from rules.errors import Problem, RulesError
from rules.load import pack_paths
from rules.source import MAXIMUM_BYTES, Source, content_of

POLICY: Final = "policy.yaml"
"""The name of the policy."""
PACKS: Final = "packs"
"""The folder, in names, of packs and word lists."""
MOST_FILES: Final = 500
MOST_BYTES: Final = 16_000_000
_PART: Final = re.compile(
    r"[^/\\\x00-\x1f\x7f.\ud800-\udfff][^/\\\x00-\x1f\x7f\ud800-\udfff]{0,99}"
)
_DEEPEST: Final = 4


@dataclass(frozen=True)
class Files:
    """Contents by name: `policy.yaml`, `packs/NAME.yaml`, and lists anywhere under `packs/`."""

    contents: Mapping[str, bytes]

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Files:
        """Files from their texts. Raises RulesError for names and sizes that cannot be."""
        problems = [problem for name in texts if (problem := _misnamed(name))]
        contents: dict[str, bytes] = {}
        for name, text in texts.items():
            try:
                contents[name] = text.encode("utf-8")
            except UnicodeEncodeError:
                problems.append(_problem(name, "is not text in UTF-8", "save it as UTF-8"))
        if len(texts) > MOST_FILES or sum(map(len, contents.values())) > MOST_BYTES:
            problems.append(
                _problem(PACKS, f"more than {MOST_FILES} files or 16 MB", "merge or split packs")
            )
        if POLICY not in texts:
            problems.append(_problem(POLICY, "is missing", "send every file of the set"))
        if problems:
            raise RulesError(problems)
        return cls(contents)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The contents as text, policy first, then by name."""
        names = sorted(self.contents, key=lambda name: (name != POLICY, name))
        return {name: self.contents[name].decode("utf-8", "replace") for name in names}

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each content, by name."""
        return {name: sha256(content).hexdigest() for name, content in self.contents.items()}

    @cached_property
    def version(self) -> str:
        """Names the content, in 12 hexadecimal digits: equal names and bytes, equal version."""
        return sha256(to_json(dict(self.digests))).hexdigest()[:12]

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """The names that nobody reads from a folder: neither packs, nor lists that a pack names."""
        packs = [name for name in self.contents if _is_pack(name)]
        lists = (
            normpath(f"{PACKS}/{listed}")
            for name in packs
            for listed in _lists_of(Path(name), self.contents[name])
        )
        read = {POLICY, *packs, *lists}
        return tuple(name for name in self.contents if name not in read)

    def without(self, names: Iterable[str]) -> Files:
        """The same without some names."""
        left = self.contents.keys() - set(names)
        return Files({name: content for name, content in self.contents.items() if name in left})

    def part(self, *, policy: bool) -> Mapping[str, str]:
        """The digests of the policy alone, or of packs and lists."""
        return part(self.digests, policy=policy)

    def write(self, folder: Path) -> None:
        """Writes every file under an empty folder."""
        for name, content in self.contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def part(digests: Mapping[str, str], *, policy: bool) -> Mapping[str, str]:
    """Of digests by name, those of the policy alone, or of packs and lists."""
    return {name: digest for name, digest in digests.items() if (name == POLICY) is policy}


def joined(*, packs: Files, policy: Files) -> Files:
    """The packs and lists of one set with the policy of another."""
    contents = {name: packs.contents[name] for name in packs.part(policy=False)}
    return Files(contents | {name: policy.contents[name] for name in policy.part(policy=True)})


def read(packs: Path, policy: Path) -> Files:
    """What stands on disk now, good or not.

    Raises RulesError, by the places on disk, where a file is there and cannot be read: without it,
    the others would be another rule set.
    """
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, path in _on_disk(packs, policy):
        try:
            contents[name] = content_of(path)
        except RulesError as error:
            if path.exists() or path.is_symlink():
                problems.extend(error.problems)
    if problems:
        raise RulesError(problems)
    return Files(contents)


def difference(before: Files, after: Files) -> Mapping[str, str]:
    """A unified diff for each file that is not the same in both; empty where all are."""
    told = {}
    for name in [*after.texts, *(name for name in before.texts if name not in after.texts)]:
        old, new = before.texts.get(name), after.texts.get(name)
        if old != new:
            lines = difflib.unified_diff(
                (old or "").splitlines(),
                (new or "").splitlines(),
                "nothing" if old is None else name,
                "nothing" if new is None else name,
                lineterm="",
            )
            told[name] = "\n".join(lines)
    return told


def _on_disk(packs: Path, policy: Path) -> Iterator[tuple[str, Path]]:
    yield POLICY, policy
    folder = packs.resolve()
    for path in pack_paths(packs):
        yield f"{PACKS}/{path.name}", path
        try:
            lists = list(_lists_of(path, content_of(path)))
        except RulesError:
            continue
        for listed in lists:
            found = (folder / listed).resolve()
            if found.is_relative_to(folder) and found.is_file():
                yield f"{PACKS}/{found.relative_to(folder).as_posix()}", found


def _lists_of(pack: Path, content: bytes) -> Iterable[str]:
    """The files that a pack names; none where the pack cannot be read."""
    if len(content) > MAXIMUM_BYTES:
        return
    try:
        values = Source.of(pack, content).values
    except RulesError:
        return
    lists = values.get("lists") if isinstance(values, Mapping) else None
    for declared in lists.values() if isinstance(lists, Mapping) else ():
        file = declared.get("file") if isinstance(declared, Mapping) else None
        if isinstance(file, str) and file:
            yield file


def _is_pack(name: str) -> bool:
    return name.startswith(f"{PACKS}/") and name.count("/") == 1 and name.endswith(".yaml")


def _misnamed(name: str) -> Problem | None:
    path = PurePosixPath(name)
    parts = name.split("/")
    good = name == POLICY or (
        parts[0] == PACKS
        and 2 <= len(parts) <= _DEEPEST
        and all(_PART.fullmatch(each) for each in parts)
        and (path.suffix != ".yaml" or len(parts) == 2)
    )
    if good:
        return None
    return _problem(name[:200], "cannot be the name of a file", f"`{POLICY}` or `{PACKS}/…`")


def unread(name: str) -> Problem:
    """The complaint about a file that no service would read."""
    return _problem(
        name,
        "is neither a pack nor a list that a pack names",
        "the name of a pack ends in .yaml; name a list by `file:` under `lists` of a pack",
    )


def _problem(name: str, message: str, remedy: str) -> Problem:
    return Problem(Path(name), 0, 0, "", message, remedy)
