"""Lists that conditions name and no pack has, and lists that no condition names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.compile import PackFile
from rules.lint.complaint import Check, Complaint, Linted
from rules.places import conditions_of_pack, full_name
from rules.remedy import nearest_list
from rules.sentence import sentence


def unknown_lists(files: Sequence[PackFile]) -> Iterator[Complaint]:
    """Conditions that name a list which no pack has. Packs with one do not compile."""
    known = _declared(files)
    for file in files:
        for condition, location in conditions_of_pack(file):
            for name in condition.list or ():
                full = full_name(file, name)
                if full not in known:
                    yield Complaint(
                        file,
                        (*location, "list"),
                        sentence("there is no list {name!r}", name=full),
                        nearest_list(full, known),
                    )


def unused_lists(linted: Linted) -> Iterator[Complaint]:
    """Lists that no rule and no frame reads."""
    used = {
        full_name(file, name)
        for file in linted.files
        for condition, _ in conditions_of_pack(file)
        for name in condition.list or ()
    }
    for file in linted.files:
        for name in file.pack.lists:
            if f"{file.pack.pack}/{name}" not in used:
                yield Complaint(
                    file,
                    ("lists", name),
                    sentence("no rule and no frame reads the list {name!r}", name=name),
                    "name it in a condition, or take it out",
                )


def _declared(files: Sequence[PackFile]) -> set[str]:
    return {f"{file.pack.pack}/{name}" for file in files for name in file.pack.lists}


UNKNOWN = Check("unknown-list", "error", lambda linted: unknown_lists(linted.files))
UNUSED = Check("unused-list", "warning", unused_lists)
