"""Complaints that whoever wrote the rules has seen and allowed, in a comment of the YAML file.

    - id: donkeys            # lint: allow innocent-word
      when: { word: حمار }   # lint: allow innocent-word(حمار)

A directive holds for its line, and for what stands under the key, list or rule that begins in its
line. With terms in parentheses it holds for these terms alone. At the head of a file, before the
first key, it holds for the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from moderation.text import fold
from rules.lint.complaint import Complaint
from rules.source import Location, Source

_DIRECTIVE: Final = re.compile(r"#\s*lint:\s*allow\s+(.+)$")
_ALLOWED: Final = re.compile(r"([a-z-]+)\s*(?:\(([^()]*)\))?")
_HEAD: Final = 0


@dataclass(frozen=True, slots=True)
class _Allowance:
    code: str
    terms: frozenset[str]

    def holds(self, code: str, subject: str) -> bool:
        return code == self.code and (not self.terms or fold(subject) in self.terms)


def is_allowed(code: str, complaint: Complaint) -> bool:
    """Whether the file allows a complaint at its place."""
    places = [(complaint.file.source, complaint.location)]
    if complaint.of is not None:
        places.append((complaint.of.source, complaint.about))
    return any(
        allowance.holds(code, complaint.subject)
        for source, location in places
        for line in _lines(source, location)
        for allowance in _allowances(source.content).get(line, ())
    )


def _lines(source: Source, location: Location) -> set[int]:
    """The lines in which the place, and whatever holds it, begins."""
    lengths = range(1, len(location) + 1)
    return {_HEAD, *(source.place(location[:length])[0] for length in lengths)}


@lru_cache(maxsize=64)
def _allowances(content: bytes) -> Mapping[int, tuple[_Allowance, ...]]:
    """By line, from 1; 0 holds what stands at the head of the file."""
    found: dict[int, tuple[_Allowance, ...]] = {}
    in_head = True
    for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
        stripped = line.strip()
        in_head = in_head and (not stripped or stripped.startswith("#") or stripped == "---")
        match = _DIRECTIVE.search(line)
        if match is None:
            continue
        allowances = tuple(
            _Allowance(code, frozenset(fold(term).strip() for term in re.split("[,،]", terms)))
            if terms
            else _Allowance(code, frozenset())
            for code, terms in _ALLOWED.findall(match.group(1))
        )
        place = _HEAD if in_head else number
        found[place] = (*found.get(place, ()), *allowances)
    return found
