"""Which comments a person should look at first: likely wrong hits, and near misses.

After ModSandbox (CHI 2023), which showed that whoever writes a rule finds its mistakes sooner where
what it probably caught wrongly, and what it probably missed, stands first.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from moderation.finding import Finding
from moderation.policy import Policy
from moderation.span import Span
from moderation.store import Outcome
from moderation.text import Text, fold
from rules.clitics import PREFIXES

_DECIDED: Final = 2.0
"""A moderator's word outweighs everything that is guessed."""
_MENTION: Final = 0.5
_EVERYDAY: Final = 0.5
_FRAME: Final = 0.5
_NEAR: Final = 0.25
_SHORTEST: Final = 4
"""Shorter terms are one letter away from too many words."""
_LONGEST_PREFIX: Final = max(map(len, PREFIXES))
_MOST_WORDS: Final = 500
"""Words of a comment that are compared with terms; hostile texts have no end."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """How soon to look at a comment, why, and at which stretches."""

    rank: float
    why: tuple[str, ...]
    near: tuple[Span, ...] = ()


def suspicion(policy: Policy, scores: Mapping[str, float]) -> float | None:
    """How sure the classifier is, 0..1, that any clause is broken; None where it did not run."""
    if not scores:
        return None
    highest = max(scores.values())
    return highest if policy.suspicion is None else scores.get(policy.suspicion, highest)


def wrong_hit(
    text: Text,
    caught_by: Iterable[Finding],
    suspected: float | None,
    decided: Outcome | None,
    everyday: Container[str],
) -> Ranked:
    """How likely it is that a comment was caught wrongly."""
    found = tuple(caught_by)
    rank, why = 0.0, list[str]()
    if decided is Outcome.APPROVE:
        rank, why = rank + _DECIDED, ["moderators approved it"]
    elif decided is Outcome.REJECT:
        rank, why = rank - _DECIDED, ["moderators rejected it too"]
    if suspected is not None:
        rank += 1.0 - suspected
        why.append(f"the classifier suspects it by {suspected:.2f}")
    if any(finding.mention for finding in found):
        rank += _MENTION
        why.append("the words stand in a frame of mention")
    matched = dict.fromkeys(fold(text.cut(span)) for each in found for span in each.spans)
    if common := [word for word in matched if word in everyday]:
        rank += _EVERYDAY
        why.append(f"everyday words: {'، '.join(common)}")
    return Ranked(rank, tuple(why))


def wrong_pardon(suspected: float | None, decided: Outcome | None) -> Ranked:
    """How likely it is that a comment is allowed wrongly."""
    rank, why = 0.0, list[str]()
    if decided is Outcome.REJECT:
        rank, why = _DECIDED, ["moderators rejected it"]
    elif decided is Outcome.APPROVE:
        rank, why = -_DECIDED, ["moderators approved it too"]
    if suspected is not None:
        rank += suspected
        why.append(f"the classifier suspects it by {suspected:.2f}")
    return Ranked(rank, tuple(why))


def near_miss(
    near: Sequence[tuple[Span, str]],
    framed: Mapping[str, tuple[Span, ...]],
    suspected: float | None,
    decided: Outcome | None,
) -> Ranked | None:
    """How likely it is that a comment that is allowed should have been caught; None where the
    changed rules have nothing to do with it.

    `near` are words that are nearly a term, each with that term; `framed` are rules of which the
    words stand there in a frame.
    """
    if not near and not framed:
        return None
    pardoned = wrong_pardon(suspected, decided)
    rank, why = pardoned.rank, list(pardoned.why)
    if framed:
        rank += _FRAME
        why.append(f"only a frame keeps it from {', '.join(framed)}")
    if near:
        rank += _NEAR
        why.append(f"nearly {'، '.join(dict.fromkeys(term for _, term in near))}")
    spans = {*(span for span, _ in near), *(span for each in framed.values() for span in each)}
    return Ranked(rank, tuple(why), tuple(sorted(spans)))


class Terms:
    """Folded terms, ready to be asked which words are nearly one of them.

    A word is nearly a term where, clitics before it aside, it begins like the term and goes on, or
    is the term with one letter more, less, exchanged, or two neighbours swapped. Candidates are
    found by deletions (as SymSpell does), so that the number of terms costs nothing.
    """

    def __init__(self, terms: Iterable[str], everyday: Container[str]) -> None:
        self._terms = frozenset(term for term in terms if len(term) >= _SHORTEST)
        self._everyday = everyday
        self._shortened: dict[str, list[str]] = {}
        for term in sorted(self._terms):
            for key in {term, *_deletions(term)}:
                self._shortened.setdefault(key, []).append(term)

    def near(self, text: Text) -> list[tuple[Span, str]]:
        """The words of a text that are nearly a term and no everyday words, each with the term."""
        if not self._terms:
            return []
        view = text.folded
        found: list[tuple[Span, str]] = []
        edges = zip(view.word_starts.tolist(), view.word_ends.tolist(), strict=True)
        for start, end in list(edges)[:_MOST_WORDS]:
            word = view.text[start:end]
            if len(word) < _SHORTEST or word in self._everyday:
                continue
            term = next(filter(None, map(self._near, _without_prefixes(word))), None)
            if term is not None:
                found.append((view.span(start, end), term))
        return found

    def _near(self, word: str) -> str | None:
        for length in range(len(word), _SHORTEST - 1, -1):
            if word[:length] in self._terms:
                return word[:length]
        for key in (word, *_deletions(word)):
            for term in self._shortened.get(key, ()):
                if _one_letter_apart(word, term):
                    return term
        return None


def _without_prefixes(word: str) -> Iterator[str]:
    yield word
    for length in range(1, min(_LONGEST_PREFIX, len(word) - _SHORTEST) + 1):
        if word[:length] in PREFIXES and word[length:]:
            yield word[length:]


def _deletions(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one change makes one of the other: a letter more, less, exchanged, or two swapped."""
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    left, right = one[same:], other[same:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )
