"""Rule packs and the policy, from files to what the engine runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from moderation.policy import Policy
from rules.compile import PackFile, compile_packs
from rules.errors import Problem, RulesError
from rules.model import Pack, Term, TermList
from rules.ruleset import RuleSet
from rules.sentence import Foreign, sentence
from rules.source import MAXIMUM_BYTES, Source, read

DEFAULT_PACKS: Final = Path(__file__).parent / "packs"
"""The packs that are shipped."""
DEFAULT_POLICY: Final = Path(__file__).parent / "policy.yaml"
"""The policy that is shipped."""


def load_rules(folder: Path = DEFAULT_PACKS) -> RuleSet:
    """The rule set of a folder: every `*.yaml` in it that is not hidden is a pack.

    Raises RulesError with every problem of every file; nothing is half loaded.
    """
    return rule_set_of(read_packs(folder))


def rule_set_of(files: Sequence[PackFile]) -> RuleSet:
    """The rule set of packs that were read. Raises RulesError with every problem."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.source.content)
        for name in sorted(file.terms):
            digest.update("\n".join(term.term for term in file.terms[name]).encode())
    return RuleSet(compile_packs(files), digest.hexdigest()[:12])


def read_packs(folder: Path) -> tuple[PackFile, ...]:
    """The packs of a folder, validated one by one. Raises RulesError with every problem."""
    paths = pack_paths(folder)
    if not paths:
        raise RulesError([_no_packs(folder)])
    files: list[PackFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(read_pack(path))
        except RulesError as error:
            problems.extend(error.problems)
    seen: dict[str, Path] = {}
    for file in files:
        other = seen.setdefault(file.pack.pack, file.source.path)
        if other != file.source.path:
            problems.append(
                file.source.problem(
                    ("pack",),
                    sentence("{file} is pack {pack!r} too", file=other.name, pack=file.pack.pack),
                    "rename one of them",
                )
            )
    if problems:
        raise RulesError(problems)
    return tuple(files)


def pack_paths(folder: Path) -> list[Path]:
    """Where the packs of a folder stand, by name. What editors hide beside them is none."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))


def _no_packs(folder: Path) -> Problem:
    if not folder.exists():
        return Problem(folder, 0, 0, "", "there is no such folder", "check the path")
    if not folder.is_dir():
        return Problem(folder, 0, 0, "", "this is no folder", "name the folder of the packs")
    remedy = "name a folder that holds *.yaml packs"
    if any(folder.glob("*.yml")):
        remedy = "the name of a pack's file ends in .yaml, not in .yml"
    return Problem(folder, 0, 0, "", "there is no rule pack in this folder", remedy)


def load_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """The policy in a file. Raises RulesError with every problem."""
    policy, source = read(path, Policy)
    digest = hashlib.sha256(source.content).hexdigest()[:12]
    return policy.model_copy(update={"version": f"{policy.version}+{digest}"})


def read_pack(path: Path) -> PackFile:
    """The pack in one file. Raises RulesError with every problem."""
    pack, source = read(path, Pack)
    terms: dict[str, tuple[Term, ...]] = {}
    for name, declared in pack.lists.items():
        terms[name] = (*(declared.terms or ()), *_terms_in_file(source, name, declared))
    return PackFile(pack, source, terms)


def _terms_in_file(source: Source, name: str, declared: TermList) -> Iterable[Term]:
    if declared.file is None:
        return ()
    location = ("lists", name, "file")
    folder = source.path.parent.resolve()
    path = (folder / declared.file).resolve()
    if not path.is_relative_to(folder):
        raise RulesError(
            [
                source.problem(
                    location,
                    sentence("{file!r} is outside the pack's folder", file=declared.file),
                    "move the list beside the pack",
                )
            ]
        )
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise RulesError([source.problem(location, "the list is larger than 4 MB", "split it")])
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(
            [
                source.problem(
                    location,
                    sentence(
                        "{file!r} cannot be read: {error}", file=declared.file, error=Foreign(error)
                    ),
                    "one term a line, in UTF-8",
                )
            ]
        ) from error
    stripped = (line.split("#", 1)[0].strip() for line in lines)
    return [Term(term=line) for line in stripped if line]
