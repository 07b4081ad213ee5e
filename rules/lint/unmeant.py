"""What looks right to whoever writes it, and is read otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.lint.complaint import Check, Complaint, Linted
from rules.places import groups_of_terms
from rules.sentence import sentence

ARABIC_COMMAS: Final = frozenset("،؛")
"""Marks that part items to a reader, and not to YAML."""


def arabic_commas(linted: Linted) -> Iterator[Complaint]:
    """Terms with an Arabic comma, which parts no items: `[كلب، حمار]` is one term."""
    for file in linted.files:
        for terms in groups_of_terms(file):
            for place in terms:
                if ARABIC_COMMAS.intersection(place.term):
                    yield Complaint(
                        file,
                        place.location,
                        sentence(
                            "{term!r} is one term, with an Arabic comma in it", term=place.term
                        ),
                        "part terms by the Latin comma `,`",
                        place.term,
                    )


def files_not_read(linted: Linted) -> Iterator[Complaint]:
    """Files beside the packs that end in .yml: only .yaml is read."""
    told = set()
    for file in linted.files:
        folder = file.source.path.parent
        if folder in told or not file.source.path.is_file():
            continue
        told.add(folder)
        for path in sorted(folder.glob("*.yml")):
            yield Complaint(
                file,
                ("pack",),
                sentence("{file}, which lies beside this file, is not read", file=path.name),
                sentence("call it {name}", name=path.with_suffix(".yaml").name),
            )


COMMAS = Check("arabic-comma", "warning", arabic_commas)
FILES = Check("not-read", "warning", files_not_read)
