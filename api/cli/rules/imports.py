"""`moderation rules import`: word lists and checks of other systems as a rule pack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import PROBLEMS, fail
from api.cli.printable import printable
from api.cli.sources import sources
from rules.imports import Origin


def import_rules(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File to import.")],
    origin: Annotated[Origin, typer.Option("--from", help="Whose file it is.")],
    clause: Annotated[str, typer.Option(help="Clause of the policy that the rules are about.")],
    severity: Annotated[
        str, typer.Option(help="grave, serious, mild or hint; what is only suspected is mild.")
    ] = "grave",
    pack: Annotated[
        str | None, typer.Option(help="Name of the pack.", show_default="from the file's name")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.", show_default="print it")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Make a rule pack of another system's word list or keyword checks.

    - words: plain text, a term a line, or CSV with a heading; `*` stands for any letters
    - coral: Coral's settings as JSON, with its banned and suspect words
    - discourse: the export of watched words, `word,action,replacement,case_sensitive`
    - automoderator: the YAML of AutoModerator's rules

    What cannot be carried over is listed with its line and why, and so are terms that hit everyday
    words; the pack has examples, and `moderation rules check` finds it good:

        moderation rules import words.txt --from words --clause profanity -o my-rules/imported.yaml
    """
    from api.settings import Settings
    from rules.errors import RulesError
    from rules.imports import ImportingError
    from rules.imports import import_rules as made_of
    from rules.load import load_policy
    from rules.model import SEVERITY_SCORES

    level = next((each for each in SEVERITY_SCORES if each == severity), None)
    if level is None:
        fail(f"{severity!r} is no severity", f"one of {', '.join(SEVERITY_SCORES)}")
    try:
        clauses = load_policy(sources(Settings()).policy).clauses
        content = file.read_text("utf-8-sig")
    except RulesError as error:
        fail(str(error), "MODERATION_POLICY names the policy")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}", "save it as UTF-8")
    if clause not in clauses:
        fail(f"the policy has no clause {clause!r}", f"clauses are {', '.join(clauses)}")
    if output is not None and output.exists() and not replace:
        fail(f"{output} is there already", "--replace writes over it")
    name = pack or _name(file)
    try:
        found = made_of(content, origin, pack=name, clause=clause, severity=level, source=file.name)
    except ImportingError as error:
        fail(f"{file}: {error}", "--from says whose file it is")
    for each in found.left:
        _say(f"{file}:{each.line}: left: {each.what}: {each.why}")
    for each in found.warned:
        _say(f"{file}:{each.line}: look at: {each.what}: {each.why}")
    told = (
        f"{len(found.carried)} carried over, {len(found.left)} left, {len(found.warned)} to look at"
    )
    typer.echo(told, err=True)
    if not found.text:
        raise typer.Exit(PROBLEMS)
    if output is None:
        typer.echo(found.text, nl=False)
    else:
        try:
            output.write_text(found.text, "utf-8")
        except OSError as error:
            fail(f"{output} cannot be written: {error.strerror}", "name a file in a folder that is")


def _say(line: str) -> None:
    typer.echo(printable(line), err=True)


def _name(file: Path) -> str:
    """A name for a pack, from a file's."""
    return re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-_") or "imported"
