"""`moderation rules test`: try rules on their own examples, and on a file of cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.failure import PROBLEMS, fail
from api.cli.rules.reading import lines_of, packs_in, rules_of
from api.cli.sources import OWN_PACKS, OWN_POLICY, sources
from api.lines import LineError, comment_of

if TYPE_CHECKING:
    from moderation.comment import Comment
    from moderation.engine import Engine
    from moderation.verdict import Verdict
    from rules.compile import PackFile
    from rules.ruleset import RuleSet

_ACTIONS: Final = ("allow", "flag", "reject")


def test(
    folder: Annotated[
        Path | None, typer.Argument(help=f"Folder of rule packs; default: {OWN_PACKS}.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="Only this rule: `pack/rule` or its own name.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help='Cases to judge besides, JSON Lines: {"text", "clause"?, "action"?} each.',
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help=f"Policy file; default: {OWN_POLICY}.")
    ] = None,
) -> None:
    """Try rules on the examples that they carry, and on a file of cases.

    What fails is printed with what matched instead; the exit code is then 1.

        moderation rules test my-rules/ --rule person_insult/called-strong

    A case of a file is judged by rules and policy, without the classifier. `action` is what should
    come of it (`flag`, or several: `["flag", "reject"]`), `clause` what it should break (null:
    nothing); article, author and parent are given as for `moderation check --format jsonl`:

        {"text": "يا ك.ل.ب", "clause": "person_insult", "action": "reject"}

        moderation rules test --examples cases.jsonl
    """
    from api.settings import Settings

    read = sources(Settings(), folder, policy)
    files = packs_in(read.packs)
    rules = rules_of(files)
    tried, failures = _own(files, rules, rule)
    if examples is not None:
        engine = _engine(rules, read.policy)
        cases = list(_cases(examples))
        tried += len(cases)
        failures += [f"{case.place}: {told}" for case in cases if (told := case.failure(engine))]
    for failure in failures:
        typer.echo(failure)
    typer.echo(f"{tried} tried, {len(failures)} failed", err=bool(failures))
    if failures:
        raise typer.Exit(PROBLEMS)


def _own(files: Sequence[PackFile], rules: RuleSet, name: str | None) -> tuple[int, list[str]]:
    """How many examples of the rules' own were tried, and which failed."""
    from rules.explain import UnknownRuleError, rules_named
    from rules.trial import own_cases

    compiled = {each.name: each for each in rules.rules}
    if name is not None:
        try:
            compiled = {each.name: each for each in rules_named(rules, name)}
        except UnknownRuleError as error:
            fail(str(error))
    cases = [case for case in own_cases(files) if case.rule in compiled]
    failures = [
        f"{case.file.source.path}:{case.file.source.place(case.location)[0]}: {failure.message}"
        for case in cases
        if (failure := case.tried(rules, compiled[case.rule])) is not None
    ]
    return len(cases), failures


def _engine(rules: RuleSet, policy: Path) -> Engine:
    from moderation.engine import Engine
    from rules.errors import RulesError
    from rules.load import load_policy

    try:
        return Engine(rules, load_policy(policy), expects_classifier=False)
    except RulesError as error:
        fail(str(error))


@dataclass(frozen=True, slots=True)
class _Case:
    """A comment and what should come of it; what is None is not asked."""

    place: str
    comment: Comment
    actions: tuple[str, ...] | None
    clause: str | None
    breaks_nothing: bool

    def failure(self, engine: Engine) -> str:
        """What came instead; empty where it came as it should."""
        verdict = engine.judge(self.comment)
        clauses = {reason.clause for reason in verdict.reasons}
        wrong: list[str] = []
        if self.actions is not None and verdict.action.value not in self.actions:
            wrong.append(f"{verdict.action.value} and not {' or '.join(self.actions)}")
        if self.clause is not None and self.clause not in clauses:
            wrong.append(f"{', '.join(sorted(clauses)) or 'no clause'} and not {self.clause}")
        if self.breaks_nothing and clauses:
            wrong.append(f"{', '.join(sorted(clauses))} and no clause")
        if not wrong:
            return ""
        return f"{'; '.join(wrong)}: «{self.comment.text}»{_matched(self.comment.text, verdict)}"


def _matched(text: str, verdict: Verdict) -> str:
    told: list[str] = []
    for reason in verdict.reasons:
        quoted = "، ".join(f"«{text[span.start : span.end]}»" for span in reason.spans)
        told.append(f"\n    {reason.source.name} {quoted}")
    return "".join(told) or "\n    no rule matched; `moderation rules explain` says what nearly did"


def _cases(path: Path) -> Iterator[_Case]:
    for number, line in lines_of(path):
        place = f"{path}:{number}"
        try:
            comment = comment_of(line)
        except LineError as error:
            fail(f"{place}: {error}", 'a case is {"text": …, "clause": …, "action": …}')
        said: dict[str, Any] = json.loads(line)
        clause = said.get("clause")
        if clause is not None and not isinstance(clause, str):
            fail(f"{place}: `clause` is a string or null")
        yield _Case(
            place,
            comment,
            _actions(said, place),
            clause,
            breaks_nothing="clause" in said and clause is None,
        )


def _actions(said: dict[str, Any], place: str) -> tuple[str, ...] | None:
    wanted = said.get("action")
    if wanted is None:
        return None
    given = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(given, list) or not given or any(each not in _ACTIONS for each in given):
        fail(f"{place}: `action` is one of {', '.join(_ACTIONS)}, or a list of them")
    return tuple(given)
