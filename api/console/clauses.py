"""The clauses of the policy as the console shows them: numbered, named, told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.console.language import Language
from moderation.policy import Policy, Wording


@dataclass(frozen=True, slots=True)
class ClauseShown:
    """One clause. `number` is its place in the policy, from 1, and the key that chooses it."""

    code: str
    number: int
    text: Wording

    def name(self, language: Language) -> str:
        """The clause in a language."""
        return self.text.ar if language == "ar" else self.text.en


def clauses_of(policy: Policy) -> Mapping[str, ClauseShown]:
    """The clauses by code, in the order of the policy."""
    return {
        code: ClauseShown(code, number, clause.text)
        for number, (code, clause) in enumerate(policy.clauses.items(), 1)
    }


def clause_shown(clauses: Mapping[str, ClauseShown], code: str) -> ClauseShown:
    """One clause; a record may outlive the clause that it names, which is then its code."""
    return clauses.get(code) or ClauseShown(code, 0, Wording(ar=code, en=code))
